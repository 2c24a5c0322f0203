"""Agreements: who recognises which types, in which direction, from when, with which measures.

Everything that differs per agreement or changes over time is dated configuration here, never code.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct


class Lifecycle(StrEnum):
    """How far an agreement has come; one scale for agreements and partner profiles."""

    DRAFT = "draft"
    MEMORANDUM = "memorandum"
    COMPARISON = "comparison"
    JOINT_VALIDATION = "joint validation"
    SIGNED = "signed"
    TESTING = "testing"
    SHADOW = "shadow"
    IN_FORCE = "in force"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Direction(StrEnum):
    """The direction of trade, seen from home."""

    IMPORT = "import"
    EXPORT = "export"


class MeasureCode(StrEnum):
    """Facilitation measures that agreements name (domain.md)."""

    INSP = "INSP"
    DOC = "DOC"
    PRIO = "PRIO"
    EXP = "EXP"
    RISK = "RISK"
    PARTNER = "PARTNER"
    CLO = "CLO"
    RESUME = "RESUME"
    GUAR = "GUAR"


class Measure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measure with its parameters, each as the agreement writes it (`factor = "0.2"`)."""

    code: MeasureCode
    parameters: dict[str, str] = {}


class Interval(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Half-open: [effective_at, until). No end means open."""

    effective_at: datetime
    until: datetime | None = None

    def covers(self, start: datetime, end: datetime | None = None) -> bool:
        """Tell whether the moment `start`, or all of [start, end), lies inside."""
        if start < self.effective_at:
            return False
        return self.until is None or (start < self.until if end is None else end <= self.until)


class Rewrite(Struct, frozen=True, kw_only=True):
    """An old way to write the codes of a scheme: certain, or it does not belong here."""

    pattern: str
    """Regular expression over the whole normalised code, as it was written."""
    becomes: str
    """What it means, with the groups of the pattern: `SG\\1`."""
    example: str
    """One such code; what it becomes is a code of the scheme."""


class IdentifierScheme(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What this partner's declared codes look like; the pattern is matched after normalisation."""

    name: str
    pattern: str
    """Regular expression over the whole normalised code."""
    example: str | None = None
    verified: bool = False
    max_length: int = 35
    check_digit: str | None = None
    """Name of a check that bootstrap hands over (`cn.uscc`), for the code after its country."""
    rewrites: tuple[Rewrite, ...] = ()


class Rules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is recognised in one interval."""

    interval: Interval
    programme: str
    types: tuple[str, ...]
    """Covered types or tiers of the programme."""
    roles: tuple[str, ...] = ()
    """Covered roles; empty covers all."""
    directions: tuple[Direction, ...]
    measures: tuple[Measure, ...]
    schemes: tuple[IdentifierScheme, ...]


class Disclosure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of the home programme the partner gets (PUB-2)."""

    types: tuple[str, ...]
    fields: tuple[str, ...]
    """Optional operator fields that may be disclosed: `alternateIds`, `tradeNames`, `addresses`,
    `roles`, and of an authorisation `acceptedAt`, `changeReason`."""


class Review(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a list is held for officers, and how many of them decide (ACC-12)."""

    four_eyes: bool = True
    """Two actors, each with a key of its own, release, reject, roll back or lift restrictions."""
    mass_change_share: float = 0.10
    mass_change_floor: int = 20
    """As many operators removed or deactivated, or added, and more than the share, hold a list."""
    restrict_held: bool = True
    """Suspensions and revocations of a held list act as restrictions at once."""


class Territory(Struct, frozen=True, kw_only=True):
    """Whose codes they are."""

    partner: str
    prefixes: tuple[str, ...]
    """As in `Agreement.territory`."""


class Agreement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One MRA between home and one partner."""

    id: str
    """`CN-SG`: what `CommunicationsAgreementID` carries."""
    home: str
    partner: str
    partner_name: str
    state: Lifecycle
    in_force: Interval | None = None
    suspensions: tuple[Interval, ...] = ()
    rules: tuple[Rules, ...] = ()
    territory: tuple[str, ...]
    """Id prefixes of the partner: `("SG",)`; for the EU its members, `GR` and `EL` (ACC-4)."""
    time_zone: str = "UTC"
    period: timedelta
    """Expected time between lists."""
    grace: timedelta
    """LATE until next update plus this; default of a profile: one period."""
    max_age: timedelta
    """Nothing issued longer ago than this decides (ACC-9)."""
    max_next_update: timedelta
    """Longest `NextUpdateDateTime` after `IssueDateTime` (ACC-9)."""
    disclosure: Disclosure
    review: Review = Review()
    contact: str | None = None
    source: str | None = None
    """Announcement or document from which this was taken."""

    def rules_at(self, moment: datetime) -> Rules | None:
        """The rules in force at `moment`, or none."""
        return next((rules for rules in self.rules if rules.interval.covers(moment)), None)


def damaged_agreement(agreement: str, territory: Territory) -> Agreement:
    """Return what stands for an agreement that cannot be read: it claims codes, and has no rules.

    Its data is missed whatever the time is.
    """
    nothing = timedelta(0)
    return Agreement(
        id=agreement,
        home="",
        partner=territory.partner,
        partner_name=territory.partner,
        state=Lifecycle.IN_FORCE,
        in_force=Interval(effective_at=datetime.min.replace(tzinfo=UTC)),
        territory=territory.prefixes,
        period=nothing,
        grace=nothing,
        max_age=nothing,
        max_next_update=nothing,
        disclosure=Disclosure(types=(), fields=()),
    )
