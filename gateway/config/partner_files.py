"""Partner files: `partners/<agreement>/partner.toml` to a profile and back.

Dates without a time begin at midnight in the agreement's own time zone. PEM files stand beside the
file and are embedded when it is read, so that a stored profile needs no file.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec.structs import asdict
from pydantic import ValidationError

from gateway.config.durations import format_duration
from gateway.config.partner_pem import PemReader, marked_authorities, shared_keys
from gateway.config.partner_rules import contradictions
from gateway.config.partner_tables import (
    EndpointTable,
    ExchangeTable,
    FoldersTable,
    IntervalTable,
    PartnerTable,
    RulesTable,
    SchemeTable,
    TrustTable,
    instant,
)
from gateway.config.problems import config_error, problems_of
from gateway.config.toml_text import Inline, read_toml, toml_document
from gateway.domain.agreements import (
    Agreement,
    Disclosure,
    IdentifierScheme,
    Interval,
    Measure,
    Review,
    Rewrite,
    Rules,
)
from gateway.domain.errors import ConfigError
from gateway.domain.profiles import (
    CompromisedKey,
    Endpoint,
    Folders,
    Limits,
    PartnerProfile,
    Schedule,
    SftpPlace,
    TrustAnchors,
    Ways,
)

FILE_NAME = "partner.toml"
NEXT_UPDATE_PERIODS = 2
"""Default of `max_next_update`: a list may announce the next but one."""


def load_partners(folder: Path) -> list[PartnerProfile]:
    """Read all partner files of a folder, in the order of their agreements.

    Raises:
        ConfigError: The folder is missing, or files are wrong: all that is wrong is named.
    """
    if not folder.is_dir():
        raise config_error(folder, [("", "no such folder; it holds <agreement>/partner.toml")])
    profiles: list[PartnerProfile] = []
    refused: list[str] = []
    for path in sorted(folder.glob(f"*/{FILE_NAME}")):
        try:
            profiles.append(_in_its_folder(load_partner(path), path))
        except ConfigError as error:
            refused.append(error.message)
    if refused:
        raise ConfigError("\n".join(refused), context={"folder": str(folder)})
    return profiles


def load_partner(path: Path) -> PartnerProfile:
    """Read one partner file.

    Raises:
        ConfigError: Missing, no TOML, or wrong: the file and every wrong key are named.
    """
    try:
        table = PartnerTable.model_validate(read_toml(path))
    except ValidationError as error:
        raise config_error(path, problems_of(error, PartnerTable)) from error
    problems = contradictions(table)
    profile = _profile(table, PemReader(path.parent, problems))
    problems += shared_keys(profile.trust) + marked_authorities(profile.trust)
    if problems:
        raise config_error(path, problems)
    return profile


def dump_partner(profile: PartnerProfile) -> str:
    """Write a profile as the file that `load_partner` reads back to it, PEM texts included."""
    agreement = profile.agreement
    zone = ZoneInfo(agreement.time_zone)
    return toml_document(
        {
            "id": agreement.id,
            "home": agreement.home,
            "partner": agreement.partner,
            "name": agreement.partner_name,
            "state": agreement.state.value,
            "kind": profile.kind.value,
            "enabled": profile.enabled,
            "test": profile.test,
            "receive_epoch": profile.receive_epoch,
            "send_epoch": profile.send_epoch,
            "territory": agreement.territory,
            "time_zone": agreement.time_zone,
            "period": format_duration(agreement.period),
            "grace": format_duration(agreement.grace),
            "max_age": format_duration(agreement.max_age),
            "max_next_update": format_duration(agreement.max_next_update),
            "contact": agreement.contact,
            "source": agreement.source,
            "in_force": _interval_table(agreement.in_force, zone) if agreement.in_force else None,
            "suspensions": [_interval_table(each, zone) for each in agreement.suspensions] or None,
            "schedule": _schedule_table(profile.schedule),
            "disclosure": {
                "types": agreement.disclosure.types,
                "fields": agreement.disclosure.fields,
            },
            "review": _unusual(agreement.review, Review()) or None,
            "rules": [_rules_table(rules, zone) for rules in agreement.rules] or None,
            "endpoint": profile.endpoint and asdict(profile.endpoint),
            "exchange": _exchange_table(profile.exchange) or None,
            "trust": [_trust_table(anchors, zone) for anchors in profile.trust] or None,
            "limits": _unusual(profile.limits, Limits()) or None,
        }
    )


def _in_its_folder(profile: PartnerProfile, path: Path) -> PartnerProfile:
    if profile.agreement.id != path.parent.name:
        text = f"{profile.agreement.id!r} stands in the folder {path.parent.name!r}"
        raise config_error(path, [("id", text)])
    return profile


def _profile(table: PartnerTable, pem: PemReader) -> PartnerProfile:
    schedule = table.schedule
    every = schedule.every or (table.period if schedule.cron is None else None)
    return PartnerProfile(
        agreement=_agreement(table),
        kind=table.kind,
        enabled=table.enabled,
        test=table.test,
        receive_epoch=table.receive_epoch,
        send_epoch=table.send_epoch,
        endpoint=None if table.endpoint is None else _endpoint(table.endpoint, pem),
        exchange=_ways(table.exchange, ZoneInfo(table.time_zone)),
        trust=tuple(
            _anchors(anchors, table, f"trust[{index}]", pem)
            for index, anchors in enumerate(table.trust)
        ),
        schedule=Schedule(
            every=every,
            cron=schedule.cron,
            time_zone=schedule.time_zone,
            jitter=schedule.jitter,
        ),
        limits=Limits(**table.limits.model_dump()),
    )


def _agreement(table: PartnerTable) -> Agreement:
    zone = ZoneInfo(table.time_zone)
    grace = table.period if table.grace is None else table.grace
    max_next_update = table.max_next_update or NEXT_UPDATE_PERIODS * table.period
    return Agreement(
        id=table.id,
        home=table.home,
        partner=table.partner,
        partner_name=table.name,
        state=table.state,
        in_force=None if table.in_force is None else _interval(table.in_force, zone),
        suspensions=tuple(_interval(each, zone) for each in table.suspensions),
        rules=tuple(_rules(rules, zone) for rules in table.rules),
        territory=table.territory or (table.partner,),
        time_zone=table.time_zone,
        period=table.period,
        grace=grace,
        max_age=table.max_age or max_next_update + grace,
        max_next_update=max_next_update,
        disclosure=Disclosure(types=table.disclosure.types, fields=table.disclosure.fields),
        review=Review(**table.review.model_dump()),
        contact=table.contact,
        source=table.source,
    )


def _interval(table: IntervalTable, zone: ZoneInfo) -> Interval:
    until = None if table.until is None else instant(table.until, zone)
    return Interval(effective_at=instant(table.effective_at, zone), until=until)


def _rules(table: RulesTable, zone: ZoneInfo) -> Rules:
    return Rules(
        interval=_interval(table, zone),
        programme=table.programme,
        types=table.types,
        roles=table.roles,
        directions=table.directions,
        measures=tuple(
            Measure(code=code, parameters=parameters) for code, parameters in table.measures.items()
        ),
        schemes=tuple(_scheme(scheme) for scheme in table.schemes),
    )


def _scheme(table: SchemeTable) -> IdentifierScheme:
    rewrites = tuple(Rewrite(**rewrite.model_dump()) for rewrite in table.rewrites)
    return IdentifierScheme(**table.model_dump(exclude={"rewrites"}), rewrites=rewrites)


def _endpoint(table: EndpointTable, pem: PemReader) -> Endpoint:
    authorities = pem.certificates("endpoint.server_authorities", table.server_authorities)
    return Endpoint(
        address=table.address,
        server_authorities=authorities,
        watch_address=table.watch_address,
    )


def _ways(table: ExchangeTable, zone: ZoneInfo) -> Ways:
    return Ways(
        receive=table.receive,
        send=table.send,
        folders=_folders(table.folders),
        hybrid_since=instant(table.hybrid_since, zone) if table.hybrid_since else None,
    )


def _folders(table: FoldersTable | None) -> Folders | None:
    if table is None:
        return None
    sftp = None if table.sftp is None else SftpPlace(**table.sftp.model_dump())
    return Folders(inbox=table.inbox, outbox=table.outbox, sftp=sftp)


def _anchors(table: TrustTable, whole: PartnerTable, key: str, pem: PemReader) -> TrustAnchors:
    zone = ZoneInfo(whole.time_zone)
    return TrustAnchors(
        use=table.use,
        issuer=whole.partner,
        countries=table.countries or (whole.partner,),
        pinned=pem.certificates(f"{key}.pinned", table.pinned),
        authorities=pem.certificates(f"{key}.authorities", table.authorities),
        revocation_lists=pem.revocation_lists(f"{key}.revocation_lists", table.revocation_lists),
        algorithms=table.algorithms,
        compromised=tuple(
            CompromisedKey(
                fingerprint=each.fingerprint, since=instant(each.since, zone), reason=each.reason
            )
            for each in table.compromised
        ),
        crl_grace=table.crl_grace,
        hybrid_since=instant(table.hybrid_since, zone) if table.hybrid_since else None,
    )


def _moment(moment: datetime, zone: ZoneInfo) -> date:
    local = moment.astimezone(zone).date()
    return local if instant(local, zone) == moment else moment.astimezone(UTC)


def _interval_table(interval: Interval, zone: ZoneInfo) -> dict[str, object]:
    until = interval.until
    return {
        "effective_at": _moment(interval.effective_at, zone),
        "until": until and _moment(until, zone),
    }


def _rules_table(rules: Rules, zone: ZoneInfo) -> dict[str, object]:
    return {
        **_interval_table(rules.interval, zone),
        "programme": rules.programme,
        "types": rules.types,
        "roles": rules.roles or None,
        "directions": rules.directions,
        "measures": {each.code.value: Inline(each.parameters) for each in rules.measures},
        "schemes": [_scheme_table(scheme) for scheme in rules.schemes],
    }


def _scheme_table(scheme: IdentifierScheme) -> dict[str, object]:
    rewrites = [asdict(rewrite) for rewrite in scheme.rewrites]
    return asdict(scheme) | {"rewrites": rewrites or None}


def _schedule_table(schedule: Schedule) -> dict[str, object]:
    jitter = schedule.jitter
    return {
        "every": None if schedule.every is None else format_duration(schedule.every),
        "cron": schedule.cron,
        "time_zone": schedule.time_zone,
        "jitter": format_duration(jitter) if jitter else None,
    }


def _exchange_table(ways: Ways) -> dict[str, object]:
    table, folders = _unusual(ways, Ways()), ways.folders
    if folders is None:
        return table
    sftp = folders.sftp and asdict(folders.sftp)
    return {**table, "folders": asdict(folders) | {"sftp": sftp}}


def _trust_table(anchors: TrustAnchors, zone: ZoneInfo) -> dict[str, object]:
    marked = [
        {
            "fingerprint": key.fingerprint,
            "since": _moment(key.since, zone),
            "reason": key.reason or None,
        }
        for key in anchors.compromised
    ]
    grace = anchors.crl_grace and format_duration(anchors.crl_grace)
    hybrid = anchors.hybrid_since and _moment(anchors.hybrid_since, zone)
    table = asdict(anchors) | {"compromised": marked, "crl_grace": grace, "hybrid_since": hybrid}
    return {name: value or None for name, value in table.items()}


def _unusual(chosen: Limits | Review | Ways, usual: Limits | Review | Ways) -> dict[str, object]:
    return {
        name: format_duration(value) if isinstance(value, timedelta) else value
        for name, value in asdict(chosen).items()
        if value != getattr(usual, name)
    }
