"""What was known at an earlier moment, gathered again from the history.

A past decision is decided anew from its snapshot; a moment in the past is first turned into the
snapshot of then, so that both go one way.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from gateway.domain.agreements import Territory, damaged_agreement
from gateway.domain.blocks import HomeBlock, by_operator, known_blocks
from gateway.domain.decisions import AcceptedHead
from gateway.domain.errors import StoreError
from gateway.domain.grounds import untrusted_ground
from gateway.domain.identifiers import Checks
from gateway.domain.knowledge import HeldOperator, Holding, Knowledge, gather
from gateway.domain.lists import Stream
from gateway.domain.profiles import CompromisedKey, DamagedProfile, KeyUse, PartnerProfile
from gateway.domain.snapshot import AgreementSnapshot, Snapshot
from gateway.ports.past_states import Past, PastStates
from gateway.ports.profiles import Profiles
from gateway.services.lookup_index import index_of
from gateway.services.stream_index import StreamIndex, read_known

DEFAULT_SKEW: Final = timedelta(minutes=5)


class PastHolding:
    """A `Holding` as it was in an earlier state.

    A usable operator is found by its id alone. For everything else - another identifier, an id that
    is not in normal form, twins, nothing at all - the list is read as it was and indexed as it was
    then: so a past decision comes out as it was given.
    """

    def __init__(
        self, states: PastStates, stream: Stream, state: int, restricted: AbstractSet[str]
    ) -> None:
        self._states = states
        self._stream = stream
        self._state = state
        self._restricted = restricted
        self._head = states.find_head_in(stream, state)
        self._whole: StreamIndex | None = None

    @property
    def head(self) -> AcceptedHead | None:
        """The list that was accepted then."""
        return self._head

    def find(self, operator_id: str) -> HeldOperator | None:
        """Return the operator as it was known, or none."""
        if self._whole is None:
            found = self._states.find_in(self._stream, self._state, operator_id)
            if found is not None and found.unusable is None:
                restricted = operator_id in self._restricted
                return HeldOperator(read_known(found.canonical), restricted=restricted)
        return self.load().find(operator_id)

    def find_by_identifier(self, identifier: str) -> tuple[HeldOperator, ...]:
        """Return the operators that carried another identifier with this normal form."""
        return self.load().find_by_identifier(identifier)

    def load(self) -> StreamIndex:
        """Read the whole list, for many questions."""
        if self._whole is None:
            operators = self._states.operators_in(self._stream, self._state)
            self._whole = index_of(self._head, operators).under(self._restricted)
        return self._whole


class PastKnowledge(Struct, frozen=True, kw_only=True):
    """Gathers what was known."""

    past: Past
    profiles: Profiles
    checks: Checks
    release: str = ""

    def snapshot_at(self, known_at: datetime, blocks: Iterable[HomeBlock]) -> Snapshot:
        """Return the snapshot of an answer at an earlier moment.

        The store knows whole seconds: a moment in the second in which a list came in is one after
        it.

        Raises:
            DatabaseUnavailableError: The database does not answer.
        """
        known = self.profiles.survey(known_at)
        return Snapshot(
            agreements={
                stored.profile.agreement.id: self._agreement_at(
                    stored.profile, stored.version, known_at
                )
                for stored in known.readable
            }
            | damaged_snapshots(known.damaged),
            blocks=known_blocks(blocks, known_at),
            release=self.release,
        )

    def of(self, snapshot: Snapshot, *, whole_lists: bool = False) -> Knowledge:
        """Return the knowledge that a snapshot names.

        Args:
            snapshot: What it names.
            whole_lists: Read each list once, for many questions; else what is asked for.

        Raises:
            StoreError: A profile or state of it is no longer there: another database, or a backup
                from before.
            DatabaseUnavailableError: The database does not answer.
        """
        profiles: list[PartnerProfile] = []
        holdings: dict[str, Holding] = {}
        for agreement, known in snapshot.agreements.items():
            if known.damaged is not None:
                continue
            stored = self.profiles.find_version(agreement, known.profile)
            if stored is None:
                raise StoreError(f"version {known.profile} of profile {agreement} is not there")
            profiles.append(stored.profile)
            if known.stream is not None and known.state is not None:
                past = self._holding(known.stream, known.state, known.restricted)
                holdings[agreement] = past.load() if whole_lists else past
        return gather_under(snapshot, profiles, holdings, self.checks)

    def _agreement_at(
        self, profile: PartnerProfile, version: int, known_at: datetime
    ) -> AgreementSnapshot:
        if profile.test:
            return AgreementSnapshot(profile=version)
        stream = self.past.in_force_at(profile.receives, known_at)
        head = self.past.find_head_at(stream, known_at)
        return AgreementSnapshot(
            profile=version,
            stream=stream,
            state=None if head is None else head.number,
            restricted=tuple(sorted(self.past.restricted_at(stream, known_at))),
        )

    def _holding(self, stream: Stream, state: int, restricted: Iterable[str]) -> PastHolding:
        holding = PastHolding(self.past, stream, state, frozenset(restricted))
        if holding.head is None:
            raise StoreError(f"state {state} of {stream} is not there")
        return holding


def damaged_snapshots(damaged: Iterable[DamagedProfile]) -> dict[str, AgreementSnapshot]:
    """Return what a snapshot tells of profiles that cannot be read, by agreement."""
    return {
        one.agreement: AgreementSnapshot(
            profile=one.version,
            damaged=Territory(partner=one.partner, prefixes=one.territory),
        )
        for one in damaged
    }


def gather_under(
    snapshot: Snapshot,
    profiles: Iterable[PartnerProfile],
    holdings: Mapping[str, Holding],
    checks: Checks,
) -> Knowledge:
    """Gather the knowledge that a snapshot names, from what it names."""
    profiles = tuple(profiles)
    damaged = {
        agreement: damaged_agreement(agreement, known.damaged)
        for agreement, known in snapshot.agreements.items()
        if known.damaged is not None
    }
    return gather(
        (*(profile.agreement for profile in profiles), *damaged.values()),
        holdings,
        checks=checks,
        distrusted=_distrusted(profiles, holdings),
        damaged=damaged.keys(),
        blocks=by_operator(snapshot.blocks),
        clock_skew=_skew(profiles),
        snapshot=snapshot.name,
    )


def _skew(profiles: Iterable[PartnerProfile]) -> timedelta:
    """Return the smallest skew of all profiles: one list ahead of our clock is enough."""
    return min((profile.limits.clock_skew for profile in profiles), default=DEFAULT_SKEW)


def _distrusted(
    profiles: Iterable[PartnerProfile], holdings: Mapping[str, Holding]
) -> dict[str, CompromisedKey]:
    """Return the compromised keys that accepted states rest on, by agreement (SIG-9)."""
    found = {}
    for profile in profiles:
        holding = holdings.get(profile.agreement.id)
        head = None if holding is None else holding.head
        key = head and untrusted_ground(head.grounds, profile.anchors(KeyUse.LISTS))
        if key:
            found[profile.agreement.id] = key
    return found
