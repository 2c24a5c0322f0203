"""Operators for tests: a plain one, one with every field, and any that the rules allow.

They start as JSON objects, so that a second opinion can be had without the code under test.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st

from gateway.domain.canonical import canonical_form, list_operator
from gateway.domain.lists import ListedOperator
from gateway.domain.operators import ROLES, Operator, StatusCode
from tests.fakes import second_opinion

STEADY = settings(derandomize=True, deadline=None, database=None, max_examples=150)
"""The same examples in every run."""
FEW = settings(STEADY, max_examples=30)
"""Likewise, where each example costs a state root."""

Plain = dict[str, Any]


def plain_operator(identifier: str = "XA0000000001", **changes: Any) -> Plain:  # noqa: ANN401 - JSON
    """Return an operator with what is required, as JSON."""
    return {
        "id": identifier,
        "names": [{"text": "Example Trading Ltd"}],
        "authorisations": [plain_authorisation()],
    } | changes


def plain_authorisation(**changes: Any) -> Plain:  # noqa: ANN401 - JSON
    """Return an authorisation with what is required, as JSON."""
    return {
        "id": "A-1",
        "category": "AEOS",
        "programme": "XA-AEO",
        "issuingOffice": "XA000001",
        "effectiveAt": "2024-01-01T00:00:00Z",
        "status": {"code": "ACTIVE", "effectiveAt": "2024-01-01T00:00:00Z"},
    } | changes


def full_operator(identifier: str = "XA0000000002") -> Plain:
    """Return an operator with every field used, in several scripts, repeated fields unsorted."""
    return plain_operator(
        identifier,
        alternateIds=[
            {"scheme": "LEI", "value": "5493001KJTIIGC8Y1R12"},
            {"scheme": "EORI", "value": "XA0000000002"},
        ],
        names=[
            {"text": "شركة المثال للتجارة", "language": "ar", "script": "Arab"},
            {"text": "示例贸易有限公司", "language": "zh", "script": "Hans"},
            {"text": 'Příklad "Obchod" \\ s.r.o. / 𝔛', "language": "cs-CZ", "script": "Latn"},
        ],
        tradeNames=[{"text": "Пример"}, {"text": "Example"}],
        addresses=[
            {"country": "XB"},
            {
                "lines": ["Zeile 2", "Zeile 1", "Zeile 2"],
                "city": "Exempelstadt",
                "country": "XA",
                "subdivision": "X1",
                "postcode": "X-12345",
            },
        ],
        roles=["MF", "EX", "IM"],
        authorisations=[
            plain_authorisation(
                id="A-2",
                acceptedAt="2023-12-01T08:30:00Z",
                expiresAt="2029-01-01T00:00:00Z",
                status={
                    "code": "SUSPENDED",
                    "effectiveAt": "2025-06-30T23:59:59Z",
                    "changeReason": "05",
                },
            ),
            plain_authorisation(),
        ],
    )


def operator(plain: Plain | None = None) -> Operator:
    """Return the operator that a JSON object means."""
    return msgspec.convert(plain_operator() if plain is None else plain, Operator)


def canonical_form_of(plain: Plain) -> bytes:
    """Return the canonical form of the operator that a JSON object means."""
    return canonical_form(operator(plain))


def listed(*identifiers: str) -> list[ListedOperator]:
    """Return plain operators with these ids, in this order."""
    return [list_operator(operator(plain_operator(identifier))) for identifier in identifiers]


def _is_text(value: str) -> bool:
    return bool(value) and value == value.strip()


TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=40,
).filter(_is_text)
INSTANTS = st.integers(0, 4_000_000_000).map(
    lambda seconds: (
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
        .isoformat()
        .replace("+00:00", "Z")
    )
)
COUNTRIES = st.sampled_from(["XA", "XB", "XZ", "AQ"])


def _json(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Plain]:
    return st.fixed_dictionaries(required, optional=optional)


def _several(members: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(members, min_size=least, max_size=4, unique_by=second_opinion.canonical)


NAMES = _json(
    {"text": TEXTS},
    {"language": st.sampled_from(["en", "zh-Hant"]), "script": st.sampled_from(["Latn", "Cyrl"])},
)
ADDRESSES = _json(
    {"country": COUNTRIES},
    {
        "lines": st.lists(TEXTS, max_size=3),
        "city": TEXTS,
        "subdivision": st.sampled_from(["1", "AB", "X9Z"]),
        "postcode": st.text("0123456789-", min_size=1, max_size=17),
    },
)
AUTHORISATIONS = _json(
    {
        "id": TEXTS,
        "category": TEXTS,
        "programme": TEXTS,
        "issuingOffice": TEXTS,
        "effectiveAt": INSTANTS,
        "status": _json(
            {"code": st.sampled_from([code.value for code in StatusCode]), "effectiveAt": INSTANTS},
            {"changeReason": TEXTS},
        ),
    },
    {"acceptedAt": INSTANTS, "expiresAt": INSTANTS},
)
OPERATORS = _json(
    {
        "id": TEXTS.filter(lambda text: len(text) <= 35),
        "names": _several(NAMES, 1),
        "authorisations": _several(AUTHORISATIONS, 1),
    },
    {
        "alternateIds": _several(_json({"scheme": TEXTS, "value": TEXTS}, {})),
        "tradeNames": _several(NAMES),
        "addresses": _several(ADDRESSES),
        "roles": _several(st.sampled_from(sorted(ROLES))),
    },
)
"""Operators that the rules allow, as JSON."""
