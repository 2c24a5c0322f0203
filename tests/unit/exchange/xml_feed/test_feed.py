from datetime import timedelta

import pytest

from gateway.domain.acknowledgements import Reason
from gateway.domain.documents import Unverified
from gateway.domain.errors import (
    CertificateError,
    NotWellFormedError,
    SchemaViolationError,
    SignatureError,
    TooLargeError,
    UnknownSignerError,
)
from gateway.domain.lists import StatusList
from gateway.domain.profiles import KeyUse, Limits, TrustAnchors
from gateway.exchange.xml_feed.codec import header_of_own_head
from gateway.exchange.xml_feed.feed import XmlFeed
from gateway.trust.pki import TrialPki
from tests.fakes.trial_keys import key_of, make_partner, pin
from tests.fakes.xml_lists import ISSUED, acknowledgement_of, header_for, whole_operators

LIMITS = Limits()
OPERATORS = whole_operators(3)
HEADER = header_for(OPERATORS)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TrialPki:
    return make_partner(tmp_path_factory.mktemp("pki"), now=ISSUED - timedelta(days=1))


@pytest.fixture(scope="module")
def feed(pki: TrialPki) -> XmlFeed:
    return XmlFeed(key_of(pki.lists), key_of(pki.acknowledgements))


@pytest.fixture
def anchors(pki: TrialPki) -> TrustAnchors:
    return pin(pki.lists)


@pytest.fixture(scope="module")
def ack_anchors(pki: TrialPki) -> TrustAnchors:
    return pin(pki.acknowledgements, use=KeyUse.ACKNOWLEDGEMENTS)


def test_a_sealed_list_opens_to_what_was_sealed(feed: XmlFeed, anchors: TrustAnchors) -> None:
    sealed = feed.sealer.seal_list(StatusList(HEADER, OPERATORS))
    verified = feed.opener.open(Unverified(document=sealed.document), anchors, LIMITS, ISSUED)
    received = feed.opener.decode(verified, anchors, LIMITS)
    assert received == StatusList(HEADER, operators=OPERATORS)
    assert verified.signed_at == ISSUED


def test_a_sealed_head_opens_to_the_header(feed: XmlFeed, anchors: TrustAnchors) -> None:
    sealed = feed.sealer.seal_list(StatusList(HEADER, OPERATORS))
    verified = feed.opener.open(Unverified(document=sealed.head), anchors, LIMITS, ISSUED)
    assert feed.opener.decode_head(verified, anchors) == HEADER
    assert header_of_own_head(sealed.head) == HEADER


def test_acc_3_a_head_is_no_list(feed: XmlFeed, anchors: TrustAnchors) -> None:
    sealed = feed.sealer.seal_list(StatusList(HEADER, OPERATORS))
    head = feed.opener.open(Unverified(document=sealed.head), anchors, LIMITS, ISSUED)
    whole = feed.opener.open(Unverified(document=sealed.document), anchors, LIMITS, ISSUED)
    with pytest.raises(SchemaViolationError):
        feed.opener.decode(head, anchors, LIMITS)
    with pytest.raises(SchemaViolationError):
        feed.opener.decode_head(whole, anchors)


@pytest.mark.parametrize(
    "reasons",
    [(), (Reason(code="ROLLBACK", text="older & lower", pointer="header/sequence"),)],
    ids=["applied", "refused with a reason"],
)
def test_a_sealed_acknowledgement_opens_to_what_was_sealed(
    feed: XmlFeed, ack_anchors: TrustAnchors, reasons: tuple[Reason, ...]
) -> None:
    acknowledgement = acknowledgement_of(HEADER, reasons=reasons)
    document = feed.sealer.seal_acknowledgement(acknowledgement)
    assert feed.opener.open_acknowledgement(document, ack_anchors, ISSUED) == acknowledgement


def test_a_long_sentence_is_cut_so_that_the_answer_gets_through(
    feed: XmlFeed, ack_anchors: TrustAnchors
) -> None:
    acknowledgement = acknowledgement_of(HEADER, reasons=(Reason(code="GAP", text="x" * 600),))
    document = feed.sealer.seal_acknowledgement(acknowledgement)
    opened = feed.opener.open_acknowledgement(document, ack_anchors, ISSUED)
    assert opened.reasons[0].text == "x" * 512


