"""Lists and heads as XML: from domain to bytes, and from a verified tree to domain (section 2).

Bytes are written as text, because a tree costs ten times as much. Reading relies on the XSD having
passed: it fixes which elements there are and in which order, so one pass over the children is
enough. What the XSD cannot say is checked by `domain.canonical`, the same for both adapters
(STA-3).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from lxml import etree

from gateway.domain.canonical import format_instant, header_canonical, list_operator, parse_instant
from gateway.domain.errors import SchemaViolationError, TooLargeError
from gateway.domain.field_rules import require_known_version
from gateway.domain.lists import (
    Action,
    Change,
    ListedOperator,
    ListHeader,
    ListKind,
    StatusList,
)
from gateway.domain.operators import (
    Address,
    Authorisation,
    Identifier,
    Name,
    Operator,
    Status,
    StatusCode,
)
from gateway.domain.profiles import Limits
from gateway.exchange.xml_feed.schema import NAMESPACE, OPERATOR, SchemaName, require_valid
from gateway.trust.xml_parsing import parse

_Q: Final = f"{{{NAMESPACE}}}"
_HEADER: Final = f"{_Q}ListHeader"
_VERSION: Final = f"{_Q}AgencyAssignedCustomizationVersionCode"
_LINE: Final = f"{_Q}Line"
_OPERATOR: Final = f"{_Q}{OPERATOR}"
_NAMESPACE_OF_A_VERSION: Final = re.compile(r"\{urn:mra-gateway:status-list:([1-9][0-9]{0,8})\}")
_DIGITS: Final = re.compile("[1-9][0-9]{0,8}")

_PIECE: Final = 500
_instant: Final = lru_cache(maxsize=4096)(parse_instant)
"""Of many authorisations: one object for equal moments takes less room, and less time."""
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def list_to_xml(status_list: StatusList) -> bytes:
    """Write a list without signature; an operator, or what changed of one, a line.

    Raises:
        SchemaViolationError: A field of the header breaks a rule.
    """
    return b"".join(list_pieces(status_list))


def list_pieces(status_list: StatusList) -> Iterator[bytes]:
    """Yield what `list_to_xml` writes, some hundred operators at a time. Raises as it does."""
    header = _header(status_list.header)
    yield f'{_DECLARATION}<AEOStatusList xmlns="{NAMESPACE}">\n{header}'.encode()
    operators, changes = status_list.operators, status_list.changes
    for at in range(0, len(operators), _PIECE):
        yield "".join([_operator(one.operator) for one in operators[at : at + _PIECE]]).encode()
    for at in range(0, len(changes), _PIECE):
        yield "".join(map(_changed, changes[at : at + _PIECE])).encode()
    yield b"</AEOStatusList>\n"


def head_to_xml(header: ListHeader) -> bytes:
    """Write the head of a list without signature: the same header (STA-6).

    Raises:
        SchemaViolationError: A field of the header breaks a rule.
    """
    opening = f'{_DECLARATION}<AEOStatusListHead xmlns="{NAMESPACE}">\n'
    return f"{opening}{_header(header)}</AEOStatusListHead>\n".encode()


def header_from_xml(root: etree._Element, name: SchemaName, limits: Limits) -> ListHeader:
    """Check a verified document against its schema, and read the header.

    Raises:
        UnknownVersionError: It is written in a higher version than known here.
        TooLargeError: More operators than `limits` allow.
        SchemaViolationError: It breaks the XSD, or the header breaks a field rule.
    """
    count = sum(1 for _ in root.iterchildren(_OPERATOR))
    # ACC-1: counted before anything else costs time
    if count > limits.max_document_operators:
        message = f"more than {limits.max_document_operators} operators in an enveloped list"
        raise TooLargeError(message, context={"limit": str(limits.max_document_operators)})
    return checked_header(root, name)


def checked_header(root: etree._Element, name: SchemaName) -> ListHeader:
    """Check a verified document, or the beginning of one, and read the header.

    Raises:
        UnknownVersionError: It is written in a higher version than known here.
        SchemaViolationError: It breaks the XSD, or the header breaks a field rule.
    """
    require_known_schema(root)
    # ACC-3: the XSD looks at what the verifier returned (SIG-7)
    require_valid(root, name)
    header = _header_from_xml(root[0])
    # ACC-3: the field rules, the same for both adapters
    header_canonical(header)
    return header


def header_of_own_head(document: bytes) -> ListHeader:
    """Read the header of a head that this gateway sealed itself; its signature is not checked."""
    return _header_from_xml(parse(document, Limits())[0])


def require_known_schema(root: etree._Element) -> None:
    """Tell a document of a later version from a broken one: it is we who have to move.

    Raises:
        UnknownVersionError: Its namespace or its version is higher than known here.
    """
    namespace = _NAMESPACE_OF_A_VERSION.match(str(root.tag))
    stated = root.findtext(f"{_HEADER}/{_VERSION}") or root.findtext(_VERSION) or ""
    for number in (namespace[1] if namespace else "1", stated):
        if _DIGITS.fullmatch(number):
            # ACC-3: the version first; of a later one the schema here knows nothing
            require_known_version(int(number))


def operators_from_xml(root: etree._Element, header: ListHeader) -> StatusList:
    """Read the operators of a list that passed `header_from_xml`, in the order received (STA-7).

    Raises:
        SchemaViolationError: An operator breaks a field rule; it is named.
    """
    parties = root.iterchildren(_OPERATOR)
    if header.kind is ListKind.FULL:
        return StatusList(header, operators=[listed_from_xml(party) for party in parties])
    return StatusList(header, changes=[change_from_xml(party) for party in parties])


def _header(header: ListHeader) -> str:
    header_canonical(header)
    previous = header.previous_digest
    chain = "" if previous is None else f"<PreviousListDigest>{previous}</PreviousListDigest>\n"
    return (
        "<ListHeader>\n"
        "<AgencyAssignedCustomizationVersionCode>"
        f"{header.version}</AgencyAssignedCustomizationVersionCode>\n"
        f"<ID>{escape(header.list_id)}</ID>\n"
        f"<TypeCode>{header.kind}</TypeCode>\n"
        "<CommunicationsAgreementID>"
        f"{escape(header.agreement)}</CommunicationsAgreementID>\n"
        f"<Sender><ID>{escape(header.issuer)}</ID></Sender>\n"
        f"<Recipient><ID>{escape(header.recipient)}</ID></Recipient>\n"
        f"<TestIndicator>{boolean(header.test)}</TestIndicator>\n"
        f"<StreamEpochNumeric>{header.epoch}</StreamEpochNumeric>\n"
        f"<ListSequenceNumeric>{header.sequence}</ListSequenceNumeric>\n"
        f"{chain}"
        f"<IssueDateTime>{format_instant(header.issued_at)}</IssueDateTime>\n"
        f"<NextUpdateDateTime>{format_instant(header.next_update_at)}</NextUpdateDateTime>\n"
        f"<ResultingStateDigest>{header.state_root}</ResultingStateDigest>\n"
        f"<RecordQuantity>{header.quantity}</RecordQuantity>\n"
        "</ListHeader>\n"
    )


def _changed(change: Change) -> str:
    action = f"<ActionCode>{change.action}</ActionCode>"
    if change.listed is None:
        return f"<{OPERATOR}>{action}<ID>{escape(change.operator_id)}</ID></{OPERATOR}>\n"
    return _operator(change.listed.operator, action)


def _operator(operator: Operator, action: str = "") -> str:
    parts = [f"<{OPERATOR}>{action}<ID>{escape(operator.id)}</ID>"]
    parts += [
        f'<AlternateID schemeID="{_attribute(other.scheme)}">{escape(other.value)}</AlternateID>'
        for other in operator.alternate_ids
    ]
    parts += [_name("Name", name) for name in operator.names]
    parts += [_name("TradeName", name) for name in operator.trade_names]
    parts += [_address(address) for address in operator.addresses]
    parts += [f"<RoleCode>{role}</RoleCode>" for role in operator.roles]
    parts += [_authorisation(authorisation) for authorisation in operator.authorisations]
    parts.append(f"</{OPERATOR}>\n")
    return "".join(parts)


def _name(element: str, name: Name) -> str:
    language = f' languageID="{_attribute(name.language)}"' if name.language else ""
    script = f' scriptCode="{_attribute(name.script)}"' if name.script else ""
    return f"<{element}{language}{script}>{escape(name.text)}</{element}>"


def _address(address: Address) -> str:
    lines = "".join([f"<Line>{escape(line)}</Line>" for line in address.lines])
    return (
        f"<Address>{lines}"
        f"{_optional('CityName', address.city)}"
        f"<CountryCode>{address.country}</CountryCode>"
        f"{_optional('CountrySubDivisionCode', address.subdivision)}"
        f"{_optional('PostcodeID', address.postcode)}</Address>"
    )


def _authorisation(held: Authorisation) -> str:
    accepted = held.accepted_at
    expires = held.expires_at
    status = held.status
    return (
        f"<Authorisation><ID>{escape(held.id)}</ID>"
        f'<CategoryCode listID="{_attribute(held.programme)}">'
        f"{escape(held.category)}</CategoryCode>"
        f"<IssuingOffice>{escape(held.issuing_office)}</IssuingOffice>"
        f"{_optional('AcceptanceDateTime', format_instant(accepted) if accepted else None)}"
        f"<EffectiveDateTime>{format_instant(held.effective_at)}</EffectiveDateTime>"
        f"{_optional('ExpirationDateTime', format_instant(expires) if expires else None)}"
        f"<Status><NameCode>{status.code}</NameCode>"
        f"<EffectiveDateTime>{format_instant(status.effective_at)}</EffectiveDateTime>"
        f"{_optional('ChangeReasonCode', status.change_reason)}</Status></Authorisation>"
    )


def _optional(element: str, value: str | None) -> str:
    return f"<{element}>{escape(value)}</{element}>" if value else ""


def escape(text: str) -> str:
    """Escape a text that is between tags; its characters are known to be allowed (STA-1)."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    return text.replace(">", "&gt;") if ">" in text else text


