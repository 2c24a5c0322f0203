"""What all questions share that are asked at one moment about one time: no code is known yet.

A border system asks hundreds of times within the second that the clock shows. What an agreement
and its list are worth then is judged once, at the first of those questions.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Protocol, Self

from msgspec import Struct

from gateway.domain.agreements import (
    Agreement,
    Direction,
    IdentifierScheme,
    Lifecycle,
    Measure,
    Rules,
)
from gateway.domain.answers import AnswerReason, Basis, Freshness, FreshnessClass
from gateway.domain.identifiers import AEO
from gateway.domain.knowledge import Knowledge
from gateway.domain.messages import Message
from gateway.domain.spans import Span, in_words, span_of

KEPT = 64
"""Occasions that are kept; beyond it all are judged anew."""
MISSING = Freshness(condition=FreshnessClass.MISSING)
_IN_FORCE_BY_DATE = frozenset({Lifecycle.IN_FORCE, Lifecycle.SUSPENDED, Lifecycle.ENDED})


Begun = tuple[str, "Hash"]
"""How references begin: the second of the decision as text, and the digest that the rest goes on
from."""
Bases = dict[AnswerReason, tuple[Basis, Begun]]
"""What answers share by their reason: kept by `recognition` from the first answer on."""


class Hash(Protocol):
    """A digest that goes on from here, as often as it is copied."""

    def copy(self) -> Self:
        """Return one that goes on by itself."""
        ...

    def update(self, data: bytes, /) -> None:
        """Take in more."""
        ...

    def digest(self) -> bytes:
        """Return the digest of all that was taken in."""
        ...

    def hexdigest(self) -> str:
        """Return the same in hexadecimal digits."""
        ...


class Standing(Struct, frozen=True, kw_only=True):
    """What one agreement and its list are worth on an occasion."""

    agreement: Agreement
    span: Span
    """The time asked about, in the agreement's time zone."""
    rules: Rules | None
    """Those in force during all of the span, or none."""
    schemes: tuple[IdentifierScheme, ...]
    """Those of the rules; outside all rules, those of any time."""
    freshness: Freshness
    usable_until: str
    """In words; empty if no list is held."""
    is_damaged: bool
    """The agreement cannot be read."""
    is_in_force: bool
    is_suspended: bool
    in_force: Message
    """That the agreement is in force."""
    age: Message
    """The list, how fresh it is and until when it may be used."""
    covered: Mapping[str, Message]
    """That a type is covered, by type; empty without rules."""
    measures: Message
    """The measures that are granted."""
    bases: Bases


