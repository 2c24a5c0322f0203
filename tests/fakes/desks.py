"""Desks and callers for tests of the servers."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from hashlib import sha256
from threading import Event

import trustme
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from gateway.domain.agreements import Measure, MeasureCode
from gateway.domain.answers import (
    Answer,
    AnswerReason,
    Basis,
    Freshness,
    FreshnessClass,
    MatchKind,
    Question,
    Verdict,
)
from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import (
    NotFoundError,
    NothingShownError,
    NotPermittedError,
    RateExceededError,
    TokenRefusedError,
)
from gateway.domain.lists import Stream
from gateway.domain.messages import Message
from gateway.domain.parties import Caller, Purpose
from gateway.ports.tls import ClientTls, ServerTls
from tests.fakes.sealed_lists import DAY, NOW, STREAM, make_operator


class FakePartnerDesk:
    """Holds list 1, and later ones; knows one stream. `fail` is raised by the next call."""

    def __init__(self, sealed: SealedList | None) -> None:
        self.sealed = sealed
        self.later: dict[int, SealedList] = {}
        self.fail: Exception | None = None
        self.stall: Event | None = None
        self.submitted: list[Unverified] = []
        self.acknowledged: list[bytes] = []
        self.callers: list[str] = []
        self.answer = b"sealed acknowledgement"

    def head(
        self, caller: Caller, stream: Stream, acknowledgement: bytes | None, *, now: datetime
    ) -> tuple[bytes | None, bytes | None]:
        self._enter(caller, stream, now)
        return (self.sealed.head if self.sealed else None), acknowledgement

    def held(self, caller: Caller, stream: Stream) -> bytes | None:
        self._enter(caller, stream, NOW)
        return None

    def get_list(
        self, caller: Caller, stream: Stream, sequence: int, *, now: datetime
    ) -> SealedList:
        self._enter(caller, stream, now)
        if sequence == 1 and self.sealed is not None:
            return self.sealed
        if sequence not in self.later:
            raise NotFoundError(f"no list {sequence}")
        return self.later[sequence]

    def changes(self, caller: Caller, stream: Stream, since: int) -> Sequence[int]:
        self._enter(caller, stream, NOW)
        held = [*([1] if self.sealed else []), *self.later]
        return [sequence for sequence in held if sequence > since]

    def full(self, caller: Caller, stream: Stream, *, now: datetime) -> int:
        self._enter(caller, stream, now)
        return 1

    def submit(
        self, caller: Caller, stream: Stream, document: Unverified, *, now: datetime
    ) -> bytes:
        self._enter(caller, stream, now)
        self.submitted.append(document)
        return self.answer

    def acknowledge(
        self, caller: Caller, stream: Stream, document: bytes, *, now: datetime
    ) -> None:
        self._enter(caller, stream, now)
        self.acknowledged.append(document)

    def _enter(self, caller: Caller, stream: Stream, now: datetime) -> None:
        assert now == NOW
        self.callers.append(caller.name)
        if self.stall is not None:
            self.stall.wait(10)
        failure, self.fail = self.fail, None
        if failure is not None:
            raise failure
        if stream != STREAM or caller.partner != STREAM.issuer:
            raise NotFoundError(f"no stream {stream}", context={"stream": str(stream)})


class FakeRecord:
    """A decision log that remembers."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, Question, Answer]] = []

    def keep(self, caller: Caller, question: Question, answer: Answer) -> Answer:
        self.kept.append((caller.name, question, answer))
        return answer

    def keep_all(
        self, caller: Caller, questions: Sequence[Question], answers: list[Answer]
    ) -> list[Answer]:
        return [self.keep(caller, *pair) for pair in zip(questions, answers, strict=True)]


class FakeLookupDesk:
    """Grants every code."""

    def __init__(self) -> None:
        self.ready = True
        self.asked: list[Question] = []

    def answer(self, question: Question, *, now: datetime) -> Answer:
        self.asked.append(question)
        return make_answer(question, now)

    def answer_batch(self, questions: Iterable[Question], *, now: datetime) -> list[Answer]:
        return [self.answer(question, now=now) for question in questions]


