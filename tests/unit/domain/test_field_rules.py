from hashlib import sha256
from typing import Any

import pytest

from gateway.domain.canonical import header_canonical, list_digest, list_operator
from gateway.domain.errors import SchemaViolationError, UnknownVersionError
from gateway.domain.field_rules import require_known_version
from tests.fakes import second_opinion
from tests.fakes.headers import header, plain_header
from tests.fakes.operators import (
    Plain,
    full_operator,
    operator,
    plain_authorisation,
    plain_operator,
)


def _address(**changes: Any) -> Plain:  # noqa: ANN401 - JSON
    return plain_operator(addresses=[{"country": "XA"} | changes])


def _authorised(**changes: Any) -> Plain:  # noqa: ANN401 - JSON
    return plain_operator(authorisations=[plain_authorisation(**changes)])


def _names(count: int) -> list[Plain]:
    return [{"text": f"Name {number}"} for number in range(count)]


CODES = {
    "no name": (plain_operator(names=[]), "names"),
    "no authorisation": (plain_operator(authorisations=[]), "authorisations"),
    "a role that is no code": (plain_operator(roles=["IM", "OT"]), "roles"),
    "a language that is no tag": (
        plain_operator(names=[{"text": "x", "language": "e_n"}]),
        "names/language",
    ),
    "a script that is no code": (
        plain_operator(tradeNames=[{"text": "x", "script": "latn"}]),
        "tradeNames/script",
    ),
    "a country of three letters": (_address(country="XAA"), "addresses/country"),
    "a country with a line end": (_address(country="XA\n"), "addresses/country"),
    "a subdivision with its country": (_address(subdivision="XA-1"), "addresses/subdivision"),
}
SHAPES = {
    "an id of 36 characters": (plain_operator("X" * 36), "id"),
    "an empty id": (plain_operator(""), "id"),
    "an identifier of 71 characters": (
        plain_operator(alternateIds=[{"scheme": "LEI", "value": "X" * 71}]),
        "alternateIds/value",
    ),
    "an empty scheme": (
        plain_operator(alternateIds=[{"scheme": "", "value": "X"}]),
        "alternateIds/scheme",
    ),
    "a name of 513 characters": (plain_operator(names=[{"text": "x" * 513}]), "names/text"),
    "an empty language": (plain_operator(names=[{"text": "x", "language": ""}]), "names/language"),
    "65 names": (plain_operator(names=_names(65)), "operator"),
    "65 lines": (_address(lines=["x"] * 65), "addresses/lines"),
    "an empty line": (_address(lines=[""]), "addresses/lines"),
    "a city with a space at its edge": (_address(city="City "), "addresses/city"),
    "a postcode of 18 characters": (_address(postcode="1" * 18), "addresses/postcode"),
    "an empty category": (_authorised(category=""), "authorisations/category"),
    "an empty programme": (_authorised(programme=""), "authorisations/programme"),
    "an empty office": (_authorised(issuingOffice=""), "authorisations/issuingOffice"),
    "an authorisation id of 71": (_authorised(id="1" * 71), "authorisations/id"),
    "a fraction of a second": (
        _authorised(effectiveAt="2024-01-01T00:00:00.5Z"),
        "authorisations/effectiveAt",
    ),
    "an offset": (
        _authorised(acceptedAt="2024-01-01T00:00:00+01:00"),
        "authorisations/acceptedAt",
    ),
    "an expiry without zone": (
        _authorised(expiresAt="2024-01-01T00:00:00"),
        "authorisations/expiresAt",
    ),
    "a status with a fraction": (
        _authorised(status={"code": "ACTIVE", "effectiveAt": "2024-01-01T00:00:00.1Z"}),
        "authorisations/status/effectiveAt",
    ),
    "an empty reason": (
        _authorised(
            status={"code": "REVOKED", "effectiveAt": "2024-01-01T00:00:00Z", "changeReason": ""}
        ),
        "authorisations/status/changeReason",
    ),
}


def _refused_field(plain: Plain) -> str:
    with pytest.raises(SchemaViolationError) as caught:
        list_operator(operator(plain))
    return caught.value.context["field"]


