"""What every implementation of `ports.publications.Publications` does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from msgspec import structs
from msgspec.structs import replace

from gateway.domain.acknowledgements import Outcome, Reason
from gateway.domain.canonical import list_digest
from gateway.domain.documents import Packaging, SealedList
from gateway.domain.errors import ConflictError, GoneError
from gateway.domain.lists import ListKind
from gateway.domain.publishing import Cause, Footing, IssuedState, Restore
from gateway.domain.state import BUCKETS, bucket_of
from gateway.ports.issuing import Publication, Transition
from gateway.store.engines import Store
from tests.contract.synthetic_lists import (
    GATEWAY,
    NOW,
    OTHER_STREAM,
    STREAM,
    acknowledgement,
    incoming,
    operators,
)


def publication(
    sequence: int, *, packaging: Packaging = Packaging.DSSE, chunks: int = 3, mark: str = ""
) -> Publication:
    made = incoming(sequence, operators(1, 2))
    return Publication(
        header=made.list.header,
        list_digest=made.list_digest,
        sealed=SealedList(
            packaging=packaging,
            document=f"document {sequence} {mark}\0".encode(),
            chunks=tuple(f"chunk {number}".encode() * 1000 for number in range(chunks)),
            head=f"head {sequence}".encode(),
        ),
    )


def of_kind(sequence: int, kind: ListKind) -> Publication:
    plain = publication(sequence)
    header = replace(plain.header, kind=kind)
    return replace(plain, header=header, list_digest=list_digest(header))


def transition(
    sequence: int, *members: dict[str, bytes], emptied: tuple[str, ...] = (), settled: int = 0
) -> Transition:
    return Transition(
        state=IssuedState(
            sequence=sequence,
            change=sequence * 10,
            rules="rules",
            signer="signer",
            full_sequence=1,
            full_issued_at=NOW,
            settled=settled,
        ),
        cause=Cause.CHANGED,
        follows=sequence - 1,
        members={bucket_of(next(iter(each))): each for each in members}
        | {bucket_of(each): {} for each in emptied},
        buckets=bytes([sequence]) * 32 * BUCKETS,
    )


class PublicationsSuite:
    def test_before_the_first_list_there_is_none(self, store: Store) -> None:
        assert store.publications.newest(STREAM) is None
        assert store.publications.find(STREAM, 1, Packaging.DSSE) is None

    @pytest.mark.parametrize(
        ("packaging", "chunks"), [(Packaging.DSSE, 12), (Packaging.XADES, 0)], ids=["dsse", "xades"]
    )
    def test_pub_4_a_list_is_served_byte_for_byte(
        self, store: Store, packaging: Packaging, chunks: int
    ) -> None:
        issued = publication(1, packaging=packaging, chunks=chunks)
        store.publications.issue(issued, GATEWAY)
        assert store.publications.find(STREAM, 1, packaging) == issued.sealed

    def test_a_list_is_found_by_stream_sequence_and_packaging_alone(self, store: Store) -> None:
        store.publications.issue(publication(1), GATEWAY)
        assert store.publications.find(STREAM, 1, Packaging.XADES) is None
        assert store.publications.find(STREAM, 2, Packaging.DSSE) is None
        assert store.publications.find(OTHER_STREAM, 1, Packaging.DSSE) is None

    def test_the_newest_is_the_one_issued_last(self, store: Store) -> None:
        store.publications.issue(publication(1), GATEWAY)
        store.publications.issue(publication(2), GATEWAY)
        assert store.publications.newest(STREAM) == publication(2).header

    def test_exc_2_the_newest_full_is_found_behind_deltas(self, store: Store) -> None:
        assert store.publications.newest_full(STREAM) is None
        store.publications.issue(publication(1), GATEWAY)
        delta = publication(2)
        header = structs.replace(delta.header, kind=ListKind.DELTA)
        store.publications.issue(structs.replace(delta, header=header), GATEWAY)
        assert store.publications.newest(STREAM) == header
        assert store.publications.newest_full(STREAM) == publication(1).header

    def test_exc_1_a_head_is_found_by_stream_sequence_and_packaging(self, store: Store) -> None:
        store.publications.issue(publication(1), GATEWAY)
        find = store.publications.find_head
        assert find(STREAM, 1, Packaging.DSSE) == b"head 1"
        assert find(STREAM, 1, Packaging.XADES) is None
        assert find(STREAM, 2, Packaging.DSSE) is None
        assert find(OTHER_STREAM, 1, Packaging.DSSE) is None

    def test_exc_5_a_new_list_moves_the_version_that_watchers_look_at(self, store: Store) -> None:
        before = store.registry.version()
        store.publications.issue(publication(1), GATEWAY)
        assert store.registry.version() > before

    @pytest.mark.parametrize("sequence", [1, 2, 4], ids=["the first", "the same", "one left out"])
    def test_seq_1_only_the_next_sequence_is_issued(self, store: Store, sequence: int) -> None:
        store.publications.issue(publication(1), GATEWAY)
        store.publications.issue(publication(2), GATEWAY)
        before = store.audit.verify()
        with pytest.raises(ConflictError):
            store.publications.issue(publication(sequence, mark="other"), GATEWAY)
        assert store.publications.newest(STREAM) == publication(2).header
        assert store.publications.find(STREAM, 4, Packaging.DSSE) is None
        kept = store.publications.find(STREAM, 2, Packaging.DSSE)
        assert kept == publication(2).sealed
        assert store.audit.verify() == before

    def test_seq_1_a_stream_begins_with_one(self, store: Store) -> None:
        with pytest.raises(ConflictError):
            store.publications.issue(publication(2), GATEWAY)

    def test_seq_1_of_two_lists_at_once_one_is_issued(self, store: Store) -> None:
        barrier = Barrier(2)

        def issue(mark: str) -> bool:
            barrier.wait()
            try:
                store.publications.issue(publication(1, mark=mark), GATEWAY)
            except ConflictError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(issue, ["one", "other"])) == [False, True]
        assert store.audit.verify() == 1

    def test_the_newest_full_is_found_below_deltas(self, store: Store) -> None:
        assert store.publications.newest_full(STREAM) is None
        store.publications.issue(of_kind(1, ListKind.FULL), GATEWAY)
        store.publications.issue(of_kind(2, ListKind.DELTA), GATEWAY)
        assert store.publications.newest_full(STREAM) == of_kind(1, ListKind.FULL).header

    def test_a_list_raises_the_version(self, store: Store) -> None:
        before = store.registry.version()
        store.publications.issue(publication(1), GATEWAY)
        assert store.registry.version() > before

    def test_an_issue_is_audited(self, store: Store) -> None:
        store.publications.issue(publication(1), GATEWAY)
        (written,) = store.audit.events()
        assert written.action == "list.issued"
        assert written.facts["list_digest"] == publication(1).list_digest

    def test_a_stream_without_lists_stands_nowhere(self, store: Store) -> None:
        assert store.publications.footing(STREAM) == Footing()
        assert store.publications.digests(STREAM) == {}

    def test_seq_2_what_was_issued_is_known_operator_by_operator(self, store: Store) -> None:
        one, two, three = (b"1" * 32, b"2" * 32, b"3" * 32)
        first = transition(1, {"XB1": one}, {"XB2": two})
        store.publications.issue(publication(1), GATEWAY, first)
        assert store.publications.digests(STREAM) == {"XB1": one, "XB2": two}
        second = transition(2, {"XB2": three, "in one bucket": two}, {"XB3": one}, emptied=("XB1",))
        store.publications.issue(publication(2), GATEWAY, second)
        known = {"XB2": three, "in one bucket": two, "XB3": one}
        assert store.publications.digests(STREAM) == known
        wanted = {bucket_of("XB1"), bucket_of("XB2")}
        whole, members = store.publications.buckets(STREAM, wanted)
        assert whole == second.buckets
        assert members == {bucket_of("XB2"): {"XB2": three, "in one bucket": two}}
        footing = store.publications.footing(STREAM)
        assert footing.base == second.state
        assert footing.newest == publication(2).header

    def test_seq_2_a_list_that_cannot_be_issued_leaves_what_is_known(self, store: Store) -> None:
        first = transition(1, {"XB1": b"1" * 32})
        store.publications.issue(publication(1), GATEWAY, first)
        with pytest.raises(ConflictError):
            store.publications.issue(
                publication(1, mark="other"), GATEWAY, transition(1, {"XB2": b"2" * 32})
            )
        assert store.publications.digests(STREAM) == {"XB1": b"1" * 32}
        assert store.publications.footing(STREAM).state == first.state

    def test_what_was_looked_at_is_noted_unless_a_list_came_between(self, store: Store) -> None:
        state = transition(1).state
        store.publications.issue(publication(1), GATEWAY, transition(1))
        store.publications.advance(STREAM, state, change=11, rules="other")
        noted = store.publications.footing(STREAM).state
        assert noted == replace(state, change=11, rules="other")
        store.publications.advance(STREAM, state, change=12, rules="rules")
        assert store.publications.footing(STREAM).state == noted

    def test_exc_4_the_partners_newest_answer_stands_beside_the_list_that_it_applied(
        self, store: Store
    ) -> None:
        store.publications.issue(publication(1), GATEWAY, transition(1))
        digest = publication(1).list_digest
        sealed = acknowledgement(1, digest=digest)
        applied = replace(sealed.acknowledgement, applied_sequence=1, applied_root="ab" * 32)
        store.outbox.receive(replace(sealed, acknowledgement=applied), NOW)
        footing = store.publications.footing(STREAM)
        assert footing.acknowledgement == applied
        assert footing.applied == publication(1).header
        assert footing.unknown is None

    @pytest.mark.parametrize("sequence", [2, 3], ids=["another with our newest", "a later one"])
    def test_pub_6_an_answer_to_a_list_that_we_do_not_have_is_found(
        self, store: Store, sequence: int
    ) -> None:
        for number in (1, 2):
            store.publications.issue(publication(number), GATEWAY, transition(number))
        store.outbox.receive(acknowledgement(1, digest=publication(1).list_digest), NOW)
        assert store.publications.footing(STREAM).unknown is None
        foreign = acknowledgement(sequence, digest="99" * 32)
        store.outbox.receive(foreign, NOW)
        footing = store.publications.footing(STREAM)
        assert footing.unknown == foreign.acknowledgement
        follows = transition(4, settled=sequence)
        store.publications.issue(publication(4), GATEWAY, follows)
        assert store.publications.newest(STREAM) == publication(4).header
        assert store.publications.footing(STREAM).unknown is None

    @pytest.mark.parametrize(
        ("outcome", "codes", "digest", "moves"),
        [
            (Outcome.APPLIED, (), None, False),
            (Outcome.HELD, (), None, False),
            (Outcome.REFUSED, ("GAP",), None, True),
            (Outcome.REJECTED, (), None, True),
            (Outcome.APPLIED, (), "99" * 32, True),
        ],
        ids=["applied", "held", "gap", "rejected", "not ours"],
    )
    def test_syn_5_an_answer_that_only_a_new_list_helps_is_looked_at_at_once(
        self,
        store: Store,
        outcome: Outcome,
        codes: tuple[str, ...],
        digest: str | None,
        moves: bool,
    ) -> None:
        store.publications.issue(publication(1), GATEWAY)
        before = store.home_programme.shown_version()
        reasons = tuple(Reason(code=code, text="for the test") for code in codes)
        digest = digest or publication(1).list_digest
        store.outbox.receive(
            acknowledgement(1, outcome=outcome, digest=digest, reasons=reasons), NOW
        )
        assert (store.home_programme.shown_version() > before) == moves

    def test_pub_6_of_several_unknown_lists_the_highest_counts(self, store: Store) -> None:
        for sequence, minutes in ((5, 0), (4, 1)):
            at = NOW + timedelta(minutes=minutes)
            store.outbox.receive(acknowledgement(sequence, digest="99" * 32, at=at), at)
        unknown = store.publications.footing(STREAM).unknown
        assert unknown is not None
        assert unknown.sequence == 5

    def test_pub_6_a_restored_stream_waits_until_it_is_heard_and_a_list_is_issued(
        self, store: Store
    ) -> None:
        store.publications.issue(publication(1), GATEWAY)
        sealed = acknowledgement(1, outcome=Outcome.HELD, digest=publication(1).list_digest)
        store.outbox.receive(sealed, NOW)
        assert store.publications.footing(STREAM).restore is None
        store.publications.mark_restored([STREAM, OTHER_STREAM], GATEWAY, NOW)
        waits = Restore(restored_at=NOW, heard_at=None)
        assert store.publications.footing(STREAM).restore == waits
        assert store.publications.footing(OTHER_STREAM).restore == waits
        later = NOW + timedelta(minutes=5)
        store.outbox.receive(sealed, later)
        assert store.publications.footing(STREAM).restore == replace(waits, heard_at=later)
        store.publications.issue(publication(2), GATEWAY)
        assert store.publications.footing(STREAM).restore is None
        store.publications.release(OTHER_STREAM, GATEWAY, later)
        assert store.publications.footing(OTHER_STREAM).restore is None
        assert store.audit.verify() == 5

    def test_pub_7_bodies_older_than_the_last_full_and_their_time_are_erased(
        self, store: Store
    ) -> None:
        kinds = [ListKind.FULL, ListKind.DELTA, ListKind.DELTA, ListKind.FULL, ListKind.DELTA]
        for sequence, kind in enumerate(kinds, start=1):
            store.publications.issue(of_kind(sequence, kind), GATEWAY)
        third = of_kind(3, ListKind.DELTA).header.issued_at
        before = store.audit.verify()

        def erase(*, dry_run: bool) -> list[tuple[int, ...]]:
            found = store.publications.erase(third, GATEWAY, NOW, dry_run=dry_run)
            return [each.sequences for each in found]

        assert erase(dry_run=True) == [(1, 2)]
        assert store.publications.find(STREAM, 1, Packaging.DSSE) is not None
        assert erase(dry_run=False) == [(1, 2)]
        for sequence in (1, 2):
            with pytest.raises(GoneError):
                store.publications.find(STREAM, sequence, Packaging.DSSE)
            head = store.publications.find_head(STREAM, sequence, Packaging.DSSE)
            assert head == publication(sequence).sealed.head
        for sequence in (3, 4, 5):
            kept = store.publications.find(STREAM, sequence, Packaging.DSSE)
            assert kept == publication(sequence).sealed
        assert erase(dry_run=False) == []
        assert store.audit.verify() == before + 1

    def test_pub_7_the_last_full_and_what_follows_it_stay_however_old(self, store: Store) -> None:
        store.publications.issue(of_kind(1, ListKind.FULL), GATEWAY)
        store.publications.issue(of_kind(2, ListKind.DELTA), GATEWAY)
        late = NOW + timedelta(days=3650)
        assert store.publications.erase(late, GATEWAY, NOW, dry_run=False) == []

    def test_pub_7_what_is_erased_has_a_size(self, store: Store) -> None:
        issued = publication(1)
        store.publications.issue(issued, GATEWAY)
        store.publications.issue(publication(2), GATEWAY)
        (erased,) = store.publications.erase(NOW + timedelta(days=1), GATEWAY, NOW, dry_run=True)
        size = len(issued.sealed.document) + sum(map(len, issued.sealed.chunks))
        assert (erased.stream, erased.sequences, erased.size) == (STREAM, (1,), size)
