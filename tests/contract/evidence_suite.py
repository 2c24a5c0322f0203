"""What every implementation of `ports.evidence.Evidence` does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from gateway.domain.documents import Unverified
from gateway.ports.evidence import EvidenceItem
from gateway.store.engines import Store
from tests.contract.registry_suite import accept
from tests.contract.synthetic_lists import NOW, STREAM, incoming, operators


def evidence_item(
    document: bytes = b"\x00<list/>\xff", *, partner: str = "XB", verdict: str = "accepted"
) -> EvidenceItem:
    received = Unverified(document=document, chunks=(b"one", b"", b"three" * 10_000))
    return EvidenceItem(
        digest=received.digest,
        partner=partner,
        packaging="dsse",
        document=received,
        received_at=NOW,
        chain=("PEM one", "PEM two"),
        revocation_lists=("PEM CRL",),
        verdict=verdict,
    )


class EvidenceSuite:
    def test_what_was_not_kept_is_not_found(self, store: Store) -> None:
        assert store.evidence.find("00" * 32) is None

    def test_sig_8_a_document_comes_back_byte_for_byte(self, store: Store) -> None:
        kept = evidence_item()
        store.evidence.keep(kept)
        found = store.evidence.find(kept.digest)
        assert found == kept
        assert found is not None
        assert found.document.digest == kept.digest

    def test_sig_8_the_same_bytes_are_kept_once_with_the_last_verdict(self, store: Store) -> None:
        first = evidence_item(verdict="CERTIFICATE_INVALID")
        store.evidence.keep(first)
        again = EvidenceItem(
            digest=first.digest,
            partner="XB",
            packaging="dsse",
            document=first.document,
            received_at=NOW + timedelta(days=1),
            chain=("PEM three",),
            revocation_lists=(),
            verdict="accepted",
        )
        store.evidence.keep(again)
        found = store.evidence.find(first.digest)
        assert found is not None
        assert found.verdict == "accepted"
        assert found.chain == ("PEM three",)
        assert found.received_at == NOW
        assert found.document == first.document

    def test_of_the_same_bytes_many_times_at_once_all_are_kept_as_one(self, store: Store) -> None:
        barrier, kept = Barrier(8), evidence_item()

        def keep(_: int) -> None:
            barrier.wait()
            store.evidence.keep(kept)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(keep, range(8)))
        assert len(store.evidence.notes("XB")) == 1

    def test_what_is_kept_of_a_partner_is_noted_newest_first(self, store: Store) -> None:
        older, newer = evidence_item(b"older"), evidence_item(b"newer", verdict="SIGNATURE_INVALID")
        for item in (older, newer, evidence_item(b"another's", partner="XC")):
            store.evidence.keep(item)
        notes = store.evidence.notes("XB")
        assert [note.digest for note in notes] == [newer.digest, older.digest]
        assert [note.verdict for note in notes] == ["SIGNATURE_INVALID", "accepted"]
        assert {(note.packaging, note.received_at) for note in notes} == {("dsse", NOW)}
        assert store.evidence.notes("XD") == []

    def test_documents_are_found_by_the_sequence_of_their_list(self, store: Store) -> None:
        assert store.evidence.digests_of(STREAM, 1) == []
        arrived = incoming(1, operators(1))
        accept(store, arrived)
        assert store.evidence.digests_of(STREAM, 1) == [arrived.document_digest]
        assert store.evidence.digests_of(STREAM, 2) == []

    def test_one_partner_does_not_change_the_verdict_on_anothers_document(
        self, store: Store
    ) -> None:
        store.evidence.keep(evidence_item(partner="XB"))
        store.evidence.keep(evidence_item(partner="XC", verdict="SIGNER_UNKNOWN"))
        found = store.evidence.find(evidence_item().digest)
        assert found == evidence_item(partner="XB")
