from typing import Any

import msgspec
import pytest
from hypothesis import given

from gateway.domain.canonical import (
    canonical_form,
    list_operator,
    normalise,
    parse_canonical,
    read_canonical,
)
from gateway.domain.errors import SchemaViolationError
from gateway.domain.operators import Operator
from gateway.domain.state import state_root
from tests.fakes import second_opinion
from tests.fakes.operators import (
    FEW,
    OPERATORS,
    STEADY,
    Plain,
    full_operator,
    operator,
    plain_authorisation,
    plain_operator,
)

REPEATED = ["alternateIds", "names", "tradeNames", "addresses", "roles", "authorisations"]


@STEADY
@given(OPERATORS)
def test_sta_1_canonical_form_is_what_a_second_opinion_computes(plain: Plain) -> None:
    listed = list_operator(operator(plain))
    assert listed.canonical == second_opinion.canonical(plain)
    assert listed.digest == second_opinion.digest(0, listed.canonical)
    assert read_canonical(listed.canonical) == listed.operator
    assert parse_canonical(listed.canonical) == listed


def test_sta_1_every_field_is_in_the_canonical_form() -> None:
    canonical = canonical_form(operator(full_operator()))
    assert canonical == second_opinion.canonical(full_operator())
    used = {name for plain in _objects(full_operator()) for name in plain}
    assert used == set(_keys(Operator))


@pytest.mark.parametrize("field", REPEATED)
def test_sta_1_repeated_field_is_sorted_by_canonical_bytes(field: str) -> None:
    turned = full_operator()
    turned[field] = turned[field][::-1]
    assert canonical_form(operator(turned)) == canonical_form(operator(full_operator()))
    members = msgspec.json.decode(canonical_form(operator(turned)))[field]
    assert [second_opinion.form(member) for member in members] == sorted(
        second_opinion.form(member) for member in members
    )


@pytest.mark.parametrize("field", REPEATED)
def test_sta_1_repeated_field_with_a_value_twice_is_refused(field: str) -> None:
    double = full_operator()
    double[field] = [*double[field], double[field][0]]
    with pytest.raises(SchemaViolationError, match="twice") as caught:
        canonical_form(operator(double))
    assert caught.value.context["operator"] == "'XA0000000002'"


def test_sta_1_lines_of_an_address_keep_their_order_and_repeats() -> None:
    lines = ["Zeile 2", "Zeile 1", "Zeile 2"]
    plain = plain_operator(addresses=[{"country": "XA", "lines": lines}])
    assert msgspec.json.decode(canonical_form(operator(plain)))["addresses"][0]["lines"] == lines


def test_sta_1_empty_is_absent() -> None:
    empty = plain_operator(roles=[], tradeNames=[], alternateIds=[], addresses=[])
    assert canonical_form(operator(empty)) == canonical_form(operator(plain_operator()))


def test_sta_1_names_keep_every_code_point() -> None:
    for name in ("Příklad", "Pr\u030ci\u0301klad", "ﬁrm", "Ａ", "A\u200dB", "一\u3000二", "𝔛"):
        canonical = canonical_form(operator(plain_operator(names=[{"text": name}])))
        assert read_canonical(canonical).names[0].text == name


def test_sta_1_text_with_json_escapes_is_taken() -> None:
    plain = plain_operator(names=[{"text": 'a " b', "language": "en"}, {"text": '\\ " c " \\'}])
    assert canonical_form(operator(plain)) == second_opinion.canonical(plain)


@pytest.mark.parametrize("text", ["a\x01b", "a\x7fb", "a\x85b", "a\ufffeb", "a\ud800b"])
def test_sta_1_forbidden_character_is_refused_wherever_it_stands(text: str) -> None:
    for plain in (
        plain_operator(text),
        plain_operator(names=[{"text": text}]),
        plain_operator(names=[{"text": "示例"}, {"text": text}]),
        plain_operator(addresses=[{"country": "XA", "lines": ["x", text]}]),
        plain_operator(authorisations=[plain_authorisation(issuingOffice=text)]),
    ):
        with pytest.raises(SchemaViolationError):
            canonical_form(operator(plain))


def test_sta_1_field_with_a_forbidden_character_is_named() -> None:
    plain = plain_operator(addresses=[{"country": "XA", "lines": ["x", "y\x7f"]}])
    with pytest.raises(SchemaViolationError, match="007F") as caught:
        canonical_form(operator(plain))
    assert caught.value.context["field"] == "addresses/0/lines/1"


NOT_CANONICAL: dict[str, Any] = {
    "an unknown field": lambda plain: plain | {"zzz": "1"},
    "an unknown field inside": lambda plain: plain | {"names": [{"text": "x", "zzz": "1"}]},
    "an empty field": lambda plain: plain | {"roles": []},
    "a null": lambda plain: plain | {"addresses": [{"city": None, "country": "XA"}]},
    "unsorted roles": lambda plain: plain | {"roles": ["MF", "EX"]},
    "another spelling of an instant": lambda plain: (
        plain | {"authorisations": [plain_authorisation(effectiveAt="2024-01-01T00:00:00+00:00")]}
    ),
    "a field missing": lambda plain: {"id": plain["id"]},
    "a number for a text": lambda plain: plain | {"id": 1},
    "an unknown status": lambda plain: (
        plain
        | {
            "authorisations": [
                plain_authorisation(status={"code": "", "effectiveAt": "2024-01-01T00:00:00Z"})
            ]
        }
    ),
    "another thing than an object": lambda _: ["XA0000000001"],
}


@pytest.mark.parametrize("change", NOT_CANONICAL.values(), ids=NOT_CANONICAL)
def test_sta_1_form_from_outside_is_refused_with(change: Any) -> None:  # noqa: ANN401 - a lambda
    with pytest.raises(SchemaViolationError):
        parse_canonical(second_opinion.form(change(plain_operator())))


@pytest.mark.parametrize("data", [b"", b"{", b'"\xff"', b"null", b" {}"])
def test_sta_1_bytes_that_are_no_form_are_refused(data: bytes) -> None:
    with pytest.raises(SchemaViolationError):
        parse_canonical(data)


def test_sta_1_spaces_between_are_not_canonical() -> None:
    loose = canonical_form(operator()).replace(b",", b", ")
    with pytest.raises(SchemaViolationError, match="canonical"):
        parse_canonical(loose)


@FEW
@given(OPERATORS)
def test_sta_3_root_is_the_same_in_whatever_order_an_adapter_delivers(plain: Plain) -> None:
    turned = plain | {field: plain[field][::-1] for field in REPEATED if field in plain}
    listed = list_operator(operator(turned))
    assert listed == list_operator(operator(plain))
    assert state_root([listed]) == second_opinion.root(
        {plain["id"]: second_opinion.canonical(plain)}
    )


def test_sta_3_normal_operator_is_left_as_it_is() -> None:
    once = normalise(operator(full_operator()))
    assert normalise(once) is once


def _objects(value: object) -> list[Plain]:
    if isinstance(value, dict):
        return [value, *(found for member in value.values() for found in _objects(member))]
    if isinstance(value, list):
        return [found for member in value for found in _objects(member)]
    return []


def _keys(kind: Any) -> set[str]:  # noqa: ANN401 - types of fields
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        inside = [_keys(field.type) for field in fields]
        return {field.encode_name for field in fields}.union(*inside)
    return set().union(*(_keys(inner) for inner in getattr(kind, "__args__", ())))
