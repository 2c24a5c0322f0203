"""The tables of a `partner.toml`, each key with its type: what is written, before what it means."""

import re
from base64 import b64decode
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from gateway.config.administrations import require_administration
from gateway.config.check_digits import CHECKS
from gateway.config.durations import parse_duration
from gateway.domain.agreements import Direction, Lifecycle, MeasureCode, Review
from gateway.domain.operators import ROLES
from gateway.domain.profiles import FeedKind, KeyUse, Limits, Receive, Send

DISCLOSABLE = ("alternateIds", "tradeNames", "addresses", "roles", "acceptedAt", "changeReason")
"""Optional operator fields that an agreement may disclose (PUB-2)."""
HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
)
"""Kinds of keys that a machine may show over SFTP; `ssh-rsa` signs with SHA-2 all the same."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}", re.ASCII)
_YEARS = range(1900, 3000)


def read_moment(value: object) -> date:
    """Take a TOML date or a moment with its offset; text in the same form is taken too.

    Raises:
        ValueError: No date, a moment without an offset, or fractions of a second.
    """
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, date) or value.year not in _YEARS:
        raise ValueError("wanted is a date such as 2026-01-31, or 2026-01-31T00:00:00Z")
    if isinstance(value, datetime) and (value.tzinfo is None or value.microsecond):
        raise ValueError("a moment is in whole seconds and says its offset, such as Z or +08:00")
    return value


def instant(moment: date, zone: tzinfo) -> datetime:
    """Return the moment in UTC; a bare date begins at midnight in the agreement's zone."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(0), zone)
    return moment.astimezone(UTC)


def _parsed(text: str) -> date:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date such as 2026-01-31") from error


def _require_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'{name!r} is not a time zone such as "Asia/Shanghai"') from error
    return name


MOST_OPEN_REPEATS: Final = 3
"""In one pattern: with each more the time for a code may grow by its length once more."""
_OF_ONE_CHARACTER: Final = re.compile(r"\\.|\[\^?\]?[^]]*\]", re.DOTALL)
_REPEATED_GROUP: Final = re.compile(r"\)[+*{]")
_OPEN_REPEAT: Final = re.compile(r"[+*]|\{\d*,\d*\}")


def _require_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
    except (OverflowError, RecursionError) as error:
        raise ValueError("repeats or nests more than a regular expression can") from error
    plain = _OF_ONE_CHARACTER.sub("x", pattern)
    # Each lookup is held to it, and the library has no end of its own.
    if _REPEATED_GROUP.search(plain):
        raise ValueError(f"{pattern!r} repeats a group: that can take for ever; repeat characters")
    if len(_OPEN_REPEAT.findall(plain)) > MOST_OPEN_REPEATS:
        raise ValueError(f"{pattern!r} has more than {MOST_OPEN_REPEATS} repeats of any length")
    return pattern


def _require_check(name: str) -> str:
    if name not in CHECKS:
        raise ValueError(f"{name!r} is no check digit; known are {', '.join(CHECKS)}")
    return name


def _require_role(role: str) -> str:
    if role not in ROLES:
        raise ValueError(f"{role!r} is not a role; known are {', '.join(sorted(ROLES))}")
    return role


def _require_fingerprint(text: str) -> str:
    plain = text.replace(":", "").lower()
    if not _FINGERPRINT.fullmatch(plain):
        raise ValueError("not the SHA-256 of a certificate: 64 hex digits, as openssl shows them")
    return plain


def _require_host_key(line: str) -> str:
    kind, _, rest = line.partition(" ")
    try:
        blob = b64decode(rest.split(" ")[0], validate=True)
    except ValueError:
        blob = b""
    # The name stands in the key once more (RFC 4253, section 6.6).
    if kind not in HOST_KEYS or not blob.startswith(len(kind).to_bytes(4, "big") + kind.encode()):
        known = ", ".join(HOST_KEYS)
        raise ValueError(f"not a line of ssh-keyscan or of a .pub file, of kind {known}")
    return line.strip()


def _require_disclosable(field: str) -> str:
    if field not in DISCLOSABLE:
        raise ValueError(f"{field!r} is not a field; optional are {', '.join(DISCLOSABLE)}")
    return field


