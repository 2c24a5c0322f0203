"""Searching operators by name and address, in any script: to find a code, never a decision.

The index is built when the first search comes, in a thread of its own, and follows the lists from
then on; installations that never search pay nothing. How much one search may look at is bounded,
and how many run at once, because lookups share its process.
"""

from collections.abc import Callable, Iterable, Iterator
from threading import BoundedSemaphore, Lock
from typing import Final

import msgspec
from msgspec import Struct

from gateway.domain.errors import BusyError, MachineError, NotReadyError
from gateway.domain.lists import Stream
from gateway.domain.operators import Address, Name
from gateway.ports.profiles import Profiles
from gateway.ports.registry import CurrentLists, RegisteredOperator
from gateway.ports.search import Findable, SearchIndex
from gateway.services.in_earnest import in_earnest
from gateway.services.pacing import Rest, slices
from gateway.services.search_hits import FoundPage, find_hits, prepare_query
from gateway.services.search_pages import page_size, read_token, write_token

SEATS: Final = 2
"""Searches in hand at once; a lookup process has more threads than that."""
SLICE: Final = 20
"""Operators that are put into the index between two rests."""
LARGE_CHANGE: Final = 1000
"""More operators that changed make a new index: searches go on in the old one meanwhile."""
ATTEMPTS: Final = 3
"""A list that moves while it is read is read again; more often than this, at the next refresh."""

NewIndex = Callable[[], SearchIndex]
"""Makes an empty index, or raises `MachineError`."""
FindIndex = Callable[[str], SearchIndex | None]
"""Returns the index that was built from a state, if it is kept."""


def _none_kept(state: str) -> SearchIndex | None:
    del state
    return None


class _Findable(Struct, rename="camel"):
    """The fields that a search needs; the rest is skipped unread."""

    names: tuple[Name, ...]
    trade_names: tuple[Name, ...] = ()
    addresses: tuple[Address, ...] = ()


class _Held(Struct, frozen=True):
    """Which accepted list of an agreement is in the index."""

    stream: Stream
    number: int
    list_digest: str


_Heads = dict[str, _Held]
_FINDABLE: Final = msgspec.json.Decoder(_Findable)


