"""Codes as anybody may declare them, against the agreements of the whole reference network."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.config.partner_files import load_partners
from gateway.domain.agreements import Interval, Lifecycle
from gateway.domain.answers import Answer, Question, Verdict
from gateway.domain.errors import GatewayError, InvalidRequestError
from gateway.domain.identifiers import declared_forms, fits, is_in_territory, normal_form
from gateway.domain.parties import Caller
from gateway.domain.recognition import recognise
from gateway.entrypoints.error_catalogue import row_of
from gateway.entrypoints.rpc.lookup_server import LookupCalls
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from tests.fakes.callers import BORDER, OpenDoor
from tests.fakes.desks import FakeRecord
from tests.fakes.known_world import AGREEMENT, CODE, NOW, START, world
from tests.fakes.mutations import Mutation, fuzzed, mutations

ROOT = Path(__file__).parents[2]
M = TypeVar("M", bound=Message)
AGREEMENTS = [profile.agreement for profile in load_partners(ROOT / "partners")]
EXAMPLES = sorted(
    scheme.example
    for agreement in AGREEMENTS
    for rules in agreement.rules
    for scheme in rules.schemes
    if scheme.example
)
PIECES = st.sampled_from(
    ["AEO", "<", ">", "-", " ", "\u3000", "\u200b", "\u202e", "\x00", "0", "O", "l", "İ", "ß"]
) | st.sampled_from(["Ａ", "ⅷ", "SG", "NZ", "EU", "GR", "EL", "1" * 70, "A" * 70])
CODES = (
    st.text(max_size=70)
    | st.lists(PIECES, max_size=8).map("".join)
    | st.builds(
        lambda code, piece, at: code[:at] + piece + code[at:],
        st.sampled_from(EXAMPLES),
        PIECES,
        st.integers(0, 20),
    )
)
"""Arbitrary text, likely pieces, and genuine examples with something in between."""
QUESTIONS = st.builds(
    Question,
    code=CODES,
    on=st.none() | st.dates() | st.datetimes(timezones=st.just(UTC)),
    role=st.none() | st.text(max_size=4),
    direction=st.none(),
    name=st.none() | st.text(max_size=60),
)


# Drafts are put in force, so that codes get past the first rungs.
IN_FORCE = [
    replace(one, state=Lifecycle.IN_FORCE, in_force=Interval(effective_at=START))
    for one in AGREEMENTS
]
KNOWN = world(AGREEMENT, *IN_FORCE)
SCHEMES = [scheme for one in AGREEMENTS for rules in one.rules for scheme in rules.schemes]


class Desk:
    """Answers from what is known here."""

    ready = True

    def answer(self, question: Question, *, now: datetime) -> Answer:
        return recognise(question, knowledge=KNOWN, known_at=now)

    def answer_batch(self, questions: Iterable[Question], *, now: datetime) -> list[Answer]:
        return [self.answer(question, now=now) for question in questions]


@fuzzed(300)
@given(code=CODES)
def test_any_text_has_one_normal_form_and_is_judged_against_every_scheme(code: str) -> None:
    form = normal_form(code)
    assert normal_form(form) == form
    assert {text for text, _ in declared_forms(code)} >= {form}
    for scheme in SCHEMES:
        fits(form, scheme, {})
    for agreement in AGREEMENTS:
        is_in_territory(form, agreement.territory)


@fuzzed(300)
@given(question=QUESTIONS)
def test_any_question_is_decided_or_refused_as_declared(question: Question) -> None:
    try:
        answer = recognise(question, knowledge=KNOWN, known_at=NOW)
    except InvalidRequestError:
        return
    # The reference network has sent no list: whatever is granted is the one operator's.
    assert answer.verdict is not Verdict.GRANT or answer.operator_id == CODE
    assert answer.sentence
    assert answer.next_step


def ask(call: Callable[[M, Caller], bytes], kind: type[M], content: bytes) -> None:
    """Ask with bytes as grpc does; what is no message, no handler ever sees."""
    try:
        message = kind.FromString(content)
    except DecodeError:
        return
    refused: GatewayError | None = None
    try:
        call(message, BORDER)
    except GatewayError as error:
        refused = error
    assert refused is None or row_of(refused).grpc_status != "INTERNAL"


MESSAGES = st.builds(
    pb.Question,
    code=CODES,
    name=st.text(max_size=20),
    role=st.sampled_from(["", "EX", "??"]),
    direction=st.sampled_from([0, 1, 2, 3, -1, 2**31 - 1]),
    on_date=st.dates().map(str) | st.text(max_size=10),
) | st.builds(
    pb.Question,
    code=CODES,
    on_moment=st.builds(
        Timestamp,
        seconds=st.sampled_from([0, -1, 253402300799, 253402300800, -62135596800, 2**63 - 1]),
        nanos=st.sampled_from([0, 1, -1, 2**31 - 1]),
    ),
)


@fuzzed(80)
@given(question=MESSAGES, mutation=mutations() | st.none(), content=st.binary(max_size=60))
def test_any_message_to_the_lookup_is_answered_or_refused_as_declared(
    question: pb.Question, mutation: Mutation | None, content: bytes
) -> None:
    calls = LookupCalls(Desk(), OpenDoor(), lambda: NOW, FakeRecord())
    spoil = mutation or (lambda document: document)
    single = pb.LookupRequest(question=question).SerializeToString()
    asked = [pb.BatchQuestion(key="1", question=question), pb.BatchQuestion()]
    batch = pb.BatchLookupRequest(questions=asked).SerializeToString()
    for data in (spoil(single), content):
        ask(calls.lookup, pb.LookupRequest, data)
    for data in (spoil(batch), content):
        ask(calls.batch_lookup, pb.BatchLookupRequest, data)