Text = Annotated[str, Field(min_length=1, max_length=512)]
Administration = Annotated[str, AfterValidator(require_administration)]
Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Moment = Annotated[date, PlainValidator(read_moment)]
Zone = Annotated[str, AfterValidator(_require_zone)]
Pattern = Annotated[str, AfterValidator(_require_pattern)]
Role = Annotated[str, AfterValidator(_require_role)]
Fingerprint = Annotated[str, AfterValidator(_require_fingerprint)]
HostKey = Annotated[str, Field(max_length=2048), AfterValidator(_require_host_key)]
CheckDigit = Annotated[str, AfterValidator(_require_check)]
Disclosable = Annotated[str, AfterValidator(_require_disclosable)]
AgreementId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,34}$")]
Prefix = Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9A-Z]{0,33}$")]
Positive = Annotated[int, Field(ge=1)]
Pem = Annotated[str, Field(min_length=1, max_length=16 * 1024**2)]
"""The path of a PEM file, or its text; revocation lists grow long."""
Share = Annotated[float, Field(ge=0, le=1)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IntervalTable(_Table):
    """Half-open, from the first moment to the one after the last."""

    effective_at: Moment
    until: Moment | None = None


class RewriteTable(_Table):
    """An old way to write the partner's codes."""

    pattern: Pattern
    becomes: Text
    example: Text


class SchemeTable(_Table):
    """What the partner's codes look like."""

    name: Text
    pattern: Pattern
    example: Text | None = None
    verified: bool = False
    max_length: Annotated[int, Field(ge=3, le=35)] = 35
    check_digit: CheckDigit | None = None
    rewrites: tuple[RewriteTable, ...] = ()


class RulesTable(IntervalTable):
    """What is recognised in one interval."""

    programme: Text
    types: tuple[Text, ...]
    roles: tuple[Role, ...] = ()
    directions: tuple[Direction, ...]
    measures: dict[MeasureCode, dict[Text, Text]]
    schemes: tuple[SchemeTable, ...]


class DisclosureTable(_Table):
    """What of the home programme the partner gets."""

    types: tuple[Text, ...] = ()
    fields: tuple[Disclosable, ...] = ()


class ReviewTable(_Table):
    """When a list is held, and who decides; the defaults are the domain's."""

    four_eyes: bool = Review().four_eyes
    mass_change_share: Share = Review().mass_change_share
    mass_change_floor: Annotated[int, Field(ge=0)] = Review().mass_change_floor
    restrict_held: bool = Review().restrict_held


class EndpointTable(_Table):
    """Where the partner listens."""

    address: Text
    server_authorities: tuple[Pem, ...]
    watch_address: Text | None = None


class SftpTable(_Table):
    """The machine that the folders are on."""

    address: Text
    user: Text
    key_file: Text
    host_keys: Annotated[tuple[HostKey, ...], Field(min_length=1)]


class FoldersTable(_Table):
    """Two folders instead of an endpoint."""

    inbox: Text
    outbox: Text
    sftp: SftpTable | None = None


class ExchangeTable(_Table):
    """How lists travel in each direction."""

    receive: Receive = Receive.PULL
    send: Send = Send.PULL
    folders: FoldersTable | None = None
    hybrid_since: Moment | None = None


class CompromisedTable(_Table):
    """A signer's certificate whose key others may have."""

    fingerprint: Fingerprint
    since: Moment
    reason: Annotated[str, Field(max_length=512)] = ""


class TrustTable(_Table):
    """Certificates for one use: PEM files beside this one, or PEM text."""

    use: KeyUse
    issuer: Administration | None = None
    countries: tuple[Administration, ...] = ()
    pinned: tuple[Pem, ...] = ()
    authorities: tuple[Pem, ...] = ()
    revocation_lists: tuple[Pem, ...] = ()
    algorithms: tuple[Text, ...] = ()
    compromised: tuple[CompromisedTable, ...] = ()
    crl_grace: Duration = timedelta(0)
    hybrid_since: Moment | None = None


class ScheduleTable(_Table):
    """When the partner is asked."""

    every: Duration | None = None
    cron: Text | None = None
    time_zone: Zone = "UTC"
    jitter: Duration = timedelta(0)


class LimitsTable(_Table):
    """Upper bounds on what the partner may send; the defaults are the domain's."""

    max_document_bytes: Positive = Limits().max_document_bytes
    max_document_operators: Positive = Limits().max_document_operators
    max_container_bytes: Positive = Limits().max_container_bytes
    max_body_bytes: Positive = Limits().max_body_bytes
    max_operators: Positive = Limits().max_operators
    max_depth: Positive = Limits().max_depth
    clock_skew: Duration = Limits().clock_skew
    unusable_share: Share = Limits().unusable_share
    unusable_floor: Annotated[int, Field(ge=0)] = Limits().unusable_floor
    fetch_timeout: Duration = Limits().fetch_timeout


class PartnerTable(_Table):
    """A whole file."""

    id: AgreementId
    home: Administration
    partner: Administration
    name: Text
    state: Lifecycle
    kind: FeedKind
    enabled: bool = True
    test: bool = False
    receive_epoch: Positive = 1
    send_epoch: Positive = 1
    territory: tuple[Prefix, ...] = ()
    time_zone: Zone = "UTC"
    period: Duration
    grace: Duration | None = None
    max_age: Duration | None = None
    max_next_update: Duration | None = None
    contact: Text | None = None
    source: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    in_force: IntervalTable | None = None
    suspensions: tuple[IntervalTable, ...] = ()
    rules: tuple[RulesTable, ...] = ()
    disclosure: DisclosureTable = DisclosureTable()
    review: ReviewTable = ReviewTable()
    endpoint: EndpointTable | None = None
    exchange: ExchangeTable = ExchangeTable()
    trust: tuple[TrustTable, ...] = ()
    schedule: ScheduleTable = ScheduleTable()
    limits: LimitsTable = LimitsTable()
