"""Ways to spoil a genuine document, and how many examples a fuzz test takes.

`make test` runs the same few examples each time; `make test T=tests/fuzz
ARGS=--hypothesis-profile=deep` runs many, others each time.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

DEEP = "deep"
LONGEST = timedelta(seconds=10)
"""For one example: whatever the bytes are, nothing may hang."""

Mutation = Callable[[bytes], bytes]


def fuzzed(examples: int, *, deep: int = 20, deadline: timedelta | None = LONGEST) -> settings:
    """Return the settings of a fuzz test: its number of examples, `deep` times that if deep."""
    is_deep = settings.get_current_profile_name() == DEEP
    return settings(
        derandomize=not is_deep,
        max_examples=examples * (deep if is_deep else 1),
        deadline=deadline,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


def _flip(place: float, bit: int) -> Mutation:
    def flip(document: bytes) -> bytes:
        spoiled = bytearray(document)
        spoiled[int(place * len(spoiled))] ^= 1 << bit
        return bytes(spoiled)

    return flip


def _splice(place: float, removed: int, added: bytes) -> Mutation:
    def splice(document: bytes) -> bytes:
        start = int(place * len(document))
        return document[:start] + added + document[start + removed :]

    return splice


def _repeat(start: float, end: float, place: float) -> Mutation:
    def repeat(document: bytes) -> bytes:
        first, last = sorted((int(start * len(document)), int(end * len(document))))
        target = int(place * len(document))
        return document[:target] + document[first:last] + document[target:]

    return repeat


def _cut(place: float) -> Mutation:
    return lambda document: document[: int(place * len(document))]


_PLACE = st.floats(0, 1, exclude_max=True)
_ADDED = st.binary(max_size=8) | st.sampled_from(
    [b"\x00", b"\xff" * 4, b"9" * 40, b"-1", b"<", b"/>", b"&lt;", b'"', b"\xef\xbb\xbf", b"[" * 64]
)
_ONE = (
    st.builds(_flip, _PLACE, st.integers(0, 7))
    | st.builds(_splice, _PLACE, st.integers(0, 16), _ADDED)
    | st.builds(_repeat, _PLACE, _PLACE, _PLACE)
    | st.builds(_cut, _PLACE)
)


@st.composite
def mutations(draw: st.DrawFn) -> Mutation:
    """Draw flipped bits, cuts, insertions and repeated pieces, a few at once."""
    steps: Sequence[Mutation] = draw(st.lists(_ONE, min_size=1, max_size=4))

    def spoil(document: bytes) -> bytes:
        for step in steps:
            document = step(document) if document else document
        return document

    return spoil
