"""Questions and batches as HTTP callers write them in JSON; their schema is published."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Final, TypeVar

from msgspec import DecodeError, Meta, Raw, Struct, ValidationError, json

from gateway.domain.agreements import Direction
from gateway.domain.answers import Question
from gateway.domain.errors import InvalidRequestError, TooLargeError
from gateway.domain.operators import ROLES
from gateway.entrypoints.lookup_limits import (
    MAX_CODE,
    MAX_KEY,
    MAX_NAME,
    MAX_QUESTIONS,
    invalid,
    require_role,
)
from gateway.services.search_hits import LONGEST_QUERY

T = TypeVar("T")

MAX_QUESTION_BYTES: Final = 16 * 1024
"""Of one question or search."""

_YEAR: Final = "(19|20)[0-9]{2}"
_LEAP_YEAR: Final = "((19|20)(0[48]|[2468][048]|[13579][26])|2000)"
_DAY: Final = (
    f"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    f"|02-(0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
ON: Final = f"^{_DAY}(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z)?$"
"""Days, and whole seconds in UTC, that exist, of 1900 to 2099."""
_ON: Final = re.compile(ON)


class AskedQuestion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Is this declared code a partner's operator, on that date, and what is to be granted?"""

    code: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_CODE,
            description="As declared, in any form: with spaces, hyphens, full width.",
            examples=["XB123456"],
        ),
    ]
    on: Annotated[
        str | None,
        Meta(
            description="The date asked about: a day in the agreement's time zone, or a moment in "
            "UTC. Absent: the moment of asking.",
            examples=["2026-11-02", "2026-11-02T12:00:00Z"],
            extra_json_schema={"pattern": ON},
        ),
    ] = None
    role: Annotated[
        str | None,
        Meta(
            description="EDIFACT 3035. Absent: not judged.",
            examples=["IM"],
            extra_json_schema={"enum": [*sorted(ROLES), None]},
        ),
    ] = None
    direction: Annotated[
        Direction | None,
        Meta(description="Seen from the home administration. Absent: not judged."),
    ] = None
    name: Annotated[
        Annotated[str, Meta(max_length=MAX_NAME)] | None,
        Meta(description="The declared name: it may contradict, it never grants."),
    ] = None
    test: Annotated[
        bool,
        Meta(
            description="About a reserved test code (`ZZ…`) and nothing real. Never set it for a "
            "declaration."
        ),
    ] = False

    def question(self) -> Question:
        """Return what the desk is asked.

        Raises:
            InvalidRequestError: The date or the role is none.
        """
        if self.role is not None:
            require_role(self.role)
        return Question(
            code=self.code,
            on=None if self.on is None else _moment(self.on),
            role=self.role,
            direction=self.direction,
            name=self.name or None,
            test=self.test,
        )


class AskedItem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question of a batch, with the caller's own key."""

    question: Annotated[
        Raw,
        Meta(description="An `AskedQuestion`. One that is none gets an error of its own."),
    ]
    key: Annotated[
        str,
        Meta(max_length=MAX_KEY, description="Given back as it is.", examples=["line 7"]),
    ] = ""


class AskedBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Many questions, answered from the same lists."""

    questions: Annotated[
        list[AskedItem],
        Meta(description="In any order.", extra_json_schema={"maxItems": MAX_QUESTIONS}),
    ]
    brief: Annotated[
        bool, Meta(description="Leave out `rungs`, `hints` and `next_step` of every answer.")
    ] = False


class AskedSearch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which operator is called so, or lives there?"""

    query: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=LONGEST_QUERY,
            description="Names, parts of an address, or both, in any script.",
            examples=["Northwind Ceramics"],
        ),
    ]
    agreement: Annotated[
        str | None, Meta(description="Only operators of this one.", examples=["XA-XB"])
    ] = None
    page_size: Annotated[
        int, Meta(ge=0, description="Hits of a page. 0 means 20, more than 100 means 100.")
    ] = 0
    page_token: Annotated[
        str, Meta(description="`next_page_token` of the page before. Empty: the first page.")
    ] = ""


def _reader(kind: type[T]) -> Callable[[bytes | Raw], T]:
    decode = json.Decoder(kind).decode

    def read(body: bytes | Raw) -> T:
        try:
            return decode(body)
        except ValidationError as error:
            text = str(error).replace(" - at ", " at ")
            raise InvalidRequestError(text[:1].lower() + text[1:]) from error
        except (DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidRequestError("the body is no JSON document in UTF-8") from error

    return read


_read_question: Final = _reader(AskedQuestion)
_read_batch: Final = _reader(AskedBatch)
read_search: Final = _reader(AskedSearch)
"""Reads a search, or raises `InvalidRequestError`."""


def read_question(body: bytes | Raw) -> Question:
    """Read one question.

    Raises:
        InvalidRequestError: It is not as the schema says; the place is named.
    """
    return _read_question(body).question()


def read_batch(body: bytes) -> AskedBatch:
    """Read a batch; its questions are read one by one, with `read_question`.

    Raises:
        InvalidRequestError: It is not as the schema says; the place is named.
        TooLargeError: It has too many questions.
    """
    batch = _read_batch(body)
    if len(batch.questions) > MAX_QUESTIONS:
        raise TooLargeError(f"a batch has at most {MAX_QUESTIONS} questions")
    return batch


def _moment(text: str) -> date | datetime:
    # `fullmatch`, because `$` would let a line end pass.
    if not _ON.fullmatch(text):
        wanted = "a day or a moment of 1900 to 2099: YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"
        raise invalid("on", f"has to be {wanted}")
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
