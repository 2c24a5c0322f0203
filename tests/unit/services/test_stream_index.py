from collections.abc import Sequence
from itertools import count

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from gateway.domain.acknowledgements import Reason
from gateway.domain.errors import UnreadableRecordError
from gateway.domain.identifiers import normal_form
from gateway.domain.knowledge import HeldOperator
from gateway.domain.operators import Identifier, KnownOperator, Operator
from gateway.ports.registry import OperatorBlock, OperatorChanges, RegisteredOperator
from gateway.services.lookup_index import read_index
from gateway.services.packed_records import LEAF
from gateway.services.stream_index import StreamIndex, make_index, read_known
from tests.fakes.known_world import AGREEMENT, HEAD, head, operator
from tests.fakes.lookup_ports import RegistryInMemory, profile

STREAM = profile(AGREEMENT).receives
UNUSABLE = Reason(code="OPERATOR_DATES", text="expires before it is effective")
IDS = ["XA1", "XA2", "XA3", "xa1", "X-A1", "XA-2", "\u00c41", "XA\uff13"]
OTHERS = ["E1", "e-1", "E2", "E3"]


class Listed(Struct, frozen=True):
    """What one list of a history says of an operator."""

    others: tuple[str, ...]
    unusable: bool
    name: str


class State(Struct, frozen=True):
    """One accepted list, and the restrictions beside it."""

    listed: dict[str, Listed]
    restricted: frozenset[str]
    restored: bool
    """The database is an older one again: its number is lower than the one before."""


STATES = st.builds(
    State,
    st.dictionaries(
        st.sampled_from(IDS),
        st.builds(
            Listed,
            st.lists(st.sampled_from(OTHERS), unique=True).map(tuple),
            st.booleans(),
            st.sampled_from(["one name", "another"]),
        ),
    ),
    st.frozensets(st.sampled_from(IDS), max_size=2),
    st.integers(0, 9).map(lambda drawn: drawn == 0),
)


class PlainModel:
    """What an index has to say, without an index."""

    def __init__(self, state: State) -> None:
        self._held = {
            key: HeldOperator(
                known(listed_operator(key, listed)),
                UNUSABLE if listed.unusable else None,
                key in state.restricted,
            )
            for key, listed in sorted(state.listed.items())
        }

    def __len__(self) -> int:
        return len(self._held)

    def find(self, form: str) -> HeldOperator | None:
        twins = [held for key, held in self._held.items() if normal_form(key) == form]
        return next((held for held in twins if held.unusable), twins[0] if twins else None)

    def find_by_identifier(self, form: str) -> tuple[HeldOperator, ...]:
        return tuple(
            held
            for held in self._held.values()
            if any(normal_form(other.value) == form for other in held.operator.alternate_ids)
        )


def known(one: Operator) -> KnownOperator:
    return read_known(msgspec.json.encode(one))


def listed_operator(key: str, listed: Listed) -> Operator:
    others = tuple(Identifier(scheme="EORI", value=other) for other in listed.others)
    named = operator(id=key, alternate_ids=others)
    return msgspec.structs.replace(
        named, names=(msgspec.structs.replace(named.names[0], text=listed.name),)
    )


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(STATES, max_size=12))
def test_an_index_that_follows_the_registry_says_what_a_plain_map_says(
    history: Sequence[State],
) -> None:
    registry = RegistryInMemory()
    index: StreamIndex | None = None
    kept = []
    ahead, back = count(100), count(99, -1)
    for state in history:
        if state.restored:
            registry = RegistryInMemory()
        sequence = next(back if state.restored else ahead)
        marks = {key: UNUSABLE for key, listed in state.listed.items() if listed.unusable}
        operators = (listed_operator(key, listed) for key, listed in state.listed.items())
        registry.apply(STREAM, head(sequence=sequence), *operators, unusable=marks)
        registry.restrictions[STREAM] = dict.fromkeys(state.restricted, "SUSPENDED")
        index = read_index(registry, STREAM, index)
        assert index is not None
        kept.append((index, PlainModel(state)))
    # Also those of before: a lookup may still be reading them.
    for one, model in kept:
        assert len(one) == len(model)
        for form in sorted({normal_form(key) for key in (*IDS, *OTHERS)}):
            assert one.find(form) == model.find(form)
            assert one.find_by_identifier(form) == model.find_by_identifier(form)


def test_taking_a_list_over_rests_between_slices_while_the_old_one_answers() -> None:
    registry = RegistryInMemory()
    ids = [f"XA{number:04}" for number in range(40 * LEAF)]
    registry.apply(STREAM, HEAD, *(operator(id=one) for one in ids))
    old = read_index(registry, STREAM)
    assert old is not None
    registry.apply(STREAM, head(sequence=42), *(operator(id=one, roles=("IM",)) for one in ids))
    rests: list[int] = []

    def rest() -> None:
        assert old.find(ids[0]) == HeldOperator(known(operator(id=ids[0])))
        rests.append(len(rests))

    new = read_index(registry, STREAM, old, rest=rest)
    assert new is not None
    assert new.find(ids[0]) == HeldOperator(known(operator(id=ids[0], roles=("IM",))))
    # Before each but the first: of what ended, of what came, and of 16 leaves each.
    assert len(rests) == 39 + 39 + 2


def test_so_many_changes_that_the_list_is_read_whole_say_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.services.lookup_index.AT_MOST", 1)
    registry = RegistryInMemory()
    registry.apply(STREAM, HEAD, operator(id="XA1"), operator(id="XA2"))
    old = read_index(registry, STREAM)
    registry.apply(STREAM, head(sequence=42), operator(id="XA3"))
    index = read_index(registry, STREAM, old)
    assert index is not None
    assert len(index) == 1
    assert index.find("XA3") == HeldOperator(known(operator(id="XA3")))


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"id":"XA2"}',
        msgspec.json.encode(operator(id="XA3")),
        msgspec.json.encode(operator(id="XA2")) * 2,
        msgspec.json.encode(operator(id="XA2")).replace(b"ACTIVE", b"ACTIVF"),
    ],
)
def test_a_damaged_operator_is_found_when_the_index_is_made_not_at_a_lookup(
    damaged: bytes,
) -> None:
    sound = msgspec.json.encode(operator(id="XA1"))
    block = OperatorBlock(operator_ids=["XA1", "XA2"], canonical=[sound, damaged], unusable={})
    with pytest.raises(UnreadableRecordError, match="XA1 to XA2"):
        make_index(HEAD, [block])
    came = RegisteredOperator(operator_id="XA2", canonical=damaged, unusable=None)
    with pytest.raises(UnreadableRecordError, match="XA2"):
        make_index(HEAD, []).amended(HEAD, OperatorChanges(ended=frozenset(), came=[came]))
