"""Answering lookups from memory: refreshed when the registry moves, at work without it.

Every answer comes from one knowledge, swapped in a single assignment: a lookup beside a refresh
sees the old lists or the new ones, never a mixture. Before the first load nothing is answered at
all, because "not loaded" must never look like "not listed".
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from threading import Lock

from msgspec import Struct

from gateway.domain.answers import Answer, Question
from gateway.domain.blocks import HomeBlock
from gateway.domain.data_freshness import DataFreshness, data_freshness
from gateway.domain.errors import (
    DatabaseUnavailableError,
    InvalidRequestError,
    NotReadyError,
    UnreadableRecordError,
)
from gateway.domain.identifiers import Checks
from gateway.domain.lists import Stream
from gateway.domain.occasion import MISSING, Occasions
from gateway.domain.profiles import StoredProfile
from gateway.domain.recognition import decide, recognise
from gateway.domain.snapshot import AgreementSnapshot, Snapshot
from gateway.domain.spans import in_words
from gateway.ports.blocks import HomeBlocks
from gateway.ports.past_states import Past
from gateway.ports.profiles import Profiles
from gateway.ports.registry import CurrentLists
from gateway.services.lookup_index import read_index
from gateway.services.pacing import Rest, no_rest
from gateway.services.past_knowledge import PastKnowledge, damaged_snapshots, gather_under
from gateway.services.stream_index import StreamIndex


def _nothing(snapshot: Snapshot) -> None:
    del snapshot


class _Loaded(Struct, frozen=True):
    """What one refresh has read."""

    version: int | None
    """None: not all of it could be read; the next refresh reads again."""
    streams: Mapping[Stream, StreamIndex]
    unreadable: Mapping[str, str]
    """Agreements whose profile or list is damaged in the database, with what is wrong."""
    occasions: Occasions


class LookupDesk:
    """Lookups for border systems and officers. Thread-safe; one `refresh` at a time.

    Args:
        registry: The accepted lists.
        past: What was known when, for `answer_as_known`.
        profiles: The agreements.
        checks: Check digits by name.
        blocks: What home has blocked; none: nothing.
        release: Of this gateway, for the snapshot of answers.
        begins: Told the snapshot of all answers from now on, before the first of them.
        rest: Called between slices of taking a list over: lookups beside it go on meanwhile.
    """

    def __init__(
        self,
        registry: CurrentLists,
        past: Past,
        profiles: Profiles,
        checks: Checks,
        *,
        blocks: HomeBlocks | None = None,
        release: str = "",
        begins: Callable[[Snapshot], None] = _nothing,
        rest: Rest = no_rest,
    ) -> None:
        self._registry = registry
        self._profiles = profiles
        self._checks = checks
        self._blocks = blocks
        self._release = release
        self._begins = begins
        self._rest = rest
        self._past = PastKnowledge(past=past, profiles=profiles, checks=checks, release=release)
        self._loaded: _Loaded | None = None
        self._refreshing = Lock()
        self._reachable = True

    @property
    def ready(self) -> bool:
        """Whether lists were loaded; until then nothing is answered."""
        return self._loaded is not None

    @property
    def reachable(self) -> bool:
        """Whether the database answered at the newest refresh."""
        return self._reachable

    @property
    def unreadable(self) -> Mapping[str, str]:
        """The agreements whose profile or list is damaged in the database, with what is wrong.

        Nothing is decided under them, and all others go on. What was read of them before the
        damage does not serve on: of whatever the database now holds, it may be the opposite. They
        are read again when the registry next moves.
        """
        return {} if self._loaded is None else self._loaded.unreadable

    def refresh(self) -> None:
        """Read what moved since the last refresh. Cheap if nothing did; called every 100 ms.

        With the database gone, what is loaded goes on to answer, and its freshness tells how old
        it is.
        """
        with self._refreshing:
            try:
                self._refresh()
            except DatabaseUnavailableError:
                self._reachable = False
            else:
                self._reachable = True

    def answer(self, question: Question, *, now: datetime) -> Answer:
        """Answer one question from memory.

        Raises:
            NotReadyError: Nothing was loaded yet; ask again.
            DatabaseUnavailableError: The same, and the database does not answer.
            InvalidRequestError: The date asked about cannot be used.
            ConfigError: An agreement has an unusable pattern, check digit or time zone.
        """
        return decide(question, self._occasions().find(question.on, now))

    def answer_batch(self, questions: Iterable[Question], *, now: datetime) -> list[Answer]:
        """Answer many questions, in their order, all from the same lists.

        Raises:
            NotReadyError: Nothing was loaded yet; ask again.
            DatabaseUnavailableError: The same, and the database does not answer.
            InvalidRequestError: A date asked about cannot be used.
            ConfigError: An agreement has an unusable pattern, check digit or time zone.
        """
        occasions = self._occasions()
        return [decide(one, occasions.find(one.on, now)) for one in questions]

    def data(self, *, now: datetime) -> list[DataFreshness]:
        """Return how fresh the data is that answers rest on, by agreement.

        Raises:
            NotReadyError: Nothing was loaded yet.
            DatabaseUnavailableError: The same, and the database does not answer.
        """
        knowledge = self._occasions().knowledge
        found = []
        for agreement in knowledge.agreements.values():
            age = knowledge.ages.get(agreement.id)
            freshness = MISSING if age is None else age.at(now)
            found.append(data_freshness(agreement, freshness, now))
        return found

    def answer_as_known(self, question: Question, *, known_at: datetime, now: datetime) -> Answer:
        """Answer as this gateway would have answered at an earlier moment.

        Nothing need be loaded for it. The store knows whole seconds: a moment in the second in
        which a list or a block came in is one after it.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            InvalidRequestError: The moment lies ahead, lacks its offset, or the date cannot be
                used.
            ConfigError: An agreement has an unusable pattern, check digit or time zone.
        """
        if known_at.utcoffset() is None:
            raise InvalidRequestError(f"the time {known_at.isoformat()} lacks its offset from UTC")
        if known_at > now:
            raise InvalidRequestError(f"nothing is known yet at {in_words(known_at)}")
        knowledge = self._past.of(self._past.snapshot_at(known_at, self._all_blocks()))
        return recognise(question, knowledge=knowledge, known_at=known_at)

    def _refresh(self) -> None:
        # Read first: what moves while the rest is read is read again at the next refresh.
        version = self._registry.version()
        before = self._loaded
        if before is not None and before.version == version:
            return
        known = self._profiles.survey()
        profiles = [one.profile for one in known.readable]
        streams: dict[Stream, StreamIndex] = {}
        unreadable = {one.agreement: one.problem for one in known.damaged}
        whole = True
        # A test list answers no lookup (ACC-4); an epoch serves until the next has a list (SEQ-3).
        serving = {
            profile.agreement.id: self._registry.in_force(profile.receives)
            for profile in profiles
            if not profile.test
        }
        for stream in serving.values():
            old = None if before is None else before.streams.get(stream)
            try:
                index = read_index(self._registry, stream, old, rest=self._rest)
            except UnreadableRecordError as error:
                unreadable[stream.agreement] = error.message
                continue
            if index is None:
                whole = False
                index = old
            if index is None:
                # Never "no list": before the first whole load of a stream nothing is swapped in.
                return
            streams[stream] = index
        holdings = {
            agreement: streams[stream] for agreement, stream in serving.items() if stream in streams
        }
        snapshot = Snapshot(
            agreements={
                one.profile.agreement.id: _agreement_snapshot(one, serving, holdings)
                for one in known.readable
            }
            | damaged_snapshots(known.damaged),
            blocks=self._all_blocks(),
            release=self._release,
        )
        knowledge = gather_under(snapshot, profiles, holdings, self._checks)
        self._begins(snapshot)
        self._loaded = _Loaded(
            version if whole else None, streams, unreadable, Occasions(knowledge)
        )

    def _all_blocks(self) -> tuple[HomeBlock, ...]:
        return () if self._blocks is None else tuple(self._blocks.all())

    def _occasions(self) -> Occasions:
        loaded = self._loaded
        if loaded is None:
            kind = NotReadyError if self._reachable else DatabaseUnavailableError
            raise kind("the accepted lists are not loaded yet")
        return loaded.occasions


def _agreement_snapshot(
    stored: StoredProfile, serving: Mapping[str, Stream], holdings: Mapping[str, StreamIndex]
) -> AgreementSnapshot:
    agreement = stored.profile.agreement.id
    holding = holdings.get(agreement)
    if holding is None:
        return AgreementSnapshot(profile=stored.version)
    return AgreementSnapshot(
        profile=stored.version,
        stream=serving[agreement],
        state=None if holding.head is None else holding.head.number,
        restricted=tuple(sorted(holding.restricted)),
    )
