"""Answers as JSON, fast: the bytes of `answer_json`, put together from parts that are kept.

What answers share, their basis and the evidence of one agreement, is written once. Pieces stand in
the order of `AnswerDocument`; a test holds both ways of writing to the same bytes.
"""

from collections.abc import Hashable
from typing import Final, TypeVar

from msgspec import Struct, json

from gateway.domain.answers import Answer, Basis, Verdict
from gateway.domain.messages import Message
from gateway.domain.recognition import LADDER
from gateway.entrypoints.wording import Language

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
KEPT: Final = 4096
"""Parts of one kind that are kept; beyond it all are written anew."""
_OF_ONE_OPERATOR: Final = frozenset({1, 4, 6})
"""Rungs whose evidence names the code or the operator."""
_ENCODE: Final = json.Encoder().encode
_GRANT: Final = Verdict.GRANT


class _Frame(Struct, frozen=True):
    """What answers of one basis and contact have around what is their own."""

    basis: Basis
    """Kept, so that nothing else takes its place in memory."""
    to_sentence: bytes
    to_code: bytes
    parties: bytes
    data: bytes
    to_reference: bytes


class AnswerJsonWriter:
    """Writes answers in one language. Thread-safe."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._frames: dict[tuple[int, str | None, bool], _Frame] = {}
        self._evidence: dict[int, tuple[Message, bytes]] = {}
        self._passed, self._failed = (
            [_to_evidence(number, language, passed=passed) for number in range(1, len(LADDER) + 1)]
            for passed in (True, False)
        )

    def write(self, answer: Answer, *, brief: bool = False) -> bytes:
        """Return the JSON document of an answer.

        Args:
            answer: Any answer.
            brief: Leave out next step, hints and rungs.
        """
        key = (id(answer.basis), answer.contact, brief)
        frame = self._frames.get(key)
        if frame is None:
            frame = _keep(self._frames, key, self._frame(answer, brief=brief))
        parts = [
            frame.to_sentence,
            _ENCODE(self._language.say_all(answer.sentence)),
            frame.to_code,
            _ENCODE(answer.code),
        ]
        if answer.normalised_code is not None:
            parts += (b',"normalised_code":', _ENCODE(answer.normalised_code))
        parts.append(frame.parties)
        if answer.operator_id is not None:
            parts += (b',"operator_id":', _ENCODE(answer.operator_id))
        if answer.operator_name is not None:
            parts += (b',"operator_name":', _ENCODE(answer.operator_name))
        if answer.match is not None:
            parts += (b',"match":', _ENCODE(answer.match))
        if answer.authorisation is not None:
            parts += (b',"authorisation":', _ENCODE(answer.authorisation))
        parts.append(frame.data)
        if not brief:
            self._add_evidence(parts, answer)
        parts += (frame.to_reference, _ENCODE(answer.reference), b"}")
        return b"".join(parts)

    def _frame(self, answer: Answer, *, brief: bool) -> _Frame:
        basis, say_all = answer.basis, self._language.say_all
        step = b"" if brief else _member("next_step", say_all(answer.next_step))
        return _Frame(
            basis=basis,
            to_sentence=b"{%b,%b" % (_pair("verdict", basis.verdict), _pair("reason", basis.reason))
            + b',"sentence":',
            to_code=step + b',"code":',
            parties=_member("agreement", basis.agreement) + _member("partner", basis.partner),
            data=(_member("measures", basis.measures) if basis.measures else b"")
            + _member("freshness", basis.freshness),
            to_reference=_member("valid_at", basis.valid_at)
            + _member("known_at", basis.known_at)
            + _member("contact", answer.contact)
            + _member("rule_version", basis.rule_version)
            + b',"reference":',
        )

    def _add_evidence(self, parts: list[bytes], answer: Answer) -> None:
        if answer.hints:
            parts.append(_member("hints", list(map(self._language.say, answer.hints))))
        if not answer.evidence:
            return
        kept, last = self._evidence, answer.first_rung + len(answer.evidence) - 1
        granted = answer.verdict is _GRANT
        rungs = []
        for number, message in enumerate(answer.evidence, answer.first_rung):
            found = kept.get(id(message))
            if found is not None:
                rungs.append(found[1])
                continue
            passed = granted or number < last
            head = (self._passed if passed else self._failed)[number - 1]
            written = head + _ENCODE(self._language.say(message)) + b"}"
            # A message that is in many answers is evidence of one rung in all of them.
            if passed and number not in _OF_ONE_OPERATOR:
                _keep(kept, id(message), (message, written))
            rungs.append(written)
        parts += (b',"rungs":[', b",".join(rungs), b"]")


def _to_evidence(number: int, language: Language, *, passed: bool) -> bytes:
    """Return a rung up to its evidence: the same few in every answer."""
    question = _pair("question", language.text(f"rung.{number}.question"))
    return b'{"number":%d,%b,%b,"evidence":' % (number, question, _pair("passed", passed))


def _pair(name: str, value: object) -> bytes:
    return b'"%b":%b' % (name.encode("ascii"), _ENCODE(value))


def _member(name: str, value: object) -> bytes:
    return b"" if value is None else b"," + _pair(name, value)


def _keep(kept: dict[K, V], key: K, value: V) -> V:
    if len(kept) >= KEPT:
        kept.clear()
    kept[key] = value
    return value
