"""Watches on operators: each change as it is applied, from a token on, without gap or repetition.

A watch is told what the registry keeps, never what happened to be seen: it reads one step after
the other from where its token ends. So a break, a restart or a slow reader loses nothing; and no
transaction is open and no lock held while a reader takes its time.
"""

import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from gateway.domain.errors import (
    DatabaseUnavailableError,
    InvalidRequestError,
    NotFoundError,
    StartAnewError,
)
from gateway.domain.identifiers import is_in_territory
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller
from gateway.domain.profiles import PartnerProfile
from gateway.ports.changes import Changes
from gateway.ports.profiles import Profiles
from gateway.services.bell import Bell
from gateway.services.change_reader import ChangeReader, OperatorChange, Steps
from gateway.services.in_earnest import in_earnest
from gateway.services.resume_tokens import Mark, read_token
from gateway.services.watch_places import WatchPlaces

BEAT: Final = timedelta(seconds=15)
"""Time without a change after which a watcher is told that we are still there."""
MOST_IDS: Final = 1000


class Wanted(Struct, frozen=True, kw_only=True):
    """What a watch asks for."""

    ids: frozenset[str] = frozenset()
    """Empty: all of the agreement."""
    agreement: str | None = None
    token: str = ""
    """Of the newest message that came; empty: from now on."""


class Told(Struct, frozen=True):
    """One message to a watcher: a change, or a beat."""

    token: str
    change: OperatorChange | None = None


class Ringer:
    """Rings when the registry has moved. To be called often; cheap.

    Args:
        version: Of the registry.
        bell: That watches wait for.
    """

    def __init__(self, version: Callable[[], int], bell: Bell) -> None:
        self._version = version
        self._bell = bell
        self._seen: int | None = None

    def look(self) -> None:
        """Ring if something moved; a database that is gone is told by the watches themselves."""
        try:
            version = self._version()
        except DatabaseUnavailableError:
            return
        if version != self._seen:
            self._seen = version
            self._bell.ring()


class ChangeWatch:
    """Answers watches on operators. Thread-safe.

    Args:
        changes: The steps of the registry.
        profiles: The agreements; what is for trials is not told (ACC-4).
        bell: Rung when the registry moves.
        beat: Time without a change after which a beat is sent.
        seconds: A clock that only runs forward.
    """

    def __init__(
        self,
        changes: Changes,
        profiles: Profiles,
        bell: Bell,
        *,
        beat: timedelta = BEAT,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._changes = changes
        self._profiles = profiles
        self._bell = bell
        self._beat = beat.total_seconds()
        self._seconds = seconds
        self._steps = Steps(changes)
        self._places = WatchPlaces(bell.ring)

    def watch(
        self, caller: Caller, wanted: Wanted, *, lasts: float | None = None
    ) -> Iterator[Told]:
        """Yield a beat, then each change as it is applied, and beats between them.

        Ends when the process does.

        Args:
            caller: Who watches.
            wanted: What, and from where on.
            lasts: Seconds after which it ends, with a beat: whoever passes that on finds that the
                caller is not let in any more.

        Raises:
            InvalidRequestError: Nothing or too much is asked for, an id lies in no agreement's
                territory, or the token is none.
            NotFoundError: There is no such agreement.
            StartAnewError: The registry was restored to before what the token was given out for.
            ConflictError: A newer watch of the caller took the place of this one.
            DatabaseUnavailableError: The database does not answer; the token goes on from here.
        """
        streams = self._streams(wanted)
        reader = self._reader(wanted, streams)
        with self._places.take(caller.name) as place:
            yield Told(reader.token)
            beat_at = self._seconds() + self._beat
            ends_at = math.inf if lasts is None else self._seconds() + lasts
            while not self._bell.is_closed:
                # Noted first: what moves while it is read rings again.
                rings = self._bell.rings
                for change in reader.news(place.require):
                    yield Told(reader.token, change)
                    beat_at = self._seconds() + self._beat
                if self._seconds() >= min(beat_at, ends_at):
                    yield Told(reader.token)
                    beat_at = self._seconds() + self._beat
                if self._seconds() >= ends_at:
                    return
                self._bell.wait(rings, min(beat_at, ends_at) - self._seconds())
                place.require()

    def _reader(self, wanted: Wanted, streams: Sequence[Stream]) -> ChangeReader:
        if not wanted.token:
            anchor = self._changes.anchor()
            mark = Mark(version=anchor.version + 1)
        else:
            mark, anchor = read_token(wanted.token)
            if not self._changes.is_past(anchor):
                raise StartAnewError(
                    "the registry was restored to before what the resume token was given out for"
                )
        return ChangeReader(self._steps, streams, wanted.ids, mark, anchor)

    def _streams(self, wanted: Wanted) -> list[Stream]:
        """Return the streams in which the operators are."""
        if len(wanted.ids) > MOST_IDS:
            raise _invalid(f"names more than {MOST_IDS} operators")
        if not wanted.ids and wanted.agreement is None:
            raise _invalid("and agreement are both empty: everything is no watch")
        profiles = list(in_earnest(self._profiles))
        if wanted.agreement is not None:
            profiles = [each for each in profiles if each.agreement.id == wanted.agreement]
            if not profiles:
                message = f"no agreement {wanted.agreement}"
                raise NotFoundError(message, context={"agreement": wanted.agreement})
        elif foreign := next(
            (one for one in sorted(wanted.ids) if not _is_of(one, profiles)), None
        ):
            raise _invalid(f"names {foreign!r}, which lies in no agreement's territory")
        else:
            profiles = [each for each in profiles if _are_of(wanted.ids, each)]
        return [profile.receives for profile in profiles]


def _is_of(operator_id: str, profiles: Sequence[PartnerProfile]) -> bool:
    return any(is_in_territory(operator_id, each.agreement.territory) for each in profiles)


def _are_of(ids: Collection[str], profile: PartnerProfile) -> bool:
    return any(is_in_territory(one, profile.agreement.territory) for one in ids)


def _invalid(what: str) -> InvalidRequestError:
    return InvalidRequestError(f"operator_ids {what}", context={"field": "operator_ids"})
