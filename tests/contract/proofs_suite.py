"""What every implementation of `ports.proofs.StateProofs` does."""

from gateway.domain.canonical import parse_canonical
from gateway.domain.inclusion import InclusionProof, verify_absence, verify_inclusion
from gateway.domain.lists import Action, Change
from gateway.domain.state import bucket_of
from gateway.store.engines import Store
from tests.contract.held_lists_suite import delta, full
from tests.contract.registry_suite import accept
from tests.contract.synthetic_lists import OTHER_STREAM, STREAM, operator, operators


class ProofsSuite:
    def test_nothing_is_opened_before_a_list_is_accepted(self, store: Store) -> None:
        store.proofs.keep_head(STREAM, "aa" * 32, b"head")
        assert store.proofs.open_bucket(STREAM, 0) is None

    def test_sta_5_each_bucket_leads_to_the_root_of_the_accepted_list(self, store: Store) -> None:
        first = full(1, operators(1, 2, 3))
        accept(store, first)
        second = delta(2, first, [Change(Action.REMOVE, operator(2).operator.id)], operators(1, 3))
        accept(store, second)
        for number in (1, 3):
            listed = operator(number)
            opened = store.proofs.open_bucket(STREAM, bucket_of(listed.operator.id))
            assert opened is not None
            assert opened.head.list_digest == second.list_digest
            digests = tuple(parse_canonical(each).digest for each in opened.members)
            proof = InclusionProof(digests=digests, siblings=opened.siblings)
            header = second.list.header
            assert verify_inclusion(proof, listed.canonical, header) == listed.operator
        gone = operator(2).operator.id
        empty = store.proofs.open_bucket(STREAM, bucket_of(gone))
        assert empty is not None
        verify_absence(empty.members, empty.siblings, gone, second.list.header)

    def test_signed_head_is_kept_once_with_its_list(self, store: Store) -> None:
        first, second = full(1, operators(1)), full(2, operators(1))
        accept(store, first)
        for content in (b"as it came", b"another that came later"):
            store.proofs.keep_head(STREAM, first.list_digest, content)
        store.proofs.keep_head(OTHER_STREAM, second.list_digest, b"of a stream unknown here")
        opened = store.proofs.open_bucket(STREAM, 0)
        assert opened is not None
        assert opened.document == b"as it came"
        accept(store, second)
        later = store.proofs.open_bucket(STREAM, 0)
        assert later is not None
        assert later.document is None
