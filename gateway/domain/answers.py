"""A question about a declared code, and the answer that the ladder gives (domain.md)."""

from datetime import date, datetime

from msgspec import Struct

from gateway.domain.agreements import Direction, Measure
from gateway.domain.messages import Message
from gateway.domain.operators import Authorisation, Status
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


class Rung(Struct, frozen=True, gc=False):
    """One rung of the ladder with its evidence."""

    number: int
    passed: bool
    evidence: Message


class Validity(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """What an authorisation is worth and when: all that is shown of it to another agency."""

    effective_at: datetime
    expires_at: datetime | None = None
    status: Status


class Basis(Struct, frozen=True, kw_only=True, gc=False):
    """What all answers share that have one agreement, occasion and reason: made once for them."""

    verdict: Verdict
    reason: AnswerReason
    agreement: str | None = None
    partner: str | None = None
    measures: tuple[Measure, ...] = ()
    freshness: Freshness
    valid_at: date | datetime
    known_at: datetime
    rule_version: int
    """Version of the name rule and of the ladder, so that a replay uses the same."""
    snapshot: str | None = None
    """Names what was known; see `domain.snapshot`."""


class Answer(Struct, frozen=True, kw_only=True, gc=False):
    """A reasoned decision. Fail-safe is normal controls, never refusal of entry."""

    basis: Basis
    sentence: tuple[Message, ...]
    """The decision in one sentence, then what was not judged or may soon be otherwise."""
    code: str
    """As asked."""
    normalised_code: str | None = None
    operator_id: str | None = None
    operator_name: str | None = None
    match: MatchKind | None = None
    authorisation: Authorisation | Validity | None = None
    hints: tuple[Message, ...] = ()
    evidence: tuple[Message, ...] = ()
    """Of the rungs from `first_rung` on; the last decided."""
    first_rung: int = 1
    """Another one only where the clock lets no rung before it be judged (ACC-9)."""
    contact: str | None = None
    reference: str

    @property
    def verdict(self) -> Verdict:
        """The decision."""
        return self.basis.verdict

    @property
    def reason(self) -> AnswerReason:
        """Where the ladder stopped."""
        return self.basis.reason

    @property
    def agreement(self) -> str | None:
        """Id of the agreement, if one was found."""
        return self.basis.agreement

    @property
    def partner(self) -> str | None:
        """The administration on the other side of it."""
        return self.basis.partner

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is granted; nothing without a GRANT."""
        return self.basis.measures

    @property
    def freshness(self) -> Freshness:
        """How old the data are that it rests on."""
        return self.basis.freshness

    @property
    def valid_at(self) -> date | datetime:
        """The time asked about."""
        return self.basis.valid_at

    @property
    def known_at(self) -> datetime:
        """The moment of which the knowledge is."""
        return self.basis.known_at

    @property
    def rule_version(self) -> int:
        """Version of the rules that decided."""
        return self.basis.rule_version

    @property
    def next_step(self) -> tuple[Message, ...]:
        """What to do, and whom to ask about a decision that grants nothing."""
        step = Message(f"reason.{self.reason}.next")
        if self.contact is None or self.verdict is Verdict.GRANT:
            return (step,)
        return step, Message("answer.contact", {"contact": self.contact})

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The rungs that were climbed, from the first on."""
        granted, last = self.verdict is Verdict.GRANT, self.first_rung + len(self.evidence) - 1
        return tuple(
            Rung(number, granted or number < last, evidence)
            for number, evidence in enumerate(self.evidence, self.first_rung)
        )
