"""What a partner file must not contradict, beyond the type of each key."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from apscheduler.triggers.cron import CronTrigger

from gateway.config.administrations import GREECE_IN_TAX_NUMBERS, is_administration
from gateway.config.agreement_rules import CHECKS_OF_RULES
from gateway.config.listen import require_host_port
from gateway.config.partner_tables import PartnerTable
from gateway.config.problems import Problem
from gateway.domain.code_hints import TEST_PREFIX as RESERVED
from gateway.domain.profiles import POST_QUANTUM, FeedKind, KeyUse, Receive, Send
from gateway.trust.algorithms import ALGORITHMS

_NOTHING = timedelta(0)
_ALONE = frozenset(ALGORITHMS) - {POST_QUANTUM}
"""What may be the only signature; ML-DSA-65 stands beside one of them (`hybrid_since`)."""
_CRON_FIELDS = 5
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""Any: what never comes after it never comes."""


def contradictions(table: PartnerTable) -> list[Problem]:
    """Return everything wrong with a file whose keys are all of the right type."""
    checks: tuple[Callable[[PartnerTable], Iterator[Problem]], ...] = (
        _administrations,
        _spans,
        *CHECKS_OF_RULES,
        _endpoint,
        _exchange,
        _trust,
        _schedule,
    )
    return [problem for check in checks for problem in check(table)]


def _administrations(table: PartnerTable) -> Iterator[Problem]:
    if table.home == table.partner:
        yield "partner", f"{table.partner} is home; an agreement has two sides"
    if table.partner == "EU" and not table.territory:
        yield "territory", "required for EU: the prefixes of its members, GR and EL both (ACC-4)"
    if table.partner == RESERVED:
        yield "partner", f"{RESERVED} is reserved for test codes (docs/test-codes.md)"
    for index, prefix in enumerate(table.territory):
        if prefix.startswith(RESERVED):
            yield f"territory[{index}]", f"{prefix!r} is reserved for test codes"
        if not is_administration(prefix[:2]) and prefix[:2] != GREECE_IN_TAX_NUMBERS:
            yield f"territory[{index}]", f"{prefix!r} does not begin with a country"


def _spans(table: PartnerTable) -> Iterator[Problem]:
    spans = {
        "period": table.period,
        "max_age": table.max_age,
        "max_next_update": table.max_next_update,
        "limits.fetch_timeout": table.limits.fetch_timeout,
    }
    for key, span in spans.items():
        if span == _NOTHING:
            yield key, "must be more than 0s"
    if table.max_next_update and table.max_next_update < table.period:
        yield "max_next_update", "shorter than the period: a list could not announce the next one"


def _endpoint(table: PartnerTable) -> Iterator[Problem]:
    if table.endpoint is None:
        return
    if not table.endpoint.server_authorities:
        yield "endpoint.server_authorities", "required: whom else to believe there?"
    try:
        _require_address(table.kind, table.endpoint.address)
    except ValueError as error:
        yield "endpoint.address", str(error)


def _exchange(table: PartnerTable) -> Iterator[Problem]:
    ways, endpoint = table.exchange, table.endpoint
    if ways.folders is not None:
        yield from _folders(table)
        return
    if ways.receive is Receive.WATCH and endpoint is None:
        yield "exchange.receive", "a watch needs an [endpoint]"
    if ways.send is Send.PUSH and endpoint is None:
        yield "exchange.send", "a push needs an [endpoint], or [exchange.folders]"
    if endpoint is None:
        return
    if table.kind.is_xml and endpoint.watch_address:
        yield "endpoint.watch_address", "for gRPC; over HTTPS the address itself answers watches"
    elif endpoint.watch_address:
        try:
            require_host_port(endpoint.watch_address)
        except ValueError as error:
            yield "endpoint.watch_address", str(error)
    elif table.kind is FeedKind.GRPC and ways.receive is Receive.WATCH:
        yield "endpoint.watch_address", "required: watches are answered on a port of their own"


def _folders(table: PartnerTable) -> Iterator[Problem]:
    ways = table.exchange
    assert ways.folders is not None  # noqa: S101 - the caller has looked
    if not table.kind.is_xml:
        yield "exchange.folders", "files hold xml_feed or asice_feed, not messages (EXC-7)"
    if table.endpoint is not None:
        yield "exchange.folders", "beside an [endpoint]; keep one"
    if ways.receive is not Receive.PULL:
        yield "exchange.receive", 'nobody calls through folders: "pull"'
    if ways.send is not Send.PUSH:
        yield "exchange.send", 'nobody asks through folders: "push"'
    if ways.folders.inbox == ways.folders.outbox:
        yield "exchange.folders.outbox", "the same folder as inbox"
    paths = {"inbox": ways.folders.inbox, "outbox": ways.folders.outbox}
    if (sftp := ways.folders.sftp) is not None:
        paths["sftp.key_file"] = sftp.key_file
        try:
            require_host_port(sftp.address)
        except ValueError as error:
            yield "exchange.folders.sftp.address", str(error)
    for key, path in paths.items():
        if not PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            yield f"exchange.folders.{key}", f"{path!r} is not an absolute path"


