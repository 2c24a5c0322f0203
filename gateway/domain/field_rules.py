"""Rules on single fields of operators and headers: limits, codes, instants (STA-1, ACC-3).

Both codecs and the import come through here, so that what one of them takes, all take. Characters
are not looked at here: `canonical` does that once over the whole form.
"""

import re

from gateway.domain.errors import UnknownVersionError
from gateway.domain.instants import check_instant
from gateway.domain.lists import SCHEMA_VERSION, ListHeader
from gateway.domain.operators import LIMITS, ROLES, Address, Authorisation, Name, Operator
from gateway.domain.texts import check_shape, check_text, violation

_COUNTRY = re.compile("[A-Z]{2}")
_SUBDIVISION = re.compile("[A-Z0-9]{1,3}")
_LANGUAGE = re.compile("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_SCRIPT = re.compile("[A-Z][a-z]{3}")
_DIGEST = re.compile("[0-9a-f]{64}")
_LANGUAGE_LENGTH = 35  # RFC 5646, 4.4.1: what an implementation must be able to hold
_LIST_ID_LENGTH = 70
LARGEST_NUMBER = 2**53 - 1
"""RFC 8785: beyond it, integers of JSON are not the same everywhere."""

_TEXT = LIMITS["text"]
_ID = LIMITS["alternate_id"]
_REPEATS = LIMITS["repeats"]


def check_operator(operator: Operator) -> None:
    """Check everything about an operator's fields but characters, order and repeats.

    Raises:
        SchemaViolationError: A field breaks a rule; it is named.
    """
    check_shape(operator.id, "id", LIMITS["operator_id"])
    _check_counts(operator)
    for identifier in operator.alternate_ids:
        check_shape(identifier.scheme, "alternateIds/scheme", _TEXT)
        check_shape(identifier.value, "alternateIds/value", _ID)
    for name in operator.names:
        _check_name(name, "names")
    for name in operator.trade_names:
        _check_name(name, "tradeNames")
    for address in operator.addresses:
        _check_address(address)
    # ACC-3: only the codes of section 2
    if not ROLES.issuperset(operator.roles):
        strangers = sorted(set(operator.roles) - ROLES)
        raise violation("roles", f"unknown: {', '.join(strangers)[:80]}")
    for authorisation in operator.authorisations:
        _check_authorisation(authorisation)


def _check_counts(operator: Operator) -> None:
    # ACC-3: a trader without a name is none
    if not operator.names:
        raise violation("names", "needs one at least")
    # ACC-3: an operator is on a list for what it is authorised to
    if not operator.authorisations:
        raise violation("authorisations", "needs one at least")
    most = max(
        len(operator.alternate_ids),
        len(operator.names),
        len(operator.trade_names),
        len(operator.addresses),
        len(operator.roles),
        len(operator.authorisations),
    )
    # STA-1: the limits of section 2
    if most > _REPEATS:
        raise violation("operator", f"has a field {most} times, at most {_REPEATS} are allowed")


def _check_name(name: Name, field: str) -> None:
    check_shape(name.text, f"{field}/text", _TEXT)
    if name.language is not None:
        check_shape(name.language, f"{field}/language", _LANGUAGE_LENGTH)
        # ACC-3: BCP 47
        if not _LANGUAGE.fullmatch(name.language):
            raise violation(f"{field}/language", "is no language tag")
    # ACC-3: ISO 15924
    if name.script is not None and not _SCRIPT.fullmatch(name.script):
        raise violation(f"{field}/script", "is no script code")


def _check_address(address: Address) -> None:
    # STA-1: the limits of section 2
    if len(address.lines) > _REPEATS:
        raise violation("addresses/lines", f"more than {_REPEATS}")
    for line in address.lines:
        check_shape(line, "addresses/lines", _TEXT)
    if address.city is not None:
        check_shape(address.city, "addresses/city", _TEXT)
    # ACC-3: ISO 3166-1 alpha-2
    if not _COUNTRY.fullmatch(address.country):
        raise violation("addresses/country", "is no country code")
    # ACC-3: ISO 3166-2 without the country
    if address.subdivision is not None and not _SUBDIVISION.fullmatch(address.subdivision):
        raise violation("addresses/subdivision", "is no subdivision code")
    if address.postcode is not None:
        check_shape(address.postcode, "addresses/postcode", LIMITS["postcode"])


def _check_authorisation(authorisation: Authorisation) -> None:
    check_shape(authorisation.id, "authorisations/id", _ID)
    check_shape(authorisation.category, "authorisations/category", _TEXT)
    check_shape(authorisation.programme, "authorisations/programme", _TEXT)
    check_shape(authorisation.issuing_office, "authorisations/issuingOffice", _TEXT)
    check_instant(authorisation.effective_at, "authorisations/effectiveAt")
    if authorisation.accepted_at is not None:
        check_instant(authorisation.accepted_at, "authorisations/acceptedAt")
    if authorisation.expires_at is not None:
        check_instant(authorisation.expires_at, "authorisations/expiresAt")
    status = authorisation.status
    check_instant(status.effective_at, "authorisations/status/effectiveAt")
    if status.change_reason is not None:
        check_shape(status.change_reason, "authorisations/status/changeReason", _TEXT)


def require_known_version(version: int) -> None:
    """Refuse a list that is written in a version of the schema that we do not know.

    Raises:
        UnknownVersionError: It is higher than known here.
        SchemaViolationError: There is no such version.
    """
    # ACC-3: a higher version is told apart from a broken list: it is we who have to move
    if version > SCHEMA_VERSION:
        message = f"schema version {version} is not known, only up to {SCHEMA_VERSION}"
        raise UnknownVersionError(message, context={"version": str(version)})
    # ACC-3: versions count from 1
    if version < 1:
        raise violation("header/version", f"is {version}")


def check_header(header: ListHeader) -> None:
    """Check the fields of a header.

    Raises:
        SchemaViolationError: A field breaks a rule; it is named.
        UnknownVersionError: The list is written in a higher version than known here.
    """
    require_known_version(header.version)
    check_text(header.list_id, "header/listId", _LIST_ID_LENGTH)
    for field, party in (("issuer", header.issuer), ("recipient", header.recipient)):
        # ACC-3: an administration is a country, EU or XI
        if not _COUNTRY.fullmatch(party):
            raise violation(f"header/{field}", "is no administration")
    check_text(header.agreement, "header/agreement", _LIST_ID_LENGTH)
    _check_number(header.epoch, "epoch", 1)
    _check_number(header.sequence, "sequence", 1)
    _check_number(header.quantity, "quantity", 0)
    check_instant(header.issued_at, "header/issuedAt")
    check_instant(header.next_update_at, "header/nextUpdateAt")
    # SEQ-2: only the first list of a stream has none before it
    if (header.previous_digest is None) != (header.sequence == 1):
        raise violation("header/previousDigest", f"at sequence {header.sequence}")
    for field, digest in (
        ("previousDigest", header.previous_digest),
        ("stateRoot", header.state_root),
    ):
        # STA-6: digests have one spelling
        if digest is not None and not _DIGEST.fullmatch(digest):
            raise violation(f"header/{field}", "is not 64 lower-case hex digits")


def _check_number(number: int, field: str, least: int) -> None:
    # ACC-3: numbers count up from here
    if not least <= number <= LARGEST_NUMBER:
        raise violation(f"header/{field}", f"is {number}")