def test_acc_3_a_list_is_no_acknowledgement(feed: XmlFeed, anchors: TrustAnchors) -> None:
    sealed = feed.sealer.seal_list(StatusList(HEADER, OPERATORS))
    with pytest.raises(SchemaViolationError):
        feed.opener.open_acknowledgement(sealed.document, anchors, ISSUED)


def test_sig_6_the_key_for_lists_signs_no_acknowledgement(
    feed: XmlFeed, ack_anchors: TrustAnchors
) -> None:
    sealed = feed.sealer.seal_list(StatusList(HEADER, OPERATORS))
    with pytest.raises(UnknownSignerError):
        feed.opener.open_acknowledgement(sealed.document, ack_anchors, ISSUED)


def test_sig_5_a_list_issued_before_its_signer_was_valid_is_refused(
    feed: XmlFeed, anchors: TrustAnchors
) -> None:
    before = header_for(OPERATORS, issued_at=ISSUED - timedelta(days=30))
    sealed = feed.sealer.seal_list(StatusList(before, OPERATORS))
    whole = feed.opener.open(Unverified(document=sealed.document), anchors, LIMITS, ISSUED)
    head = feed.opener.open(Unverified(document=sealed.head), anchors, LIMITS, ISSUED)
    with pytest.raises(CertificateError):
        feed.opener.decode(whole, anchors, LIMITS)
    with pytest.raises(CertificateError):
        feed.opener.decode_head(head, anchors)


def test_sig_5_an_answer_given_before_its_signer_was_valid_is_refused(
    feed: XmlFeed, ack_anchors: TrustAnchors
) -> None:
    acknowledgement = acknowledgement_of(
        header_for(OPERATORS, issued_at=ISSUED - timedelta(days=30))
    )
    early = type(acknowledgement)(
        **{
            **{name: getattr(acknowledgement, name) for name in acknowledgement.__struct_fields__},
            "acknowledged_at": ISSUED - timedelta(days=30),
        }
    )
    document = feed.sealer.seal_acknowledgement(early)
    with pytest.raises(CertificateError):
        feed.opener.open_acknowledgement(document, ack_anchors, ISSUED)


def test_sig_7_what_stands_outside_the_signature_is_never_decoded(
    feed: XmlFeed, anchors: TrustAnchors
) -> None:
    sealed = feed.sealer.seal_list(StatusList(HEADER, OPERATORS)).document.decode()
    stranger = sealed[sealed.index("<AEOMutual") : sealed.index("</AEOMutual") + 28]
    assert stranger.endswith("</AEOMutualRecognitionParty>")
    end = sealed.rindex("</AEOStatusList>")
    for forged in (sealed[:end] + stranger + sealed[end:], sealed.replace("Köln", "Bonn")):
        with pytest.raises(SignatureError):
            feed.opener.open(Unverified(document=forged.encode()), anchors, LIMITS, ISSUED)


def test_sig_7_the_tree_that_is_decoded_is_the_one_the_verifier_returned(
    feed: XmlFeed, anchors: TrustAnchors
) -> None:
    sealed = feed.sealer.seal_list(StatusList(HEADER, OPERATORS))
    verified = feed.opener.open(Unverified(document=sealed.document), anchors, LIMITS, ISSUED)
    names = [str(child.tag).partition("}")[2] for child in verified.content]
    assert names == ["ListHeader"] + ["AEOMutualRecognitionParty"] * 3


def test_acc_1_a_list_in_chunks_is_no_xml_list(feed: XmlFeed, anchors: TrustAnchors) -> None:
    sealed = feed.sealer.seal_list(StatusList(HEADER, OPERATORS))
    with pytest.raises(NotWellFormedError):
        feed.opener.open(
            Unverified(document=sealed.document, chunks=(b"x",)), anchors, LIMITS, ISSUED
        )


def test_acc_1_a_list_of_ours_that_partners_must_refuse_is_not_signed(feed: XmlFeed) -> None:
    operators = OPERATORS * 8_000  # 40 MB
    with pytest.raises(TooLargeError):
        feed.sealer.seal_list(StatusList(HEADER, operators))
