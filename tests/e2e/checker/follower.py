"""A recipient of one stream: fetches, verifies, folds FULLs and DELTAs into a state, answers.

What a broken link takes away is asked for again. What is signed and wrong is an `AssertionError`:
nothing that breaks on the way may ever make a list wrong.
"""

from http.client import HTTPException
from itertools import pairwise

import grpc

from tests.e2e.checker.calls import RefusedError
from tests.e2e.checker.canonical import Document, list_digest, state_root
from tests.e2e.checker.dsse import Change, ReadList
from tests.e2e.checker.sealing import Signer, applied
from tests.e2e.checker.sources import Source

BROKEN = (grpc.RpcError, OSError, HTTPException)
"""How a link tells that it is cut, stalled or refused, or that the gateway is down."""
_NO_WAY_ON = {"NOT_FOUND", "LIST_GONE"}
"""The lists that lead on are not to be had: only a FULL goes on."""
_LATER = {"DATABASE_UNAVAILABLE", "CONFLICT", "UNAVAILABLE"}


class Follower:
    """Follows one stream, whatever adapter carries it at the moment."""

    def __init__(self, name: str, source: Source, signer: Signer) -> None:
        self.name = name
        self.source = source
        self.operators: dict[str, Document] = {}
        self.sequence = 0
        self.root = state_root(())
        self.kinds = {"FULL": 0, "DELTA": 0}
        self.broken = 0
        self.fulls_asked = 0
        self._signer = signer
        self._digest: str | None = None
        self._unsent: list[bytes] = []

    def follow(self) -> bool:
        """Take what is new, and answer; tell whether everything went well."""
        try:
            self._take_new()
            self._deliver()
        except BROKEN:
            self.broken += 1
            return False
        except RefusedError as refused:
            if refused.code not in _LATER | _NO_WAY_ON:
                raise
            self.broken += 1
            return False
        return True

    def _take_new(self) -> None:
        head = self.source.newest()
        if head is None or head["sequence"] == self.sequence:
            return
        assert head["sequence"] > self.sequence, f"{self.name}: the publisher went back to {head}"
        try:
            for sealed in self.source.changes(self.sequence):
                self._apply(self.source.open(sealed))
        except RefusedError as refused:
            if refused.code not in _NO_WAY_ON:
                raise
            self.fulls_asked += 1
            for sealed in self.source.full():
                self._apply(self.source.open(sealed))

    def _apply(self, read: ReadList) -> None:
        header, sequence = read.header, read.header["sequence"]
        about = f"{self.name}: list {sequence} after {self.sequence}"
        if sequence <= self.sequence:
            # A FULL that was asked for and is not newer: at most one comes per interval (SEQ-1).
            return
        if sequence == self.sequence + 1:
            assert header.get("previousDigest") == self._digest, f"{about}: the chain broke"
        else:
            assert header["kind"] == "FULL", f"{about}: a DELTA without its base"
        operators = _whole(read) if header["kind"] == "FULL" else self._folded(read, about)
        root = state_root(operators.values())
        assert root == header["stateRoot"], f"{about}: another root than signed"
        assert len(operators) == header["quantity"], f"{about}: another quantity than signed"
        self.operators, self.root, self.sequence = operators, root, sequence
        self._digest = list_digest(header)
        self.kinds[header["kind"]] += 1
        # Sealed once: an answer that is sent again is the same byte for byte.
        answer = applied(header, self._digest)
        self._unsent.append(self.source.answer(answer, self._signer))

    def _folded(self, read: ReadList, about: str) -> dict[str, Document]:
        _require_order([change.operator_id for change in read.changes])
        operators = dict(self.operators)
        for change in read.changes:
            assert (change.action == "ADD") != (change.operator_id in operators), f"{about}: gap"
            _fold(operators, change)
        return operators

    def _deliver(self) -> None:
        while self._unsent:
            self.source.deliver(self._unsent[0])
            del self._unsent[0]

    def change_adapter(self, source: Source) -> None:
        """Go on over another adapter; what was not delivered yet says nothing that is not newer."""
        self.source = source
        self._unsent.clear()


def _whole(read: ReadList) -> dict[str, Document]:
    _require_order([operator["id"] for operator in read.operators])
    return {operator["id"]: operator for operator in read.operators}


def _fold(operators: dict[str, Document], change: Change) -> None:
    if change.operator is None:
        del operators[change.operator_id]
        return
    assert change.operator["id"] == change.operator_id
    operators[change.operator_id] = change.operator


def _require_order(ids: list[str]) -> None:
    assert all(low.encode() < high.encode() for low, high in pairwise(ids)), "out of order"
