"""The hits of one query: candidates of the index, scored, best first."""

from typing import Final

from msgspec import Struct

from gateway.domain.errors import InvalidRequestError
from gateway.ports.search import SearchIndex
from gateway.services.search_score import Query, prepare, score
from gateway.services.search_words import groups_of

LONGEST_QUERY: Final = 200
"""Characters."""
MOST_WORDS: Final = 12
"""Of a query; those after them are not looked at."""
MOST_CANDIDATES: Final = 200
"""That are scored, and so the most hits of a query."""
LEAST_POINTS: Final = 50
"""What scores less is no hit."""


class FoundOperator(Struct, frozen=True, kw_only=True):
    """A hit. Its score orders hits; it is no measure of trust."""

    agreement: str
    operator_id: str
    name: str
    """The name or trade name that fits best."""
    score: int
    """0 to 100."""
    why: tuple[str, ...]
    """What agreed: `name`, `trade name`, `transliterated name`, `address`."""


class FoundPage(Struct, frozen=True, kw_only=True):
    """Some hits, best first."""

    operators: tuple[FoundOperator, ...]
    next_page_token: str
    """Empty: there is no more."""


def prepare_query(query: str) -> Query:
    """Return a query prepared for many operators.

    Raises:
        InvalidRequestError: It says nothing or is too long.
    """
    if not 0 < len(query) <= LONGEST_QUERY:
        raise _invalid(f"must have 1 to {LONGEST_QUERY} characters")
    prepared = prepare(query, MOST_WORDS)
    if not prepared.words.latin:
        raise _invalid("has no letter and no digit")
    return prepared


def find_hits(
    index: SearchIndex, query: Query, agreement: str | None
) -> tuple[str, list[FoundOperator]]:
    """Return the state of the index, and all hits in it, best first.

    Raises:
        MachineError: The index cannot be read.
    """
    groups = [groups_of(word) for word in query.words.latin]
    state, candidates = index.candidates(groups, agreement, MOST_CANDIDATES)
    hits = []
    for candidate in candidates:
        rated = score(query, candidate.findable)
        if rated.points >= LEAST_POINTS:
            hits.append(
                FoundOperator(
                    agreement=candidate.agreement,
                    operator_id=candidate.findable.operator_id,
                    name=rated.name,
                    score=rated.points,
                    why=rated.why,
                )
            )
    hits.sort(key=lambda hit: (-hit.score, hit.agreement, hit.operator_id))
    return state, hits


def _invalid(what: str) -> InvalidRequestError:
    return InvalidRequestError(f"query {what}", context={"field": "query"})