def _require_address(kind: FeedKind, address: str) -> None:
    if kind is FeedKind.GRPC:
        require_host_port(address)
        return
    parts = urlsplit(address)
    if parts.scheme != "https" or address != f"https://{parts.netloc}" or "@" in parts.netloc:
        raise ValueError(f'{address!r} is not an address such as "https://lists.customs.example"')
    if not parts.hostname or parts.port == 0:  # reading the port checks it
        raise ValueError(f"{address!r} names no host and port")


def _trust(table: PartnerTable) -> Iterator[Problem]:
    used: set[KeyUse] = set()
    for index, anchors in enumerate(table.trust):
        key = f"trust[{index}]"
        if anchors.use in used:
            yield f"{key}.use", f"{anchors.use.value!r} is registered twice; put them into one"
        used.add(anchors.use)
        if anchors.issuer not in {None, table.partner}:
            yield f"{key}.issuer", f"{anchors.issuer} does not sign for {table.partner}"
        if not anchors.countries and table.partner == "EU":
            yield f"{key}.countries", "required for EU: no certificate carries the country EU"
        if not (anchors.pinned or anchors.authorities):
            yield key, "neither pinned certificates nor authorities"
        if not anchors.algorithms and anchors.use is not KeyUse.TLS:
            yield f"{key}.algorithms", "required: exactly those that must sign (SIG-4)"
        if anchors.compromised and anchors.use is KeyUse.TLS:
            yield f"{key}.compromised", "a caller is shut out with: mra caller revoke"
        for algorithm in sorted(set(anchors.algorithms) - _ALONE):
            known = ", ".join(each for each in ALGORITHMS if each in _ALONE)
            yield f"{key}.algorithms", f"{algorithm!r} is not allowed (SIG-4); allowed are {known}"
        if anchors.hybrid_since is not None and anchors.use is KeyUse.TLS:
            yield f"{key}.hybrid_since", "for lists and acknowledgements: nothing else is signed"
    yield from _hybrid(table)


def _hybrid(table: PartnerTable) -> Iterator[Problem]:
    dates = {"exchange": table.exchange.hybrid_since}
    dates |= {f"trust[{index}]": one.hybrid_since for index, one in enumerate(table.trust)}
    for key, since in dates.items():
        # SIG-4: a hybrid stream never falls back to XML
        if since is not None and table.kind.is_xml:
            yield f"{key}.hybrid_since", "XML has one signature; a hybrid stream is grpc_feed"


def _schedule(table: PartnerTable) -> Iterator[Problem]:
    schedule = table.schedule
    if schedule.every is not None and schedule.cron is not None:
        yield "schedule", "every and cron are both set; keep one"
    if schedule.every == _NOTHING:
        yield "schedule.every", "must be more than 0s"
    if schedule.jitter and schedule.jitter >= (schedule.every or table.period):
        yield "schedule.jitter", "must be shorter than the time between two runs"
    if schedule.cron is not None:
        try:
            _require_cron(schedule.cron)
        except ValueError as error:
            yield "schedule.cron", str(error)


def _require_cron(line: str) -> None:
    fields = line.split()
    if len(fields) != _CRON_FIELDS:
        raise ValueError(f'{line!r} has {len(fields)} fields, not 5 as in "30 2 * * mon-fri"')
    # The scheduler counts days from Monday = 0, cron from Sunday = 0, step widths are no safer.
    # SYN-2: a number would mean another day to whoever reads the file
    if any(character.isdecimal() for character in fields[-1]):
        raise ValueError(f'{line!r}: name the days of the week, as in "30 2 * * mon-fri"')
    try:
        trigger = CronTrigger.from_crontab(line, timezone="UTC")
    except ValueError as error:
        raise ValueError(f"{line!r} is no schedule: {error}") from error
    # SYN-2: a day that no month has asks nobody, and nobody would notice
    if trigger.get_next_fire_time(None, _SOME_DAY) is None:
        raise ValueError(f"{line!r} never comes")
