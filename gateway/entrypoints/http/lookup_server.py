"""The HTTP interface for border systems and agencies: the Lookup service, in JSON.

Same desk, same table of permissions and same limits as over gRPC, hence same answers. A decision
takes less time than handing it to a thread would: the event loop answers itself. Only long batches
go to a thread, so that others need not wait for them.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from litestar import Litestar
from litestar.concurrency import sync_to_thread
from msgspec import UNSET, Raw, Struct, UnsetType, json

from gateway.domain.answers import Freshness, FreshnessClass, Question
from gateway.domain.errors import InvalidRequestError
from gateway.domain.narrowing import narrowed
from gateway.domain.spans import in_words
from gateway.entrypoints.answer_json_writer import AnswerJsonWriter
from gateway.entrypoints.desks import Admission, Clock, DecisionRecord, LookupDesk
from gateway.entrypoints.error_catalogue import public_message, row_of
from gateway.entrypoints.http.languages import language_of
from gateway.entrypoints.http.operations import Call, Entrance, Reply
from gateway.entrypoints.http.problems import HANDLERS
from gateway.entrypoints.http.publication import make_published
from gateway.entrypoints.http.questions import (
    MAX_QUESTION_BYTES,
    AskedBatch,
    read_batch,
    read_question,
)
from gateway.entrypoints.http.registry_calls import OPERATOR, RegistryCalls
from gateway.entrypoints.wording import languages
from gateway.services.registry_desk import RegistryDesk
from gateway.services.search import SearchDesk

BASE: Final = "/lookup/v1"
MAX_BATCH_BYTES: Final = 4 * 1024**2
"""As long as a gRPC message may be."""
SHORT_BATCH: Final = 100
"""Questions that the event loop answers itself: some two milliseconds."""
CONNECTIONS: Final = 1024
"""As many at once; one that is idle costs some 100 kB."""

FRESHNESS: Final = "mra-freshness"
SEQUENCE: Final = "mra-list-sequence"
USABLE_UNTIL: Final = "mra-usable-until"
"""Header fields that say what an answer rests on; of a batch, the worst of its answers."""

_SERVICE: Final = "/mra.lookup.v1.Lookup"
_ENCODE: Final = json.Encoder().encode
_Answer = Callable[[Call, Any], Reply]
_AGES: Final = {
    FreshnessClass.MISSING: 3,
    FreshnessClass.STALE: 2,
    FreshnessClass.LATE: 1,
    FreshnessClass.CURRENT: 0,
}
"""The higher, the worse."""


def make_app(
    desk: LookupDesk,
    registry: RegistryDesk,
    search: SearchDesk,
    admission: Admission,
    clock: Clock,
    *,
    record: DecisionRecord,
    timed: Callable[[str, _Answer], _Answer] = lambda _, answer: answer,
) -> Litestar:
    """Make the application.

    Args:
        desk: Decides, from memory.
        registry: Tells of agreements and operators.
        search: Finds operators.
        admission: Who comes in, and how often.
        clock: One reading for each request.
        record: Keeps decisions before they are given.
        timed: Puts a clock around what answers a method.
    """
    entrance = Entrance(admission, clock)
    calls = LookupCalls(desk, admission, record)
    calls.one, calls.many = timed("http:Lookup", calls.one), timed("http:BatchLookup", calls.many)
    others = RegistryCalls(registry, search, admission)
    handlers = {
        ("POST", "decisions", "Lookup"): calls.decide,
        ("POST", "decisions:batch", "BatchLookup"): calls.decide_batch,
        ("POST", "operators:search", "SearchOperators"): others.search_operators,
        ("GET", f"operators/{{{OPERATOR}:str}}", "GetOperator"): others.get_operator,
        ("GET", "agreements", "ListAgreements"): others.list_agreements,
    }
    return Litestar(
        route_handlers=[
            *(
                entrance.operation(verb, f"{BASE}/{path}", f"{_SERVICE}/{method}", handler)
                for (verb, path, method), handler in handlers.items()
            ),
            *make_published(BASE),
        ],
        exception_handlers=HANDLERS,
        openapi_config=None,
        request_max_body_size=None,
        logging_config=None,
    )


class ItemError(Struct, frozen=True, kw_only=True):
    """Why one question of a batch has no answer: as the problem details of a refused call."""

    code: str
    detail: str


class AnsweredItem(Struct, frozen=True, kw_only=True):
    """One of a batch: an answer or an error."""

    key: str
    answer: Raw | UnsetType = UNSET
    error: ItemError | UnsetType = UNSET


class AnsweredBatch(Struct, frozen=True, kw_only=True):
    """In the order of the questions."""

    answers: list[AnsweredItem]


class LookupCalls:
    """The handlers that decide."""

    def __init__(self, desk: LookupDesk, admission: Admission, record: DecisionRecord) -> None:
        self._desk = desk
        self._record = record
        self._admission = admission
        self.one: _Answer = self._decide_one
        self.many: _Answer = self._decide_all
        self._writers = {one.tag: AnswerJsonWriter(one) for one in languages().values()}

    async def decide(self, call: Call) -> Reply:
        """Answer one question."""
        return self.one(call, read_question(await call.body(MAX_QUESTION_BYTES)))

    def _decide_one(self, call: Call, question: Question) -> Reply:
        self._admission.spend(call.caller, 1, now=call.now)
        answer = self._desk.answer(question, now=call.now)
        answer = self._record.keep(call.caller, question, answer)
        shown = narrowed(answer, call.caller.scope)
        language = language_of(call.fields.get(b"accept-language", b""))
        return Reply(self._writers[language].write(shown), _fields(answer.freshness, language))

    async def decide_batch(self, call: Call) -> Reply:
        """Answer all questions that can be read; the others get an error each."""
        batch = read_batch(await call.body(MAX_BATCH_BYTES))
        self._admission.spend(call.caller, len(batch.questions), now=call.now)
        if len(batch.questions) > SHORT_BATCH:
            return await sync_to_thread(self.many, call, batch)
        return self.many(call, batch)

    def _decide_all(self, call: Call, batch: AskedBatch) -> Reply:
        language = language_of(call.fields.get(b"accept-language", b""))
        read = [_question_or_error(item.question) for item in batch.questions]
        questions = [one for one in read if isinstance(one, Question)]
        answers = self._desk.answer_batch(questions, now=call.now)
        answers = self._record.keep_all(call.caller, questions, answers)
        write, scope, brief = self._writers[language].write, call.caller.scope, batch.brief
        written = (Raw(write(narrowed(answer, scope), brief=brief)) for answer in answers)
        items = [
            AnsweredItem(key=item.key, error=one)
            if isinstance(one, ItemError)
            else AnsweredItem(key=item.key, answer=next(written))
            for item, one in zip(batch.questions, read, strict=True)
        ]
        worst = max((one.freshness for one in answers), key=_age, default=None)
        return Reply(_ENCODE(AnsweredBatch(answers=items)), _fields(worst, language))


def _question_or_error(written: Raw) -> "Question | ItemError":
    try:
        return read_question(written)
    except InvalidRequestError as error:
        return ItemError(code=row_of(error).reason, detail=public_message(error))


def _age(freshness: Freshness) -> int:
    return _AGES[freshness.condition]


@lru_cache(maxsize=1024)  # all answers from one list have the same
def _fields(freshness: Freshness | None, language: str) -> tuple[tuple[bytes, bytes], ...]:
    """Return what the fields of an answer say: how fresh its data is, and its language."""
    told = {"cache-control": "no-store", "content-language": language}
    if freshness is not None:
        told[FRESHNESS] = freshness.condition.value
        if freshness.sequence is not None:
            told[SEQUENCE] = str(freshness.sequence)
        if freshness.usable_until is not None:
            told[USABLE_UNTIL] = in_words(freshness.usable_until)
    return tuple((name.encode(), value.encode()) for name, value in told.items())