def boolean(value: bool) -> str:
    """Write a boolean as XSD has it."""
    return "true" if value else "false"


def _attribute(text: str) -> str:
    return escape(text).replace('"', "&quot;")


def _header_from_xml(element: etree._Element) -> ListHeader:
    fields = {str(child.tag).removeprefix(_Q): child for child in element}
    text = {name: child.text or "" for name, child in fields.items()}
    return ListHeader(
        version=int(text["AgencyAssignedCustomizationVersionCode"]),
        list_id=text["ID"],
        kind=ListKind(text["TypeCode"]),
        issuer=fields["Sender"][0].text or "",
        recipient=fields["Recipient"][0].text or "",
        agreement=text["CommunicationsAgreementID"],
        test=text["TestIndicator"] == "true",
        epoch=int(text["StreamEpochNumeric"]),
        sequence=int(text["ListSequenceNumeric"]),
        previous_digest=text.get("PreviousListDigest"),
        issued_at=parse_instant(text["IssueDateTime"], "header/issuedAt"),
        next_update_at=parse_instant(text["NextUpdateDateTime"], "header/nextUpdateAt"),
        state_root=text["ResultingStateDigest"],
        quantity=int(text["RecordQuantity"]),
    )


def listed_from_xml(party: etree._Element) -> ListedOperator:
    """Read an operator that stands for itself, of a FULL list or of a programme.

    Raises:
        SchemaViolationError: It breaks a field rule; `line` and `operator` are in its context.
    """
    # ACC-3: an action belongs to a DELTA
    if party[0].tag == f"{_Q}ActionCode":
        raise _refused(
            party, party[1].text, "an operator outside of a DELTA list has no ActionCode"
        )
    return _operator_from_xml(party)


