"""What a gateway has stored of a partner's list, held against the second opinion."""

from gateway.domain.canonical import read_canonical
from gateway.domain.decisions import AcceptedHead
from gateway.domain.lists import Stream
from gateway.domain.members import digest_of, was_active
from gateway.domain.operators import StatusCode
from gateway.domain.state import bucket_of
from gateway.store.base_states import read_base
from gateway.store.engines import Store
from gateway.store.streams import find_stream
from tests.fakes import second_opinion


def check_stored_state(store: Store, stream: Stream, head: AcceptedHead) -> None:
    """STA-4: what is stored is what was signed, to the last bucket; told by the second opinion."""
    held = {each.operator_id: each.canonical for each in store.registry.operators(stream)}
    digests = {one: second_opinion.digest(0, canonical) for one, canonical in held.items()}
    assert second_opinion.root_of_digests(digests) == head.header.state_root
    assert len(held) == head.header.quantity
    with store._database.read() as connection:
        row = find_stream(connection, stream)
        assert row is not None
        base = read_base(connection, row.id, head.header.quantity, None)
    assert {one: digest_of(kept) for one, kept in base.members.items()} == digests
    for number, bucket in base.buckets.items():
        members = bucket.members()
        assert {bucket_of(one) for one in members} <= {number}
        assert base.tree[number] == second_opinion.digest(
            2, *(digests[one] for one in sorted(members, key=str.encode))
        )
    filled = {number for number, bucket in base.buckets.items() if bucket.ids}
    empty = second_opinion.digest(2)
    assert {number for number, digest in enumerate(base.tree) if digest != empty} == filled
    for one, kept in base.members.items():
        codes = {each.status.code for each in read_canonical(held[one]).authorisations}
        assert was_active(kept) is (StatusCode.ACTIVE in codes)
