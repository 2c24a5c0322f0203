"""What every implementation of `ports.audit_heads.AuditHeads` does."""

from gateway.domain.audit_heads import SignedHead
from gateway.store.engines import Store
from tests.contract.synthetic_lists import GATEWAY, NOW

FIRST = SignedHead(statement=b"{}", signature=b"\x00\xff", certificate=b"one")
SECOND = SignedHead(statement=b"{ }", signature=b"", certificate=b"two")


class AuditHeadsSuite:
    def test_an_empty_trail_ends_before_its_first_event(self, store: Store) -> None:
        heads = store.audit_heads
        assert heads.end() == (0, "0" * 64)
        assert heads.digests([0, 1]) == {0: "0" * 64}
        assert (heads.all(), heads.newest()) == ([], None)

    def test_the_end_moves_with_each_event(self, store: Store) -> None:
        for number in range(3):
            store.audit.record("x", str(number), {}, GATEWAY, NOW)
        digests = {event.number: event.digest for event in store.audit.events()}
        assert store.audit_heads.end() == (3, digests[3])
        assert store.audit_heads.digests([1, 3, 4]) == {
            0: "0" * 64,
            1: digests[1],
            3: digests[3],
        }

    def test_signed_heads_are_kept_in_their_order_byte_for_byte(self, store: Store) -> None:
        for signed in (FIRST, SECOND, FIRST):
            store.audit_heads.keep(signed)
        assert store.audit_heads.all() == [FIRST, SECOND, FIRST]
        assert store.audit_heads.newest() == FIRST
