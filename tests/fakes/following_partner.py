"""A partner that reads what home issues, and folds it list by list without the gateway's help."""

from hashlib import sha256

from gateway.domain.acknowledgements import (
    Acknowledgement,
    Outcome,
    Reason,
    SealedAcknowledgement,
)
from gateway.domain.canonical import list_digest
from gateway.domain.documents import Unverified
from gateway.domain.lists import Action, ListHeader, ListKind, StatusList
from gateway.domain.operators import Operator
from gateway.domain.profiles import KeyUse, Limits
from gateway.exchange.kinds import make_opener
from gateway.services.issued import PACKAGING
from tests.fakes.home import Home
from tests.fakes.two_gateways import Gateway


class FollowingPartner:
    """Takes every list of a stream in its order; fails the test where one does not fit."""

    def __init__(self, home: Home | Gateway) -> None:
        self._home = home
        self.operators: dict[str, Operator] = {}
        self.digests: dict[str, bytes] = {}
        self.taken: list[ListHeader] = []

    @property
    def sequence(self) -> int:
        return self.taken[-1].sequence if self.taken else 0

    def read(self, sequence: int) -> StatusList:
        """Open one list as it would arrive."""
        home, profile = self._home, self._home.profile
        sealed = home.store.publications.find(profile.sends, sequence, PACKAGING[profile.kind])
        assert sealed is not None
        opener, anchors = make_opener(profile.kind), home.keys.anchors(KeyUse.LISTS)
        document = Unverified(document=sealed.document, chunks=sealed.chunks)
        verified = opener.open(document, anchors, Limits(), home.clock.now)
        return opener.decode(verified, anchors, Limits())

    def take(self, sequence: int) -> StatusList:
        """Apply one list."""
        taken = self.read(sequence)
        header = taken.header
        if header.kind is ListKind.FULL:
            self.operators.clear()
            self.digests.clear()
            for listed in taken.operators:
                self._put(listed.operator, listed.digest)
        else:
            assert self.taken
            assert header.sequence == self.sequence + 1
            assert header.previous_digest == list_digest(self.taken[-1])
            for change in taken.changes:
                assert (change.action is Action.ADD) == (change.operator_id not in self.operators)
                if change.listed is None:
                    assert change.action is Action.REMOVE
                    del self.operators[change.operator_id], self.digests[change.operator_id]
                else:
                    self._put(change.listed.operator, change.listed.digest)
            ids = [change.operator_id.encode() for change in taken.changes]
            assert ids == sorted(set(ids))
        self.taken.append(header)
        assert header.quantity == len(self.operators)
        assert header.state_root == self.root()
        return taken

    def take_all(self) -> None:
        """Apply whatever was issued since."""
        newest = self._home.store.publications.newest(self._home.profile.sends)
        for sequence in range(self.sequence + 1, (newest.sequence if newest else 0) + 1):
            self.take(sequence)

    def root(self) -> str:
        """Compute the root as STA-2 writes it down, from nothing but the text."""
        buckets: list[list[tuple[bytes, bytes]]] = [[] for _ in range(4096)]
        for operator_id, digest in self.digests.items():
            start = sha256(operator_id.encode()).digest()
            buckets[start[0] * 16 + (start[1] >> 4)].append((operator_id.encode(), digest))
        level = [
            sha256(b"\x02" + b"".join(digest for _, digest in sorted(bucket))).digest()
            for bucket in buckets
        ]
        while len(level) > 1:
            level = [
                sha256(b"\x01" + left + right).digest()
                for left, right in zip(level[::2], level[1::2], strict=True)
            ]
        return level[0].hex()

    def acknowledge(
        self,
        outcome: Outcome = Outcome.APPLIED,
        *codes: str,
        revision: int = 1,
        root: str | None = None,
    ) -> SealedAcknowledgement:
        """Answer the list taken last, and hand the answer over."""
        newest = self.taken[-1]
        answer = Acknowledgement(
            acknowledgement_id=f"{newest.sequence}-{revision}",
            stream=newest.stream,
            sequence=newest.sequence,
            list_digest=list_digest(newest),
            outcome=outcome,
            revision=revision,
            applied_sequence=newest.sequence if outcome is Outcome.APPLIED else None,
            applied_root=(root or newest.state_root) if outcome is Outcome.APPLIED else None,
            acknowledged_at=self._home.clock.now,
            reasons=tuple(Reason(code=code, text="for the test") for code in codes),
        )
        sealed = SealedAcknowledgement(acknowledgement=answer, document=b"sealed")
        self._home.store.outbox.receive(sealed, self._home.clock.now)
        return sealed

    def _put(self, operator: Operator, digest: bytes) -> None:
        self.operators[operator.id] = operator
        self.digests[operator.id] = digest
