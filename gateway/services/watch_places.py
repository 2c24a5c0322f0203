"""Places of watches: of each caller only its newest ones go on.

The oldest ends and not the newest is refused, because a watch whose connection was cut is noticed
late: whoever comes back would be kept out by its own dead ones.
"""

from collections.abc import Callable
from threading import Lock
from typing import Final, Self

from gateway.domain.errors import ConflictError

MOST_OF_A_CALLER: Final = 8
"""Watches of one caller in one process."""


class WatchPlaces:
    """Who watches, and since when: of each caller only the newest watches go on.

    Args:
        on_loss: Called when a watch has lost its place, to wake it.
    """

    def __init__(self, on_loss: Callable[[], None]) -> None:
        self._on_loss = on_loss
        self._lock = Lock()
        self._taken: dict[str, list[WatchPlace]] = {}

    def take(self, caller: str) -> "WatchPlace":
        """Take a place; the oldest of the caller's that is one too many is lost."""
        place = WatchPlace(self, caller)
        with self._lock:
            taken = self._taken.setdefault(caller, [])
            taken.append(place)
            lost = taken[:-MOST_OF_A_CALLER]
            del taken[:-MOST_OF_A_CALLER]
        if lost:
            self._on_loss()
        return place

    def holds(self, place: "WatchPlace") -> bool:
        """Tell whether a place still belongs to its watch."""
        return place in self._taken.get(place.caller, ())

    def leave(self, place: "WatchPlace") -> None:
        """Give a place back."""
        with self._lock:
            left = [one for one in self._taken.get(place.caller, ()) if one is not place]
            if left:
                self._taken[place.caller] = left
            else:
                self._taken.pop(place.caller, None)


class WatchPlace:
    """One watch's place; given back at the end of a `with` block."""

    def __init__(self, places: WatchPlaces, caller: str) -> None:
        self._places = places
        self.caller = caller

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Give the place back."""
        self._places.leave(self)

    def require(self) -> None:
        """Go on only if the caller's newer watches have left this one its place.

        Raises:
            ConflictError: They have not.
        """
        if not self._places.holds(self):
            message = f"a newer watch took the place of this one: a caller has {MOST_OF_A_CALLER}"
            raise ConflictError(message, context={"caller": self.caller})
