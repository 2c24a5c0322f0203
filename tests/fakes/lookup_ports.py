"""Registry, history and profiles in memory, as far as lookups use them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

import msgspec

from gateway.domain.acknowledgements import Reason
from gateway.domain.agreements import Agreement, Interval
from gateway.domain.blocks import HomeBlock
from gateway.domain.decisions import AcceptedHead
from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.lists import Stream
from gateway.domain.operators import Operator
from gateway.domain.parties import Actor
from gateway.domain.profiles import FeedKind, KnownProfiles, PartnerProfile, Schedule, StoredProfile
from gateway.ports.registry import (
    OperatorBlock,
    OperatorChanges,
    OperatorVersion,
    RegisteredOperator,
)
from gateway.services.stream_index import block_of


def profile(agreement: Agreement, *, test: bool = False) -> PartnerProfile:
    return PartnerProfile(agreement=agreement, kind=FeedKind.GRPC, schedule=Schedule(), test=test)


class BlocksInMemory:
    """Home blocks that only lookups read."""

    def __init__(self, *blocks: HomeBlock) -> None:
        self._blocks = blocks

    def all(self) -> Sequence[HomeBlock]:
        return self._blocks

    def put_in(
        self, operator_id: str, interval: Interval, *, reason: str, actor: Actor
    ) -> HomeBlock:
        raise NotImplementedError

    def lift(self, number: int, *, reason: str, actor: Actor) -> HomeBlock:
        raise NotImplementedError


class RegistryInMemory:
    """Registry and history. `gone` makes every call fail; `meanwhile` runs during a read."""

    def __init__(self) -> None:
        self.gone = False
        self.moves = 0
        self.reads: list[Stream] = []
        self.restrictions: dict[Stream, dict[str, str]] = {}
        self.meanwhile: Callable[[], None] | None = None
        self._heads: dict[Stream, list[AcceptedHead]] = {}
        self._operators: dict[Stream, tuple[RegisteredOperator, ...]] = {}
        self._versions: dict[Stream, list[OperatorVersion]] = {}

    def apply(
        self,
        stream: Stream,
        head: AcceptedHead,
        *operators: Operator,
        unusable: dict[str, Reason] | None = None,
    ) -> None:
        """Make these operators the accepted list."""
        marks = unusable or {}
        head = msgspec.structs.replace(head, number=head.header.sequence)
        self._heads.setdefault(stream, []).append(head)
        self._operators[stream] = tuple(
            RegisteredOperator(
                operator_id=one.id,
                canonical=msgspec.json.encode(one),
                unusable=marks.get(one.id),
            )
            for one in sorted(operators, key=lambda one: one.id.encode())
        )
        sequence = head.header.sequence
        listed = {one.id: (one, marks.get(one.id)) for one in operators}
        versions = self._versions.setdefault(stream, [])
        for place, version in enumerate(versions):
            if version.known_until is not None:
                continue
            if listed.get(version.operator.id) == (version.operator, version.unusable):
                del listed[version.operator.id]
                continue
            versions[place] = msgspec.structs.replace(
                version, replaced_by=sequence, known_until=head.received_at
            )
        versions += [
            OperatorVersion(
                operator=one,
                unusable=mark,
                sequence=sequence,
                known_from=head.received_at,
                replaced_by=None,
                known_until=None,
            )
            for one, mark in listed.values()
        ]
        self.moves += 1

    def damage(self, stream: Stream, operator_id: str) -> None:
        """Let another program write into the row of an operator."""
        self._operators[stream] = tuple(
            msgspec.structs.replace(one, canonical=one.canonical[:-1])
            if one.operator_id == operator_id
            else one
            for one in self._operators[stream]
        )

    def version(self) -> int:
        self._require_there()
        return self.moves

    def find_head(self, stream: Stream) -> AcceptedHead | None:
        self._require_there()
        return next(iter(self._heads.get(stream, [])[::-1]), None)

    def in_force(self, stream: Stream) -> Stream:
        self._require_there()
        epochs = (stream.of_epoch(epoch) for epoch in range(stream.epoch, 0, -1))
        return next((one for one in epochs if self._heads.get(one)), stream)

    def in_force_at(self, stream: Stream, known_at: datetime) -> Stream:
        epochs = (stream.of_epoch(epoch) for epoch in range(stream.epoch, 0, -1))
        return next((one for one in epochs if self.find_head_at(one, known_at)), stream)

    def operators(self, stream: Stream) -> Iterator[RegisteredOperator]:
        self._require_there()
        self.reads.append(stream)
        operators = self._operators.get(stream, ())
        if self.meanwhile is not None:
            self.meanwhile()
        yield from operators

    def restricted(self, stream: Stream) -> Mapping[str, str]:
        self._require_there()
        return self.restrictions.get(stream, {})

    def restricted_at(self, stream: Stream, known_at: datetime) -> Mapping[str, str]:
        del known_at
        return self.restricted(stream)

    def operator_blocks(self, stream: Stream, size: int) -> Iterator[OperatorBlock]:
        operators = self.operators(stream)
        while some := list(islice(operators, size)):
            yield block_of(some)

    def operators_since(self, stream: Stream, number: int) -> OperatorChanges:
        self._require_there()
        self.reads.append(stream)
        versions = self._versions.get(stream, [])
        changes = OperatorChanges(
            ended=frozenset(one.operator.id for one in versions if (one.replaced_by or 0) > number),
            came=[
                RegisteredOperator(
                    operator_id=one.operator.id,
                    canonical=msgspec.json.encode(one.operator),
                    unusable=one.unusable,
                )
                for one in versions
                if one.replaced_by is None and one.sequence > number
            ],
        )
        if self.meanwhile is not None:
            self.meanwhile()
        return changes

    def count_since(self, stream: Stream, number: int) -> int:
        versions = self._versions.get(stream, [])
        ended = [one for one in versions if (one.replaced_by or 0) > number]
        came = [one for one in versions if one.replaced_by is None and one.sequence > number]
        return len(ended) + len(came)

    def versions(self, stream: Stream, operator_id: str) -> list[OperatorVersion]:
        self._require_there()
        return [one for one in self._versions.get(stream, []) if one.operator.id == operator_id]

    def find_version(
        self, stream: Stream, operator_id: str, known_at: datetime
    ) -> OperatorVersion | None:
        return next(
            (
                one
                for one in self.versions(stream, operator_id)
                if one.known_from <= known_at
                and (one.known_until is None or known_at < one.known_until)
            ),
            None,
        )

    def began(self, stream: Stream) -> datetime | None:
        self._require_there()
        return next((one.received_at for one in self._heads.get(stream, [])), None)

    def find_head_at(self, stream: Stream, known_at: datetime) -> AcceptedHead | None:
        self._require_there()
        heads = [one for one in self._heads.get(stream, []) if one.received_at <= known_at]
        return heads[-1] if heads else None

    def find_head_in(self, stream: Stream, state: int) -> AcceptedHead | None:
        self._require_there()
        return next((one for one in self._heads.get(stream, []) if one.number == state), None)

    def find_in(self, stream: Stream, state: int, operator_id: str) -> RegisteredOperator | None:
        found = (one for one in self.operators_in(stream, state) if one.operator_id == operator_id)
        return next(found, None)

    def operators_in(self, stream: Stream, state: int) -> Iterator[RegisteredOperator]:
        self._require_there()
        versions = sorted(self._versions.get(stream, []), key=lambda one: one.operator.id.encode())
        for one in versions:
            if one.sequence <= state and (one.replaced_by is None or one.replaced_by > state):
                yield RegisteredOperator(
                    operator_id=one.operator.id,
                    canonical=msgspec.json.encode(one.operator),
                    unusable=one.unusable,
                )

    def _require_there(self) -> None:
        if self.gone:
            raise DatabaseUnavailableError("the database is away")


class ProfilesInMemory:
    """Profiles with their versions; `applied_at` counts."""

    def __init__(self, *versions: tuple[PartnerProfile, datetime]) -> None:
        self._versions = [
            StoredProfile(profile=one, version=number, applied_at=at, applied_by="administrator")
            for number, (one, at) in enumerate(versions, start=1)
        ]

    def put(self, profile: PartnerProfile, at: datetime) -> None:
        self._versions.append(
            StoredProfile(
                profile=profile,
                version=len(self._versions) + 1,
                applied_at=at,
                applied_by="administrator",
            )
        )

    def apply(self, profile: PartnerProfile, actor: Actor, now: datetime) -> StoredProfile:
        raise NotImplementedError("lookups apply no profile")

    def replace(
        self,
        before: StoredProfile,
        profile: PartnerProfile,
        actor: Actor,
        now: datetime,
        *,
        facts: Mapping[str, str],
    ) -> StoredProfile:
        raise NotImplementedError("lookups replace no profile")

    def find(self, partner: str) -> StoredProfile | None:
        return next((one for one in self.all() if one.profile.partner == partner), None)

    def all(self) -> list[StoredProfile]:
        return list(self.survey().readable)

    def survey(self, known_at: datetime | None = None) -> KnownProfiles:
        newest = {
            one.profile.agreement.id: one
            for one in self._versions
            if known_at is None or one.applied_at <= known_at
        }
        return KnownProfiles(readable=tuple(one for _, one in sorted(newest.items())))

    def find_version(self, agreement: str, version: int) -> StoredProfile | None:
        wanted = (agreement, version)
        known = ((one.profile.agreement.id, one.version, one) for one in self._versions)
        return next((one for *key, one in known if tuple(key) == wanted), None)
