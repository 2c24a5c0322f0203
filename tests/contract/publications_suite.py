"""What every implementation of `ports.publications.Publications` does."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from msgspec import structs

from gateway.domain.documents import Packaging, SealedList
from gateway.domain.errors import ConflictError
from gateway.domain.lists import ListKind
from gateway.ports.publications import Publication
from gateway.store.engines import Store
from tests.contract.synthetic_lists import GATEWAY, OTHER_STREAM, STREAM, incoming, operators


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

    def test_an_issue_is_audited(self, store: Store) -> None:
        store.publications.issue(publication(1), GATEWAY)
        (written,) = store.audit.events()
        assert written.action == "list.issued"
        assert written.facts["list_digest"] == publication(1).list_digest
