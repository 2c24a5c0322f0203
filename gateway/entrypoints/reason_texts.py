"""What the reason codes of acknowledgements and of answers mean: title, meaning, what to do next.

The catalogue (`error_catalogue.explain`) reads them; a test fails on a code without a text.
"""

from gateway.domain.answers import AnswerReason
from gateway.domain.decisions import ReasonCode
from gateway.entrypoints.wording import DEFAULT_LANGUAGE, find_language

Text = tuple[str, str, str]

_CORRECT_OPERATOR = "The issuer corrects the operator in its next list; meanwhile it never grants."

LIST_REASONS: dict[str, Text] = {
    ReasonCode.ROLLBACK: (
        "Older than the accepted list",
        (
            "The sequence is lower than the accepted one and was never seen: an old list is "
            "replayed, or the issuer went back (ACC-7)."
        ),
        "The issuer continues from the accepted sequence with a FULL list.",
    ),
    ReasonCode.EQUIVOCATION: (
        "Two lists with one sequence",
        (
            "The issuer signed two lists with this sequence, or the chain contradicts a list "
            "that was seen. Both are kept as evidence (ACC-6)."
        ),
        "An officer clears it with the issuer and opens the stream again.",
    ),
    ReasonCode.STREAM_HELD: (
        "Stream waits for an officer",
        "The stream was stopped, and no list is accepted until an officer decides (ACC-6).",
        "An officer decides; the issuer need not send again before.",
    ),
    ReasonCode.GAP: (
        "Base of the changes is missing",
        "The list holds changes, and the list that they start from is not accepted (ACC-8).",
        "The issuer sends a FULL list.",
    ),
    ReasonCode.OVERTAKEN: (
        "Overtaken by a later list",
        (
            "The list was refused before, and its sequence is no longer higher than the accepted "
            "one (ACC-8)."
        ),
        "Nothing: the later list stands.",
    ),
    ReasonCode.SEQUENCE_JUMP: (
        "Sequence jumps too far",
        "The sequence is more than 1,000 ahead of the accepted one (SEQ-3).",
        "An officer asks the issuer why, then releases or rejects the list.",
    ),
    ReasonCode.MASS_CHANGE: (
        "Mass change",
        (
            "More operators are added, removed or deactivated than the agreement lets pass, or the "
            "list is empty (ACC-12). Suspensions and revocations in it act as restrictions."
        ),
        "An officer looks at the difference, asks the issuer, then releases or rejects the list.",
    ),
    ReasonCode.BASE_HELD: (
        "Stands on a held list",
        "The changes are over a list that waits for an officer, and wait with it (ACC-13).",
        "Nothing: the officer's decision on the held list covers this one.",
    ),
    ReasonCode.REJECTED_BEFORE: (
        "State was rejected before",
        "An officer rejected a list with the same state, and this one would bring it (ACC-13).",
        "An officer asks the issuer, then releases or rejects the list.",
    ),
    ReasonCode.ISSUED_IN_FUTURE: (
        "Issued in the future",
        "The time of issue lies more than the tolerated skew ahead of our clock (ACC-9).",
        "Both sides compare their clocks; the list is judged afresh when it is offered again.",
    ),
    ReasonCode.ISSUED_BEFORE_ACCEPTED: (
        "Issued before the accepted list",
        (
            "The sequence is higher, but the time of issue lies before that of the accepted list "
            "(ACC-9)."
        ),
        "The issuer corrects its clock and issues a new list.",
    ),
    ReasonCode.NEXT_UPDATE_INVALID: (
        "Next update is invalid",
        "Next update is not after issue, or further off than the agreement allows (ACC-9).",
        "The issuer sets the next update within the agreement's maximum and issues a new list.",
    ),
    ReasonCode.OPERATOR_ORDER: (
        "Operators out of order",
        (
            "Operators do not stand in strictly ascending byte order of id, or one id stands twice "
            "(ACC-10, STA-7)."
        ),
        "The issuer sorts the operators by the UTF-8 bytes of their ids and issues a new list.",
    ),
    ReasonCode.TOO_MANY_UNUSABLE: (
        "Too many unusable operators",
        "More operators break the agreement's rules than a list may carry (ACC-10).",
        "The issuer corrects the operators that are named and issues a new list.",
    ),
    ReasonCode.ROOT_MISMATCH: (
        "State root differs",
        "The state root computed from the operators is not the one in the header (ACC-11, STA-4).",
        "The issuer checks its canonical forms against the published vectors, then sends a FULL.",
    ),
    ReasonCode.COUNT_MISMATCH: (
        "Number of operators differs",
        "The list does not hold as many operators as its header says (ACC-11).",
        "The issuer sends a FULL list.",
    ),
    ReasonCode.OPERATOR_SCHEME: (
        "Operator id is in no scheme",
        "The id is in none of the agreement's schemes, or not in their normal form (ACC-10).",
        _CORRECT_OPERATOR,
    ),
    ReasonCode.OPERATOR_TERRITORY: (
        "Operator of a foreign territory",
        "The id belongs to a territory that the issuer does not speak for (ACC-4, ACC-10).",
        _CORRECT_OPERATOR,
    ),
    ReasonCode.OPERATOR_DATES: (
        "Operator's dates contradict",
        "The dates of an authorisation are in an impossible order (ACC-10).",
        _CORRECT_OPERATOR,
    ),
    ReasonCode.OPERATOR_TWIN: (
        "Two ids with one normal form",
        "Two operators of the list have ids with the same normal form (STA-1).",
        _CORRECT_OPERATOR,
    ),
}

_ENGLISH = find_language(DEFAULT_LANGUAGE)
ANSWER_REASONS: dict[str, Text] = {
    reason: (
        _ENGLISH.text(f"reason.{reason}.title"),
        _ENGLISH.text(f"reason.{reason}.meaning"),
        _ENGLISH.text(f"reason.{reason}.next"),
    )
    for reason in AnswerReason
}
"""Those of answers are said in many languages (`wording`); here they are in English."""