EVIDENCE = tuple(f"rung.{number}.question" for number in range(1, 10))
"""Messages without values, one for each rung."""


def make_answer(question: Question, now: datetime) -> Answer:
    return Answer(
        basis=make_basis(question.on or now, now),
        sentence=(Message("reason.RECOGNISED.meaning"),),
        code=question.code,
        normalised_code=question.code.upper(),
        operator_id=question.code.upper(),
        operator_name="株式会社架空通商",
        match=MatchKind.NORMALISED,
        authorisation=make_operator(1).authorisations[0],
        hints=(Message("hint.perhaps", {"code": "XA0000000002"}),),
        evidence=tuple(Message(key) for key in EVIDENCE),
        contact="desk@xa.example",
        reference="ref-1",
    )


def make_basis(valid_at: date | datetime, now: datetime) -> Basis:
    return Basis(
        verdict=Verdict.GRANT,
        reason=AnswerReason.RECOGNISED,
        agreement="XH-XA",
        partner="XA",
        measures=(Measure(code=MeasureCode.INSP, parameters={"factor": "0.2"}),),
        freshness=Freshness(
            condition=FreshnessClass.CURRENT,
            sequence=7,
            list_digest="ab" * 32,
            issued_at=NOW - DAY,
            received_at=NOW,
            next_update_at=NOW + DAY,
            usable_until=NOW + 2 * DAY,
            signer="cd" * 32,
        ),
        valid_at=valid_at,
        known_at=now,
        rule_version=1,
    )


class Doorkeeper:
    """A CA, the certificates that it issued, and the callers that they and tokens stand for.

    Whoever has limits has exceeded them.
    """

    def __init__(self) -> None:
        self._authority = trustme.CA()
        self._server = self._authority.issue_cert("localhost", "127.0.0.1")
        self.callers: dict[str, Caller] = {}
        self.bearers: dict[str, Caller] = {}
        self.spent: list[tuple[str, int]] = []

    def server_tls(self) -> ServerTls:
        return ServerTls(
            certificate=self._server.cert_chain_pems[0].bytes(),
            key=self._server.private_key_pem.bytes(),
            client_authorities=self._authority.cert_pem.bytes(),
        )

    def client_tls(self, name: str, *purposes: Purpose, partner: str | None = None) -> ClientTls:
        """Issue a client certificate; without purposes it is registered nowhere."""
        issued = self._authority.issue_cert(f"{name}@xa.example")
        pem = issued.cert_chain_pems[0].bytes()
        if purposes:
            fingerprint = _fingerprint(pem)
            self.callers[fingerprint] = Caller(
                name=name,
                fingerprint=fingerprint,
                purposes=purposes,
                partner=partner,
                added_at=NOW,
            )
        return ClientTls(
            certificate=pem,
            key=issued.private_key_pem.bytes(),
            authorities=self._authority.cert_pem.bytes(),
        )

    def find_certificate(self, der: bytes) -> Caller | None:
        return self.callers.get(sha256(der).hexdigest())

    def by_certificate(self, der: bytes) -> Caller:
        return self.identify(der)

    def find_bearer(self, token: str, *, now: datetime) -> Caller | None:
        assert now == NOW
        return self.bearers.get(token)

    def by_bearer(self, token: str, *, now: datetime) -> Caller:
        assert now == NOW
        caller = self.bearers.get(token)
        if caller is None:
            raise TokenRefusedError("the token proves nobody") if token else NothingShownError("")
        return caller

    def spend(self, caller: Caller, questions: int, *, now: datetime) -> None:
        assert now == NOW
        self.spent.append((caller.name, questions))
        if caller.limits is not None:
            raise RateExceededError("at most 1", caller=caller.name, retry_after=7, limit="1")

    def identify(self, der: bytes) -> Caller:
        caller = self.callers.get(sha256(der).hexdigest())
        if caller is None:
            raise NotPermittedError("certificate is not registered")
        return caller


def _fingerprint(pem: bytes) -> str:
    return sha256(load_pem_x509_certificate(pem).public_bytes(Encoding.DER)).hexdigest()


def make_clock() -> Callable[[], datetime]:
    return lambda: NOW