def change_from_xml(party: etree._Element) -> Change:
    """Read what a DELTA list says of one operator.

    Raises:
        SchemaViolationError: As `listed_from_xml`, or the action does not fit what it carries.
    """
    # ACC-3: without an action nobody knows what to do with the operator
    if party[0].tag != f"{_Q}ActionCode":
        raise _refused(party, party[0].text, "an operator of a DELTA list needs an ActionCode")
    action = Action(party[0].text or "")
    operator_id = party[1].text or ""
    if action is not Action.REMOVE:
        return Change(action, operator_id, _operator_from_xml(party))
    # ACC-3: a removal carries the id alone
    if len(party) > 2:  # noqa: PLR2004 - ActionCode and ID
        raise _refused(party, operator_id, "a removal carries nothing but the id")
    return Change(action, operator_id)


def _operator_from_xml(party: etree._Element) -> ListedOperator:
    values: dict[object, list[etree._Element]] = {}
    for child in party:
        values.setdefault(child.tag, []).append(child)
    nothing: list[etree._Element] = []
    operator_id = values[f"{_Q}ID"][0].text or ""
    try:
        return list_operator(
            Operator(
                id=operator_id,
                alternate_ids=tuple(
                    Identifier(scheme=child.get("schemeID", ""), value=child.text or "")
                    for child in values.get(f"{_Q}AlternateID", nothing)
                ),
                names=tuple(map(_name_from_xml, values.get(f"{_Q}Name", nothing))),
                trade_names=tuple(map(_name_from_xml, values.get(f"{_Q}TradeName", nothing))),
                addresses=tuple(map(_address_from_xml, values.get(f"{_Q}Address", nothing))),
                roles=tuple(
                    _shared(child.text) or "" for child in values.get(f"{_Q}RoleCode", nothing)
                ),
                authorisations=tuple(
                    map(_authorisation_from_xml, values.get(f"{_Q}Authorisation", nothing))
                ),
            )
        )
    except SchemaViolationError as error:
        raise _refused(party, operator_id, error.message, error.context) from error


