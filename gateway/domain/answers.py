"""A question about a declared code, and the answer that the ladder gives (domain.md)."""

from datetime import date, datetime

from msgspec import Struct

from gateway.domain.agreements import Direction, Measure
from gateway.domain.operators import Authorisation
from gateway.domain.words import Words


class Verdict(Words):
    """Never a boolean: a decided no and "cannot tell" are different answers."""

    GRANT = "GRANT"
    NO_GRANT = "NO_GRANT"
    UNDETERMINED = "UNDETERMINED"


class AnswerReason(Words):
    """Where the ladder stopped, in the order of its rungs."""

    CODE_MALFORMED = "CODE_MALFORMED"
    NO_AGREEMENT = "NO_AGREEMENT"
    AGREEMENT_NOT_IN_FORCE = "AGREEMENT_NOT_IN_FORCE"
    AGREEMENT_SUSPENDED = "AGREEMENT_SUSPENDED"
    DATA_MISSING = "DATA_MISSING"
    DATA_UNTRUSTED = "DATA_UNTRUSTED"
    DATA_STALE = "DATA_STALE"
    NOT_LISTED = "NOT_LISTED"
    ID_AMBIGUOUS = "ID_AMBIGUOUS"
    NAME_CONFLICT = "NAME_CONFLICT"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    NOT_YET_EFFECTIVE = "NOT_YET_EFFECTIVE"
    OPERATOR_UNUSABLE = "OPERATOR_UNUSABLE"
    RESTRICTED_PENDING_REVIEW = "RESTRICTED_PENDING_REVIEW"
    TYPE_NOT_COVERED = "TYPE_NOT_COVERED"
    ROLE_NOT_COVERED = "ROLE_NOT_COVERED"
    DIRECTION_NOT_COVERED = "DIRECTION_NOT_COVERED"
    LOCAL_BLOCK = "LOCAL_BLOCK"
    RECOGNISED = "RECOGNISED"


class Question(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a border system asks. Fields are sorted, as `reference_of` writes them."""

    code: str
    """As declared: any form that the agreement's schemes and legacy forms know."""
    direction: Direction | None = None
    """Absent: not judged, unless the agreement covers one direction only - then it is said so."""
    name: str | None = None
    """The declared name; it may contradict, it never grants."""
    on: date | datetime | None = None
    """The date asked about (valid at); a bare date is 00:00-24:00 in the agreement's time zone;
    absent means the moment of asking."""
    role: str | None = None
    test: bool = False
    """About reserved test codes (`reserved_codes`), and nothing real."""


class FreshnessClass(Words):
    """How old the partner's data is against its own calendar."""

    CURRENT = "CURRENT"
    LATE = "LATE"
    STALE = "STALE"
    MISSING = "MISSING"


class Freshness(Struct, frozen=True, kw_only=True, omit_defaults=True, cache_hash=True, gc=False):
    """What the answer rests on."""

    condition: FreshnessClass
    sequence: int | None = None
    list_digest: str | None = None
    issued_at: datetime | None = None
    received_at: datetime | None = None
    next_update_at: datetime | None = None
    usable_until: datetime | None = None
    signer: str | None = None


class MatchKind(Words):
    """How the operator was found."""

    EXACT = "exact"
    NORMALISED = "normalised"
    LEGACY_FORM = "legacy form"
    CROSS_WALK = "cross-walk"


class Rung(Struct, frozen=True, omit_defaults=True, gc=False):
    """One rung of the ladder with its evidence."""

    number: int
    question: str
    passed: bool
    evidence: str


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A reasoned decision. Fail-safe is normal controls, never refusal of entry."""

    verdict: Verdict
    reason: AnswerReason
    sentence: str
    next_step: str
    code: str
    """As asked."""
    normalised_code: str | None = None
    agreement: str | None = None
    partner: str | None = None
    operator_id: str | None = None
    operator_name: str | None = None
    match: MatchKind | None = None
    authorisation: Authorisation | None = None
    measures: tuple[Measure, ...] = ()
    freshness: Freshness
    hints: tuple[str, ...] = ()
    rungs: tuple[Rung, ...] = ()
    valid_at: date | datetime
    known_at: datetime
    contact: str | None = None
    rule_version: int
    """Version of the name rule and of the ladder, so that a replay uses the same."""
    reference: str | None = None
