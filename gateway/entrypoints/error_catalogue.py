"""One catalogue of what the outside is told: every error class, and every word for a reason.

The rows of errors stand beside it in `error_rows`, texts for reasons in `reason_texts`, those for
faults on the way in `fault_texts`.
"""

from difflib import get_close_matches

from msgspec import Struct

from gateway.domain import errors
from gateway.domain.answers import Verdict
from gateway.domain.errors import GatewayError
from gateway.entrypoints.error_row import EXIT_UNEXPECTED, Row
from gateway.entrypoints.error_rows import CATALOGUE
from gateway.entrypoints.fault_texts import FAULTS
from gateway.entrypoints.reason_texts import ANSWER_REASONS, LIST_REASONS

LIST_REASON = "list reason"
EXIT_OK = 0
EXIT_USAGE = 2
EXIT_DIFFERENT = 12
EXIT_CODES = {
    EXIT_OK: "done; `mra lookup`: GRANT",
    EXIT_UNEXPECTED: "a defect of this gateway; `mra demo`: a step did not hold; `mra doctor`: a "
    "check failed",
    EXIT_USAGE: "wrong use of the command line",
    10: "`mra lookup`: NO_GRANT, a decided no",
    11: "`mra lookup`: UNDETERMINED, no decision could be made",
    EXIT_DIFFERENT: "`mra decision replay`: the answer comes out differently",
    64: "a value in the request is wrong",
    65: "a document or file was refused for what it contains",
    66: "not found",
    69: "the database or service is not available, or not of this release",
    74: "a file or stream of this machine could not be read or written: disk full, no permission",
    75: "failed for now; the same call may succeed later",
    76: "a document is not proven to come from the partner",
    77: "not permitted",
    78: "settings, keys or profiles of this gateway are wrong, or its port is busy",
    79: "a change is so large that it has to be confirmed: `mra operator import`",
    130: "interrupted",
}
"""What the exit codes of `mra` mean: 64 and above as in BSD's sysexits, which schedulers know."""
EXIT_OF_VERDICT = {Verdict.GRANT: EXIT_OK, Verdict.NO_GRANT: 10, Verdict.UNDETERMINED: 11}


_SHORTLY = {errors.BusyError: 1, errors.NotReadyError: 1}


class Explanation(Struct, frozen=True, kw_only=True):
    """What `mra explain CODE` prints."""

    code: str
    kind: str
    """`error`, `list reason`, `answer reason` or `fault on the way`."""
    title: str
    meaning: str
    next_step: str
    row: Row | None = None
    """Only for errors."""


def row_of(error: BaseException | type[BaseException]) -> Row:
    """Return the row of an error or class; of anything unforeseen, that of an internal error."""
    kind = error if isinstance(error, type) else type(error)
    rows = (CATALOGUE[parent] for parent in kind.mro() if parent in CATALOGUE)
    return next(rows, CATALOGUE[GatewayError])


def public_message(error: BaseException) -> str:
    """Return what an authenticated caller may be told: one sentence, never of our inside."""
    row = row_of(error)
    # EXC-9: what is not found, or not for this caller, is told in one way
    if not row.shows_message:
        return row.public_text
    return f"{row.title}: {error}"


def wait_of(error: BaseException) -> int | None:
    """Return after how many seconds the same call may be asked again, where that is known."""
    if isinstance(error, errors.LimitExceededError):
        return error.retry_after
    return next((wait for kind, wait in _SHORTLY.items() if isinstance(error, kind)), None)


def find_explanation(code: str) -> Explanation | None:
    """Explain an error's code, a reason of an acknowledgement or a reason of an answer, or none."""
    wanted = code.strip().upper().replace("-", "_").replace(" ", "_")
    for row in CATALOGUE.values():
        if row.reason == wanted:
            return Explanation(
                code=wanted,
                kind="error",
                title=row.title,
                meaning=row.public_text,
                next_step=row.next_step,
                row=row,
            )
    for kind, texts in ((LIST_REASON, LIST_REASONS), ("answer reason", ANSWER_REASONS)):
        if wanted in texts:
            title, meaning, next_step = texts[wanted]
            return Explanation(
                code=wanted, kind=kind, title=title, meaning=meaning, next_step=next_step
            )
    for fault, (meaning, next_step) in FAULTS.items():
        if fault.value.upper() == wanted:
            return Explanation(
                code=fault.value,
                kind="fault on the way",
                title="TRANSPORT_FAILED",
                meaning=meaning,
                next_step=next_step,
            )
    return None


def explain(code: str) -> Explanation:
    """Explain an error's code, a reason of an acknowledgement or a reason of an answer.

    Raises:
        NotFoundError: No such code; near ones are named.
    """
    explanation = find_explanation(code)
    if explanation is None:
        near = get_close_matches(code.upper(), all_codes(), n=3)
        hint = f"; did you mean {', '.join(near)}" if near else ""
        raise errors.NotFoundError(f"no code {code!r}{hint}", context={"code": code})
    return explanation


def all_codes() -> list[str]:
    """Return every code that `explain` knows, in alphabetical order."""
    reasons = {*(row.reason for row in CATALOGUE.values()), *LIST_REASONS, *ANSWER_REASONS}
    return sorted(reasons | {fault.value for fault in FAULTS})
