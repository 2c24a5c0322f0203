"""`mra doctor`: is this gateway fit, and what has to be done next?"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from gateway.bootstrap import Gateway, load_keys, open_gateway, read_issuer_keys, system_clock
from gateway.config.lookup_tables import Tokens
from gateway.config.settings import Settings
from gateway.domain.counts import number_of
from gateway.domain.errors import ConfigError, GatewayError, UnreadableRecordError
from gateway.domain.profiles import PartnerProfile
from gateway.entrypoints.cli.context import ConfigPath, settings_of
from gateway.entrypoints.cli.output import AsJson, print_json, print_line, say
from gateway.entrypoints.error_catalogue import row_of
from gateway.services.doctor import (
    Check,
    Level,
    check_audit_head,
    check_clock,
    check_four_eyes,
    check_restores,
    check_roots,
    check_streams,
    has_failed,
)
from gateway.services.doctor_keys import (
    Dated,
    check_compromised,
    check_second_keys,
    check_validity,
)
from gateway.services.publish import is_exchanging
from gateway.store.decision_log import try_decision_log
from gateway.trust.validity import (
    Validity,
    validity_of_certificates,
    validity_of_revocation_list,
)

MARKS = {Level.OK: "✓", Level.WARNING: "!", Level.FAILED: "✗"}
RENEW_TLS = "Put the new certificate and key in the place of the files; running servers take over."
RENEW_AUDIT = (
    "Name the new certificate and key in [audit], and the old certificate under earlier; restart."
)
RENEW_SIGNER = (
    "Let every partner register the new certificate first; then replace the files and restart."
)


def doctor(config: ConfigPath = None, as_json: AsJson = False) -> int:
    """Check clock, keys, certificates, database, streams and deliveries; exit 1 if one failed."""
    settings = settings_of(config)
    checks = list(_examine(settings))
    failed = has_failed(checks)
    if as_json:
        print_json({"fit": not failed, "checks": checks})
        return int(failed)
    for check in checks:
        print_line(f"{MARKS[check.level]} {check.name}: {check.detail}")
        if check.fix is not None:
            print_line(f"    {check.fix}")
    counts = Counter(check.level for check in checks)
    say(
        "nothing needs you"
        if counts[Level.OK] == len(checks)
        else f"{counts[Level.FAILED]} failed, {counts[Level.WARNING]} to look at, "
        f"of {number_of(len(checks), 'check')}"
    )
    return int(failed)


def _examine(settings: Settings) -> Iterator[Check]:
    now = system_clock()
    yield _keys(settings)
    for dated in _own_certificates(settings):
        yield check_validity(dated, now=now)
    if settings.lookup.tokens is not None:
        yield _issuer_keys(settings.lookup.tokens)
    yield _decision_log(settings)
    try:
        gateway = open_gateway(settings)
    except GatewayError as error:
        yield _failed("database", error)
        return
    try:
        yield from _examine_registry(gateway)
    except GatewayError as error:
        yield _failed("database", error)
    finally:
        gateway.close()


def _examine_registry(gateway: Gateway) -> Iterator[Check]:
    now, store = gateway.clock(), gateway.store
    known = store.profiles.survey()
    stored = known.readable
    exchanging = [each.profile for each in stored if is_exchanging(each.profile)]
    yield Check(
        name="database",
        level=Level.OK,
        detail=f"fits this release; {number_of(len(stored), 'partner profile')}, with "
        f"{len(exchanging)} of them lists travel",
    )
    for damaged in known.damaged:
        yield _failed(f"profile {damaged.agreement}", UnreadableRecordError(damaged.problem))
    yield check_clock((each.profile for each in stored), store.registry, now=now)
    for profile in exchanging:
        for dated in _partner_certificates(profile):
            yield check_validity(dated, now=now)
        yield from _sftp(profile)
    own = (gateway.settings.lists, gateway.settings.acknowledgements)
    yield from check_second_keys(exchanging, has_keys=all(pair.hybrid for pair in own))
    yield from check_compromised(exchanging, store.registry, now=now)
    yield check_audit_head(
        store.audit_heads.newest(), is_configured=gateway.settings.audit is not None, now=now
    )
    yield check_four_eyes(exchanging, store.actors.all())
    yield from check_streams(exchanging, store.registry, store.overview, now=now)
    yield from check_restores(exchanging, store.publications)
    yield from check_roots(exchanging, store.outbox)


def _keys(settings: Settings) -> Check:
    try:
        load_keys(settings, now=system_clock())
    except GatewayError as error:
        return _failed("own keys", error)
    return Check(
        name="own keys",
        level=Level.OK,
        detail="each use has its own, they fit their certificates, and only their owner reads them",
    )


def _issuer_keys(tokens: Tokens) -> Check:
    try:
        keys = read_issuer_keys(tokens)
    except GatewayError as error:
        return _failed("issuer keys", error)
    said = f"of {tokens.issuer}: {' '.join(sorted(keys))}"
    return Check(name="issuer keys", level=Level.OK, detail=said)


def _decision_log(settings: Settings) -> Check:
    rule = settings.lookup.decision_log
    if rule == "off":
        return Check(
            name="decision log",
            level=Level.WARNING,
            detail="is off: nobody can tell later who was told what",
            fix='Set decision_log of [lookup] to "required" or "best effort".',
        )
    try:
        try_decision_log(settings.database.read_url())
    except GatewayError as error:
        return _failed("decision log", error)
    return Check(
        name="decision log", level=Level.OK, detail=f"fits this release, can be written; {rule}"
    )


def _failed(name: str, error: GatewayError) -> Check:
    return Check(name=name, level=Level.FAILED, detail=error.message, fix=row_of(error).next_step)


def _own_certificates(settings: Settings) -> Iterator[Dated]:
    pairs = {
        "own tls": (settings.tls.certificate, RENEW_TLS),
        "own lists": (settings.lists.certificate, RENEW_SIGNER),
        "own acknowledgements": (settings.acknowledgements.certificate, RENEW_SIGNER),
    }
    for owner, pair in (("lists", settings.lists), ("acknowledgements", settings.acknowledgements)):
        if pair.hybrid is not None:
            pairs[f"own {owner} hybrid"] = (pair.hybrid.certificate, RENEW_SIGNER)
    for owner, (path, renewal) in pairs.items():
        for found in _validity_in(path):
            yield _dated(owner, found, renewal, is_required=True)
    if settings.audit is not None:
        for found in _validity_in(settings.audit.certificate):
            yield _dated("own audit", found, RENEW_AUDIT)


def _validity_in(path: Path) -> list[Validity]:
    try:
        return validity_of_certificates(path.read_text("ascii"))
    except (OSError, ConfigError, UnicodeDecodeError):
        # The check of the keys has told already what is wrong with the file.
        return []


def _partner_certificates(profile: PartnerProfile) -> Iterator[Dated]:
    partner = profile.partner
    renewal = f"Ask {partner} for its new certificate, put it beside partner.toml, and apply that."
    for anchors in profile.trust:
        for pem in (*anchors.pinned, *anchors.authorities):
            for found in validity_of_certificates(pem):
                yield _dated(f"{partner} {anchors.use.value}", found, renewal)
        for pem in anchors.revocation_lists:
            owner = f"{partner} {anchors.use.value} revocation list"
            yield _dated(owner, validity_of_revocation_list(pem), renewal, grace=anchors.crl_grace)
    for pem in profile.endpoint.server_authorities if profile.endpoint else ():
        for found in validity_of_certificates(pem):
            yield _dated(f"{partner} server", found, renewal)


def _sftp(profile: PartnerProfile) -> Iterator[Check]:
    folders = profile.exchange.folders
    if folders is None or folders.sftp is None:
        return
    # Only who has such a partner waits for the library's import.
    from gateway.exchange.xml_feed.sftp_session import (  # noqa: PLC0415 - as said
        load_client_key,
        load_host_keys,
    )

    name, place = f"sftp {profile.agreement.id}", folders.sftp
    try:
        key, pinned = load_client_key(place), load_host_keys(place)
    except ConfigError as error:
        yield _failed(name, error)
        return
    shown = ", ".join(each.get_fingerprint() for each in pinned)
    yield Check(
        name=name,
        level=Level.OK,
        detail=f"{place.user} at {place.address} with key {key.get_fingerprint()}; pinned: {shown}",
    )


def _dated(
    owner: str,
    found: Validity,
    renewal: str,
    *,
    is_required: bool = False,
    grace: timedelta | None = None,
) -> Dated:
    return Dated(
        owner=owner,
        name=found.name,
        expires_at=found.expires_at,
        is_required=is_required,
        renewal=renewal,
        grace=grace,
    )
