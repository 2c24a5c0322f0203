"""Work beside lookups, in slices: between two of them whoever waits for the interpreter gets it.

The interpreter changes threads by itself as well, but a lookup that meets a busy thread then waits
for a whole turn of it, at each of its own steps.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeAlias, TypeVar

Rest: TypeAlias = Callable[[], None]
"""Called between two slices."""
Item = TypeVar("Item")


def no_rest() -> None:
    """Go on at once: nobody waits."""


def slices(items: Iterable[Item], size: int, rest: Rest = no_rest) -> Iterator[list[Item]]:
    """Yield items in lists of `size`, the last one shorter, none empty; rest between two lists."""
    iterator = iter(items)
    some = list(islice(iterator, size))
    while some:
        yield some
        some = list(islice(iterator, size))
        if some:
            rest()