class Occasion:
    """One moment of asking and one time asked about, with the standings of agreements.

    Args:
        knowledge: What was known at `known_at`.
        on: The date or time asked about; none means `known_at`.
        known_at: The moment of asking.

    Raises:
        InvalidRequestError: A time without its offset from UTC, or outside 1900 to 2099.
    """

    __slots__ = (
        "_by_prefix",
        "_standings",
        "bases",
        "date",
        "is_clock_behind",
        "knowledge",
        "known_at",
        "on",
    )

    def __init__(
        self, knowledge: Knowledge, on: date | datetime | None, known_at: datetime
    ) -> None:
        self.knowledge = knowledge
        self.on = on
        self.known_at = known_at
        # At once, so that a time without offset is refused whatever the code is.
        whole = span_of(on, now=known_at, time_zone="UTC")
        self.date = in_words(whole.start if whole.end is None else on or known_at)
        floor = knowledge.clock_floor
        self.is_clock_behind = floor is not None and known_at < floor
        self.bases: Bases = {}
        """Of answers that found no agreement."""
        self._standings: dict[str, Standing] = {}
        self._by_prefix: dict[str, tuple[Standing, ...]] = {}

    def under(self, agreement: Agreement) -> Standing:
        """Return the standing of an agreement.

        Raises:
            ConfigError: Its time zone does not exist.
        """
        standing = self._standings.get(agreement.id)
        if standing is None:
            standing = self._standings[agreement.id] = self._judge(agreement)
        return standing

    def claimants(self, identifier: str) -> tuple[Standing, ...]:
        """Return the standings of the agreements in whose territory an identifier lies.

        Raises:
            ConfigError: The time zone of one does not exist.
        """
        plain = identifier.removeprefix(AEO)
        found: tuple[Standing, ...] = ()
        for length in self.knowledge.prefix_lengths:
            standings = self._by_prefix.get(plain[:length])
            found += self._under_prefix(plain[:length]) if standings is None else standings
        return found

    def _under_prefix(self, prefix: str) -> tuple[Standing, ...]:
        agreements = self.knowledge.by_prefix.get(prefix)
        if agreements is None:
            return ()
        standings = self._by_prefix[prefix] = tuple(map(self.under, agreements))
        return standings

    def _judge(self, agreement: Agreement) -> Standing:
        span = span_of(self.on, now=self.known_at, time_zone=agreement.time_zone)
        rules = next((one for one in agreement.rules if span.is_inside(one.interval)), None)
        age = self.knowledge.ages.get(agreement.id)
        freshness = MISSING if age is None else age.at(self.known_at)
        until = in_words(freshness.usable_until) if freshness.usable_until else ""
        directions = () if rules is None else said(rules.directions)
        every_scheme = (scheme for one in agreement.rules for scheme in one.schemes)
        return Standing(
            agreement=agreement,
            span=span,
            rules=rules,
            schemes=tuple(every_scheme) if rules is None else rules.schemes,
            freshness=freshness,
            usable_until=until,
            is_damaged=agreement.id in self.knowledge.damaged,
            is_in_force=rules is not None and _is_in_force(agreement, span),
            is_suspended=_is_suspended(agreement, span, self.known_at),
            in_force=Message("rung.2.in_force", {"agreement": agreement.id, "date": self.date}),
            age=_age(freshness, until),
            covered={
                one: Message("rung.7.covered", {"type": one}, {"directions": directions})
                for one in (() if rules is None else rules.types)
            },
            measures=_measures(() if rules is None else rules.measures),
            bases={},
        )


class Occasions:
    """The occasions of one knowledge. Thread-safe."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._kept: dict[tuple[date | None, datetime], Occasion] = {}

    def find(self, on: date | datetime | None, known_at: datetime) -> Occasion:
        """Return an occasion, kept if many questions may share it: about now, or about a day.

        Raises:
            InvalidRequestError: A time without its offset from UTC, or outside 1900 to 2099.
        """
        if isinstance(on, datetime):
            return Occasion(self.knowledge, on, known_at)
        key = (on, known_at)
        occasion = self._kept.get(key)
        if occasion is None:
            occasion = Occasion(self.knowledge, on, known_at)
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[key] = occasion
        return occasion


def said(directions: Iterable[Direction]) -> tuple[Message, ...]:
    """Return directions as messages say them."""
    return tuple(Message(f"direction.{one}") for one in directions)


def _age(freshness: Freshness, until: str) -> Message:
    values = {"list": str(freshness.sequence), "condition": freshness.condition, "until": until}
    return Message("rung.3.age", values)


def _measures(measures: Iterable[Measure]) -> Message:
    return Message("rung.9.measures", parts={"measures": tuple(one.code for one in measures)})


def _is_in_force(agreement: Agreement, span: Span) -> bool:
    dates = agreement.in_force
    if agreement.state not in _IN_FORCE_BY_DATE or dates is None or not span.is_inside(dates):
        return False
    return agreement.state is not Lifecycle.ENDED or dates.until is not None


def _is_suspended(agreement: Agreement, span: Span, known_at: datetime) -> bool:
    """Tell whether the span touches a suspension; one without dates suspends every date."""
    if any(span.touches(interval) for interval in agreement.suspensions):
        return True
    dated = any(interval.covers(known_at) for interval in agreement.suspensions)
    return agreement.state is Lifecycle.SUSPENDED and not dated
