"""What a partner says on a watch, and what is none of it (EXC-5, SYN-7)."""

from collections.abc import Iterator

import pytest

from gateway.domain.documents import Unverified
from gateway.domain.errors import TransportError
from gateway.exchange.grpc_feed.head_watch import watch
from gateway.pb.mra.exchange.v1.exchange_pb2 import WatchHeadsResponse


class OpenCall:
    """A call on which these come, and then the end."""

    def __init__(self, *said: WatchHeadsResponse | None) -> None:
        self._said = said
        self.is_cancelled = False

    def __iter__(self) -> Iterator[WatchHeadsResponse]:
        return iter(self._said)  # type: ignore[arg-type]  # the library may yield None

    def cancel(self) -> bool:
        self.is_cancelled = True
        return True


def test_exc_5_heads_beats_and_that_nothing_is_issued_are_told_apart() -> None:
    call = OpenCall(
        WatchHeadsResponse(none_issued=True),
        WatchHeadsResponse(document=b"head"),
        WatchHeadsResponse(beat=True),
    )
    heads = watch(call)
    assert [next(heads) for _ in range(3)] == [None, Unverified(document=b"head"), None]
    with pytest.raises(TransportError, match="ended the watch"):
        next(heads)
    assert call.is_cancelled


NOTHING: dict[str, WatchHeadsResponse | None] = {
    "nothing from the library": None,
    "an empty message": WatchHeadsResponse(),
    "an empty document": WatchHeadsResponse(document=b""),
    "a beat that is none": WatchHeadsResponse(beat=False),
    "not that nothing is issued": WatchHeadsResponse(none_issued=False),
}


@pytest.mark.parametrize("said", NOTHING.values(), ids=NOTHING.keys())
def test_syn_7_what_says_nothing_is_neither_head_nor_beat(said: WatchHeadsResponse | None) -> None:
    with pytest.raises(TransportError, match="nothing that could be read"):
        next(watch(OpenCall(said)))