class SearchDesk:
    """Searches for border systems and officers. Thread-safe; one `refresh` at a time.

    Args:
        registry: The accepted lists.
        profiles: The agreements; what is for trials is not found (ACC-4).
        new_index: Makes an empty index.
        rest: Called between slices of work that others would have to wait for.
        find_index: Looks for one that was built before, by another process.
    """

    def __init__(
        self,
        registry: CurrentLists,
        profiles: Profiles,
        new_index: NewIndex,
        rest: Rest,
        find_index: FindIndex = _none_kept,
    ) -> None:
        self._registry = registry
        self._profiles = profiles
        self._new_index = new_index
        self._rest = rest
        self._find_index = find_index
        self._seats = BoundedSemaphore(SEATS)
        self._refreshing = Lock()
        self._is_wanted = False
        self._version: int | None = None
        self._heads: _Heads = {}
        self._index: SearchIndex | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether somebody has searched: from then on the index has to be kept."""
        return self._is_wanted

    def search(
        self, query: str, *, agreement: str | None = None, size: int = 0, token: str = ""
    ) -> FoundPage:
        """Return hits, best first.

        Args:
            query: Names, parts of an address, or both.
            agreement: Only operators of this one.
            size: Hits of a page; 0 means 20, and more than 100 means 100.
            token: Of the page before; empty for the first.

        Raises:
            InvalidRequestError: The query says nothing or is too long, the size is negative, or the
                token is of another query.
            StartAnewError: The lists have changed since the first page.
            BusyError: As many searches as may be are in hand.
            NotReadyError: The index is not built yet; ask again.
            MachineError: The index cannot be read.
        """
        size, prepared = page_size(size), prepare_query(query)
        self._is_wanted = True
        index = self._index
        if index is None:
            raise NotReadyError("the search index is being built; ask again")
        if not self._seats.acquire(blocking=False):
            raise BusyError(f"{SEATS} searches are in hand; ask again")
        try:
            state, hits = find_hits(index, prepared, agreement)
        finally:
            self._seats.release()
        asked = msgspec.json.encode((query, agreement)).decode()
        start = read_token(token, query=asked, state=state)
        end = start + size
        more = write_token(query=asked, state=state, start=end) if end < len(hits) else ""
        return FoundPage(operators=tuple(hits[start:end]), next_page_token=more)

    def refresh(self) -> None:
        """Bring the index to what the registry holds now. Cheap if nothing moved.

        Raises:
            DatabaseUnavailableError: The database does not answer; the index stays as it is.
            MachineError: There is no room for the index.
        """
        with self._refreshing:
            version = self._registry.version()
            if version == self._version:
                return
            # What moves while it is read is seen at the next refresh.
            if self._catch_up():
                self._version = version

    def close(self) -> None:
        """Give back the index's room."""
        if self._index is not None:
            self._index.close()

    def _catch_up(self) -> bool:
        """Change the index or make another; tell whether it is whole."""
        heads = self._find_heads()
        if self._index is None or any(
            heads.get(agreement) is None or heads[agreement].stream != held.stream
            for agreement, held in self._heads.items()
        ):
            return self._build(heads)
        moved = {name: held for name, held in heads.items() if self._heads.get(name) != held}
        for agreement, held in moved.items():
            before = self._heads.get(agreement)
            changes = self._registry.operators_since(held.stream, before.number if before else 0)
            if len(changes.came) + len(changes.ended) > LARGE_CHANGE:
                return self._build(heads)
            after = {**self._heads, agreement: held}
            came = _findables(changes.came)
            try:
                self._index.change(agreement, changes.ended, came, _state(after))
            except MachineError:
                # Half of it may be written: the next refresh makes another.
                self._index, self._heads = None, {}
                raise
            self._heads = after
        return True

    def _build(self, heads: _Heads) -> bool:
        kept = self._find_index(_state(heads))
        if kept is not None:
            self._index, self._heads = kept, heads
            return True
        for _ in range(ATTEMPTS):
            index = self._new_index()
            for agreement, held in heads.items():
                operators = _findables(self._registry.operators(held.stream))
                for part in slices(operators, SLICE, self._rest):
                    index.add(agreement, part)
            after = self._find_heads()
            if after == heads:
                index.finish(_state(heads))
                # The old one is left to whoever is in it, and closed with its last reference.
                self._index, self._heads = index, heads
                return True
            index.close()
            heads = after
        return False

    def _find_heads(self) -> _Heads:
        found: _Heads = {}
        for profile in in_earnest(self._profiles):
            stream = self._registry.in_force(profile.receives)
            head = self._registry.find_head(stream)
            if head is not None:
                found[profile.agreement.id] = _Held(stream, head.number, head.list_digest)
        return found


def _findables(operators: Iterable[RegisteredOperator]) -> Iterator[Findable]:
    """Yield what is searched for; one that is damaged in the database is left out.

    Under its agreement nothing is decided, which lookups and readiness tell; a search is to find
    all others.
    """
    for registered in operators:
        try:
            kept = _FINDABLE.decode(registered.canonical)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        yield Findable(
            operator_id=registered.operator_id,
            names=tuple(name.text for name in kept.names),
            trade_names=tuple(name.text for name in kept.trade_names),
            addresses=tuple(map(_in_one_line, kept.addresses)),
        )


def _in_one_line(address: Address) -> str:
    return " ".join(filter(None, (*address.lines, address.city, address.postcode)))


def _state(heads: _Heads) -> str:
    return " ".join(
        f"{name}:{held.stream.epoch}:{held.number}:{held.list_digest}"
        for name, held in sorted(heads.items())
    )