@pytest.mark.parametrize(("plain", "field"), CODES.values(), ids=CODES)
def test_acc_3_operator_is_refused_with(plain: Plain, field: str) -> None:
    assert _refused_field(plain) == field


@pytest.mark.parametrize(("plain", "field"), SHAPES.values(), ids=SHAPES)
def test_sta_1_operator_is_refused_with(plain: Plain, field: str) -> None:
    assert _refused_field(plain) == field


def test_sta_1_limits_themselves_are_taken() -> None:
    list_operator(operator(full_operator("X" * 35)))
    list_operator(operator(plain_operator(names=_names(64))))
    list_operator(operator(_address(lines=["x"] * 64, postcode="1" * 17, subdivision="ABC")))


def test_acc_3_higher_version_is_told_apart_from_a_broken_list() -> None:
    with pytest.raises(UnknownVersionError):
        require_known_version(2)
    with pytest.raises(UnknownVersionError):
        list_digest(header(version=2))


def test_acc_3_version_zero_is_no_version() -> None:
    with pytest.raises(SchemaViolationError):
        require_known_version(0)


HEADERS: dict[str, Plain] = {
    "an issuer that is no administration": {"issuer": "XAX"},
    "a recipient that is no administration": {"recipient": "xh"},
    "epoch zero": {"epoch": 0},
    "sequence zero": {"sequence": 0, "previousDigest": "0" * 64},
    "a negative quantity": {"quantity": -1},
    "a number that JSON cannot tell": {"sequence": 2**53},
}


@pytest.mark.parametrize("changes", HEADERS.values(), ids=HEADERS)
def test_acc_3_header_is_refused_with(changes: Plain) -> None:
    with pytest.raises(SchemaViolationError):
        header_canonical(header(**changes))


DIGESTS: dict[str, Plain] = {
    "a root in capitals": {"stateRoot": "AB" * 32},
    "a root that is too short": {"stateRoot": "ab" * 31},
    "an empty root": {"stateRoot": ""},
    "a previous digest in capitals": {"previousDigest": "AB" * 32},
    "an instant with a fraction": {"issuedAt": "2026-11-01T12:00:00.5Z"},
    "a next update with an offset": {"nextUpdateAt": "2026-11-03T12:00:00+02:00"},
    "an empty list id": {"listId": ""},
    "a list id of 71 characters": {"listId": "x" * 71},
    "an agreement with a space at its edge": {"agreement": "XH-XA "},
}


@pytest.mark.parametrize("changes", DIGESTS.values(), ids=DIGESTS)
def test_sta_6_header_without_one_spelling_has_no_digest(changes: Plain) -> None:
    with pytest.raises(SchemaViolationError):
        list_digest(header(**changes))


def test_sta_6_digest_is_taken_over_all_header_fields() -> None:
    canonical = second_opinion.canonical(plain_header())
    assert header_canonical(header()) == canonical
    assert list_digest(header()) == sha256(canonical).hexdigest()
    others: Plain = {
        "listId": "XA-6", "kind": "DELTA", "issuer": "XB", "recipient": "XB", "agreement": "XH-XB",
        "test": True, "epoch": 2, "sequence": 6, "previousDigest": "00" * 32,
        "issuedAt": "2026-11-01T12:00:01Z", "nextUpdateAt": "2026-11-03T12:00:01Z",
        "stateRoot": "00" * 32, "quantity": 4,
    }  # fmt: skip
    assert {*others, "version"} == set(plain_header())
    digests = {list_digest(header(**{field: other})) for field, other in others.items()}
    assert len(digests | {list_digest(header())}) == len(others) + 1


@pytest.mark.parametrize(("sequence", "previous"), [(1, "ab" * 32), (2, None)])
def test_seq_2_only_the_first_list_names_none_before_it(
    sequence: int, previous: str | None
) -> None:
    with pytest.raises(SchemaViolationError, match="previousDigest"):
        header_canonical(header(sequence=sequence, previousDigest=previous))