@lru_cache(maxsize=4096)
def _shared(text: str | None) -> str | None:
    """Return one object for equal texts: what many operators say takes no room for each."""
    return text


def _name_from_xml(element: etree._Element) -> Name:
    return Name(
        text=element.text or "",
        language=_shared(element.get("languageID")),
        script=_shared(element.get("scriptCode")),
    )


def _address_from_xml(element: etree._Element) -> Address:
    lines = []
    values: dict[object, str | None] = {}
    for child in element:
        tag = child.tag
        if tag == _LINE:
            lines.append(child.text or "")
        else:
            values[tag] = child.text
    return Address(
        lines=tuple(lines),
        city=_shared(values.get(f"{_Q}CityName")),
        country=_shared(values.get(f"{_Q}CountryCode")) or "",
        subdivision=values.get(f"{_Q}CountrySubDivisionCode"),
        postcode=values.get(f"{_Q}PostcodeID"),
    )


def _authorisation_from_xml(element: etree._Element) -> Authorisation:
    number, category, office, *dates, status = element
    moments = {date.tag: _instant(date.text or "", "authorisations") for date in dates}
    code, since, *reason = status
    return Authorisation(
        id=number.text or "",
        category=_shared(category.text) or "",
        programme=_shared(category.get("listID")) or "",
        issuing_office=_shared(office.text) or "",
        accepted_at=moments.get(f"{_Q}AcceptanceDateTime"),
        effective_at=moments[f"{_Q}EffectiveDateTime"],
        expires_at=moments.get(f"{_Q}ExpirationDateTime"),
        status=Status(
            code=StatusCode(code.text or ""),
            effective_at=_instant(since.text or "", "authorisations/status"),
            change_reason=reason[0].text if reason else None,
        ),
    )


def _refused(
    party: etree._Element,
    operator_id: str | None,
    problem: str,
    context: dict[str, str] | None = None,
) -> SchemaViolationError:
    named = (operator_id or "")[:80]
    message = f"operator {named!r}, line {party.sourceline}: {problem}"
    return SchemaViolationError(
        message, context={**(context or {}), "operator": named, "line": str(party.sourceline)}
    )
