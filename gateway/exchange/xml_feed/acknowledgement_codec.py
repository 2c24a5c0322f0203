"""Acknowledgements as XML: from domain to bytes, and from a verified tree to domain (EXC-4)."""

from typing import Final

from lxml import etree

from gateway.domain.acknowledgements import Acknowledgement, Outcome, Reason
from gateway.domain.canonical import check_text, format_instant, parse_instant
from gateway.domain.lists import SCHEMA_VERSION, Stream
from gateway.domain.operators import LIMITS
from gateway.domain.profiles import Limits
from gateway.exchange.xml_feed.codec import boolean, escape, require_known_schema
from gateway.exchange.xml_feed.schema import NAMESPACE, SchemaName, require_valid
from gateway.trust.xml_parsing import parse

_Q: Final = f"{{{NAMESPACE}}}"


def acknowledgement_to_xml(acknowledgement: Acknowledgement) -> bytes:
    """Write an acknowledgement without signature.

    Raises:
        SchemaViolationError: A text or an instant breaks a field rule.
    """
    answered = acknowledgement.stream
    reasons = "".join([_reason(reason) for reason in acknowledgement.reasons])
    acknowledged_at = format_instant(acknowledgement.acknowledged_at)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<AEOStatusListAcknowledgement xmlns="{NAMESPACE}">\n'
        "<AgencyAssignedCustomizationVersionCode>"
        f"{SCHEMA_VERSION}</AgencyAssignedCustomizationVersionCode>\n"
        f"<ID>{escape(acknowledgement.acknowledgement_id)}</ID>\n"
        "<AcknowledgedList>"
        "<CommunicationsAgreementID>"
        f"{escape(answered.agreement)}</CommunicationsAgreementID>"
        f"<Sender><ID>{escape(answered.issuer)}</ID></Sender>"
        f"<Recipient><ID>{escape(answered.recipient)}</ID></Recipient>"
        f"<TestIndicator>{boolean(answered.test)}</TestIndicator>"
        f"<StreamEpochNumeric>{answered.epoch}</StreamEpochNumeric>"
        f"<ListSequenceNumeric>{acknowledgement.sequence}</ListSequenceNumeric>"
        f"<ListDigest>{acknowledgement.list_digest}</ListDigest>"
        "</AcknowledgedList>\n"
        f"<OutcomeCode>{acknowledgement.outcome}</OutcomeCode>\n"
        f"<RevisionNumeric>{acknowledgement.revision}</RevisionNumeric>\n"
        f"{_applied(acknowledgement)}"
        f"<AcknowledgementDateTime>{acknowledged_at}</AcknowledgementDateTime>\n"
        f"{reasons}"
        "</AEOStatusListAcknowledgement>\n"
    ).encode()


def acknowledgement_from_xml(root: etree._Element) -> Acknowledgement:
    """Check a verified document against its schema and read it.

    Raises:
        UnknownVersionError: It is written in a higher version than known here.
        SchemaViolationError: It breaks the XSD or a field rule.
    """
    require_known_schema(root)
    # ACC-3: the XSD looks at what the verifier returned (SIG-7)
    require_valid(root, SchemaName.ACKNOWLEDGEMENT)
    fields = {str(child.tag).removeprefix(_Q): child for child in root}
    applied = fields.get("AppliedList")
    answered = fields["AcknowledgedList"]
    return Acknowledgement(
        acknowledgement_id=_text(root, "ID"),
        stream=_stream(answered),
        sequence=int(_text(answered, "ListSequenceNumeric")),
        list_digest=_text(answered, "ListDigest"),
        outcome=Outcome(_text(root, "OutcomeCode")),
        revision=int(_text(root, "RevisionNumeric")),
        applied_sequence=None if applied is None else int(_text(applied, "ListSequenceNumeric")),
        applied_root=None if applied is None else _text(applied, "ResultingStateDigest"),
        acknowledged_at=parse_instant(_text(root, "AcknowledgementDateTime"), "acknowledgedAt"),
        reasons=tuple(_reason_from_xml(error) for error in root.iterchildren(f"{_Q}Error")),
    )


def number_of_own_answer(document: bytes) -> tuple[int, int]:
    """Read sequence and revision of an answer that this gateway sealed itself, unchecked."""
    root = parse(document, Limits())
    sequence = _text(root, "AcknowledgedList", "ListSequenceNumeric")
    return int(sequence), int(_text(root, "RevisionNumeric"))


def _applied(acknowledgement: Acknowledgement) -> str:
    if acknowledgement.applied_sequence is None or acknowledgement.applied_root is None:
        return ""
    return (
        f"<AppliedList><ListSequenceNumeric>{acknowledgement.applied_sequence}"
        f"</ListSequenceNumeric><ResultingStateDigest>{acknowledgement.applied_root}"
        "</ResultingStateDigest></AppliedList>\n"
    )


def _reason(reason: Reason) -> str:
    pointer = reason.pointer
    if pointer is not None:
        check_text(pointer, "reasons/pointer")
        pointer = f"<Pointer>{escape(pointer)}</Pointer>"
    # The sentence is for people: an end that does not fit must not cost the whole answer.
    text = reason.text[: LIMITS["text"]].strip()
    check_text(text, "reasons/text")
    return (
        f"<Error><ValidationCode>{escape(reason.code)}</ValidationCode>"
        f"<Description>{escape(text)}</Description>{pointer or ''}</Error>\n"
    )


def _stream(answered: etree._Element) -> Stream:
    return Stream(
        issuer=_text(answered, "Sender", "ID"),
        recipient=_text(answered, "Recipient", "ID"),
        agreement=_text(answered, "CommunicationsAgreementID"),
        test=_text(answered, "TestIndicator") == "true",
        epoch=int(_text(answered, "StreamEpochNumeric")),
    )


def _reason_from_xml(error: etree._Element) -> Reason:
    return Reason(
        code=_text(error, "ValidationCode"),
        text=_text(error, "Description"),
        pointer=error.findtext(f"{_Q}Pointer"),
    )


def _text(element: etree._Element, *path: str) -> str:
    """Return the text of an element that the XSD requires."""
    return element.findtext("/".join(f"{_Q}{name}" for name in path)) or ""
