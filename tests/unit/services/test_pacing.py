from itertools import chain

import pytest

from gateway.services.pacing import slices


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7])
def test_slices_hold_all_items_in_order_and_rests_lie_between_them(count: int) -> None:
    steps: list[str] = []
    got = []
    for some in slices(iter(range(count)), 3, lambda: steps.append("rest")):
        steps.append("slice")
        got.append(some)
    assert list(chain.from_iterable(got)) == list(range(count))
    assert all(len(some) == 3 for some in got[:-1])
    assert all(got)
    assert steps == (["slice", "rest"] * len(got))[:-1]
