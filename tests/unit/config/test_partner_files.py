from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from ssl import PEM_cert_to_DER_cert

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.config.partner_files import dump_partner, load_partner, load_partners
from gateway.domain.agreements import Direction, Interval, Lifecycle, MeasureCode, Review
from gateway.domain.errors import ConfigError
from gateway.domain.profiles import (
    CompromisedKey,
    FeedKind,
    Folders,
    KeyUse,
    PartnerProfile,
    Receive,
    Send,
    SftpPlace,
    Ways,
)

SMALLEST = """\
id = "XA-XB"
home = "XA"
partner = "XB"
name = "Customs of Exampleland"
state = "draft"
kind = "xml_feed"
period = "24h"
"""
WHOLE = r"""
id = "XA-XB"
home = "XA"
partner = "XB"
name = 'Customs of "Exampleland"'
state = "in force"
kind = "grpc_feed"
enabled = false
test = true
receive_epoch = 2
send_epoch = 3
territory = ["XB", "XC", "EL"]
time_zone = "Asia/Shanghai"
period = "24h"
grace = "12h"
max_age = "7d"
max_next_update = "2d"
contact = "desk"
source = "an example"

[in_force]
effective_at = 2024-03-15
until = 2030-01-01T00:00:30Z

[[suspensions]]
effective_at = 2025-01-01
until = 2025-01-02

[[rules]]
effective_at = 2024-03-15
until = 2025-06-01
programme = "Example Programme"
types = ["GOLD"]
directions = ["import"]
measures = { PRIO = {} }
schemes = []

[[rules]]
effective_at = 2025-06-01
programme = "Example Programme"
types = ["GOLD", "SILVER"]
roles = ["IM"]
directions = ["import", "export"]

[rules.measures]
INSP = { factor = "0.2", "of what" = "regular" }
PRIO = {}

[[rules.schemes]]
name = "code"
pattern = '^XB[0-9A-Z]{12}$'
example = "XB123456789047"
verified = true
max_length = 14
check_digit = "ru.inn"

[[rules.schemes.rewrites]]
pattern = '^XBOLD([0-9]{12})$'
becomes = 'XB\1'
example = "XBOLD-123456789047"

[disclosure]
types = ["ADVANCED"]
fields = ["addresses", "roles"]

[schedule]
cron = "30 2 * * mon-fri"
time_zone = "Europe/Athens"
jitter = "90s"

[review]
four_eyes = false
mass_change_share = 0.25
mass_change_floor = 50
restrict_held = false

[limits]
max_operators = 1000
fetch_timeout = "30s"
unusable_share = 0.02
"""

Edit = Callable[[str], str]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "XA-XB").mkdir()
    return tmp_path / "XA-XB" / "partner.toml"


def load(file: Path, text: str) -> PartnerProfile:
    file.write_text(text, "utf-8")
    return load_partner(file)


def refusal(file: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(file, text)
    assert caught.value.message.startswith(f"{file}: ")
    return caught.value.message.removeprefix(f"{file}: ")


def certificate(name: str, key: Ed25519PrivateKey | None = None) -> str:
    key = key or Ed25519PrivateKey.generate()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=30))
        .sign(key, None)
    )
    return built.public_bytes(Encoding.PEM).decode()


def revocation_list() -> str:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "CA")]))
        .last_update(begin)
        .next_update(begin + timedelta(days=1))
        .sign(Ed25519PrivateKey.generate(), None)
    )
    return built.public_bytes(Encoding.PEM).decode()


def trust(use: str, pinned: str, *, algorithms: str = '["ed25519"]') -> str:
    return f'[[trust]]\nuse = "{use}"\npinned = ["{pinned}"]\nalgorithms = {algorithms}\n'


def test_smallest_file_gets_defaults_that_work(file: Path) -> None:
    profile = load(file, SMALLEST)
    agreement = profile.agreement
    assert (agreement.territory, agreement.time_zone) == (("XB",), "UTC")
    assert agreement.grace == agreement.period == timedelta(days=1)
    assert (agreement.max_next_update, agreement.max_age) == (timedelta(days=2), timedelta(days=3))
    assert (agreement.disclosure.types, agreement.disclosure.fields) == ((), ())
    assert profile.schedule.every == timedelta(days=1)
    assert profile.endpoint is None
    assert profile.limits == type(profile.limits)()
    assert agreement.review == Review()
    assert (agreement.review.four_eyes, agreement.review.restrict_held) == (True, True)
    assert (agreement.review.mass_change_share, agreement.review.mass_change_floor) == (0.10, 20)


def test_whole_file_is_read(file: Path) -> None:
    profile = load(file, WHOLE)
    agreement = profile.agreement
    assert (agreement.state, profile.kind) == (Lifecycle.IN_FORCE, FeedKind.GRPC)
    assert agreement.in_force == Interval(
        effective_at=datetime(2024, 3, 14, 16, tzinfo=UTC),
        until=datetime(2030, 1, 1, 0, 0, 30, tzinfo=UTC),
    )
    assert agreement.suspensions[0].effective_at == datetime(2024, 12, 31, 16, tzinfo=UTC)
    first, second = agreement.rules
    assert first.types == ("GOLD",)
    assert second.directions == (Direction.IMPORT, Direction.EXPORT)
    assert [each.code for each in second.measures] == [MeasureCode.INSP, MeasureCode.PRIO]
    assert second.measures[0].parameters == {"factor": "0.2", "of what": "regular"}
    assert second.schemes[0].verified
    assert second.schemes[0].check_digit == "ru.inn"
    assert (profile.schedule.every, profile.schedule.cron) == (None, "30 2 * * mon-fri")
    assert profile.limits.fetch_timeout == timedelta(seconds=30)
    assert agreement.review == Review(
        four_eyes=False, mass_change_share=0.25, mass_change_floor=50, restrict_held=False
    )
    assert (profile.receives.epoch, profile.sends.epoch, profile.test) == (2, 3, True)


@pytest.mark.parametrize("text", [SMALLEST, WHOLE], ids=["smallest", "whole"])
def test_written_profile_reads_back(file: Path, text: str) -> None:
    profile = load(file, text)
    written = dump_partner(profile)
    assert load(file, written) == profile
    assert dump_partner(load_partner(file)) == written


def test_bare_dates_are_written_as_they_were_read(file: Path) -> None:
    written = dump_partner(load(file, WHOLE))
    assert "effective_at = 2024-03-15\nuntil = 2030-01-01T00:00:30Z\n" in written


@pytest.mark.parametrize("table", ["[limits]", "[review]"])
def test_defaults_are_not_written(file: Path, table: str) -> None:
    assert table not in dump_partner(load(file, SMALLEST))


def test_pem_files_are_embedded_and_written_as_text(file: Path) -> None:
    lists, server = certificate("lists"), certificate("server")
    (file.parent / "keys").mkdir()
    (file.parent / "keys/lists.pem").write_text("a remark\n" + lists)
    (file.parent / "keys/both.pem").write_text(certificate("CA one") + certificate("CA two"))
    (file.parent / "keys/ca.crl").write_text(revocation_list())
    text = (
        f"{SMALLEST}[endpoint]\naddress = 'https://lists.customs.example'\n"
        f"server_authorities = ['''\n{server}''']\n"
        "[[trust]]\nuse = 'lists'\ncountries = ['XB', 'XC']\npinned = ['keys/lists.pem']\n"
        "authorities = ['keys/both.pem']\nrevocation_lists = ['keys/ca.crl']\n"
        "algorithms = ['ed25519', 'ecdsa-p256-sha256']\n"
    )
    profile = load(file, text)
    anchors = profile.anchors(KeyUse.LISTS)
    assert anchors is not None
    assert anchors.pinned == (lists,)
    assert (anchors.issuer, anchors.countries) == ("XB", ("XB", "XC"))
    assert (len(anchors.authorities), len(anchors.revocation_lists)) == (2, 1)
    assert profile.endpoint is not None
    assert profile.endpoint.server_authorities == (server,)
    written = dump_partner(profile)
    assert lists in written
    assert load(file, written) == profile


def test_sig_9_compromised_keys_and_the_grace_of_revocation_lists_are_read_and_written(
    file: Path,
) -> None:
    (file.parent / "one.pem").write_text(certificate("one"))
    shown = ":".join(["AB"] * 32)
    text = (
        f'{SMALLEST}time_zone = "Asia/Shanghai"\n{trust("lists", "one.pem")}crl_grace = "6h"\n'
        f'compromised = [{{ fingerprint = "{shown}", since = 2026-11-01, reason = "stolen" }}]\n'
    )
    profile = load(file, text)
    anchors = profile.anchors(KeyUse.LISTS)
    assert anchors is not None
    midnight = datetime(2026, 10, 31, 16, tzinfo=UTC)
    marked = CompromisedKey(fingerprint="ab" * 32, since=midnight, reason="stolen")
    assert (anchors.compromised, anchors.crl_grace) == ((marked,), timedelta(hours=6))
    assert load(file, dump_partner(profile)) == profile


def test_sig_9_a_mark_that_would_mean_nothing_is_refused(file: Path) -> None:
    authority = certificate("ca")
    (file.parent / "ca.pem").write_text(authority)
    (file.parent / "tls.pem").write_text(certificate("tls"))
    digest = sha256(PEM_cert_to_DER_cert(authority)).hexdigest()
    mark = f'compromised = [{{ fingerprint = "{digest}", since = 2026-11-01T00:00:00Z }}]\n'
    of_a_ca = trust("lists", "tls.pem") + 'authorities = ["ca.pem"]\n' + mark
    told = refusal(file, SMALLEST + of_a_ca)
    assert told.startswith("trust[0].compromised[0].fingerprint: a CA: take it out of authorities")
    of_a_caller = trust("tls", "tls.pem") + mark
    assert "mra caller revoke" in refusal(file, SMALLEST + of_a_caller)
    short = mark.replace(digest, digest[:40])
    assert "not the SHA-256 of a certificate" in refusal(
        file, SMALLEST + trust("lists", "tls.pem") + short
    )


def test_sig_6_one_certificate_for_two_uses_is_refused(file: Path) -> None:
    (file.parent / "one.pem").write_text(certificate("one"))
    text = SMALLEST + trust("lists", "one.pem") + trust("acknowledgements", "one.pem")
    assert refusal(file, text) == (
        "trust[1]: the key of CN=one is registered for lists already (SIG-6)"
    )


def test_sig_6_one_key_in_two_certificates_is_refused(file: Path) -> None:
    key = Ed25519PrivateKey.generate()
    (file.parent / "one.pem").write_text(certificate("one", key))
    (file.parent / "two.pem").write_text(certificate("two", key))
    text = SMALLEST + trust("lists", "one.pem") + trust("tls", "two.pem")
    assert "trust[1]: the key of CN=two is registered for lists already" in refusal(file, text)


def test_private_key_is_refused_as_a_certificate(file: Path) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (file.parent / "one.pem").write_bytes(pem)
    assert "trust[0].pinned[0]: one.pem: a private key" in refusal(
        file, SMALLEST + trust("lists", "one.pem")
    )


def test_every_bad_pem_file_is_named(file: Path) -> None:
    (file.parent / "empty.pem").write_text("")
    text = SMALLEST + trust("lists", "no.pem") + trust("tls", "empty.pem")
    text += "revocation_lists = ['empty.pem']\nauthorities = ['''\n-----BEGIN nonsense''']\n"
    assert refusal(file, text).splitlines() == [
        "4 problems",
        "  trust[0].pinned[0]: no.pem: cannot be read: no such file or directory",
        "  trust[1].pinned[0]: empty.pem: not a PEM certificate with a key known here",
        "  trust[1].authorities[0]: not a PEM certificate with a key known here",
        "  trust[1].revocation_lists[0]: empty.pem: not a PEM revocation list",
    ]


def replaced(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def added(line: str) -> Edit:
    """Put a line before the first table."""
    return lambda text: text.replace("\n[in_force]", f"\n{line}\n[in_force]", 1)


def appended(lines: str) -> Edit:
    return lambda text: text + lines


BAD_FILES: dict[str, tuple[Edit, str]] = {
    "an unknown key": (added('perod = "1d"'), "perod: unknown key; did you mean period?"),
    "an unknown key in a table": (
        replaced("jitter", "jiter"),
        "schedule.jiter: unknown key; did you mean schedule.jitter?",
    ),
    "an unknown key in rules": (
        replaced('example = "', 'exampel = "'),
        "rules[1].schemes[0].exampel: unknown key; did you mean rules.schemes.example?",
    ),
    "a missing key": (replaced('period = "24h"\n', ""), "period: required, but not set"),
    "a state of no lifecycle": (replaced('"in force"', '"active"'), "state: input should be"),
    "an unknown kind": (replaced("grpc_feed", "soap"), "kind: input should be"),
    "home as its own partner": (replaced('partner = "XB"', 'partner = "XA"'), "two sides"),
    "no administration": (replaced('partner = "XB"', 'partner = "UK"'), "partner: 'UK' names no"),
    "an id unfit for a path": (replaced('"XA-XB"', '"XA/XB"'), "id: string should match"),
    "a territory of no country": (replaced('"EL"', '"EX"'), "territory[2]: 'EX' does not begin"),
    "the territory of test codes": (
        replaced('"EL"', '"ZZ9"'),
        "territory[2]: 'ZZ9' is reserved for test codes",
    ),
    "test codes as a partner": (replaced('partner = "XB"', 'partner = "ZZ"'), "partner: ZZ is"),
    "an unknown time zone": (
        replaced("Asia/Shanghai", "Asia/Shangai"),
        "time_zone: 'Asia/Shangai' is not a time zone",
    ),
    "a folder as time zone": (replaced("Asia/Shanghai", "Asia"), "is not a time zone"),
    "a path as time zone": (replaced("Asia/Shanghai", "../../etc/passwd"), "is not a time zone"),
    "a period of nothing": (replaced('"24h"', '"0s"'), "period: must be more than 0s"),
    "a period without a unit": (replaced('"24h"', "24"), "period: not a span of time"),
    "a next update of nothing": (replaced('"2d"', '"0d"'), "max_next_update: must be more than"),
    "a next update below the period": (replaced('"2d"', '"23h"'), "max_next_update: shorter"),
    "an age of nothing": (replaced('"7d"', '"0s"'), "max_age: must be more than 0s"),
    "a date that is none": (replaced("2024-03-15", '"2024-02-30"'), "in_force.effective_at: "),
    "a moment without an offset": (
        replaced("2024-03-15", "2024-03-15T00:00:00"),
        "in_force.effective_at: a moment is in whole seconds and says its offset",
    ),
    "a fraction of a second": (
        replaced("2024-03-15", "2024-03-15T00:00:00.5Z"),
        "in_force.effective_at: a moment is in whole seconds",
    ),
    "a year far away": (replaced("2024-03-15", "0001-01-01"), "in_force.effective_at: wanted is"),
    "a time of day as a date": (replaced("2024-03-15", "07:32:00"), "wanted is a date"),
    "an empty interval": (
        replaced("until = 2025-01-02", "until = 2025-01-01"),
        "suspensions[0].until: not after effective_at",
    ),
    "overlapping rules": (
        replaced("until = 2025-06-01", "until = 2025-06-02"),
        "rules[1]: overlaps rules[0]",
    ),
    "a gap between rules": (
        replaced("until = 2025-06-01", "until = 2025-05-31"),
        "rules[1].effective_at: leaves a gap after rules[0], which ends 2025-05-31",
    ),
    "rules that begin after the agreement": (
        replaced("[[rules]]\neffective_at = 2024-03-15", "[[rules]]\neffective_at = 2024-03-16"),
        "rules[0].effective_at: after in_force begins; write a suspension",
    ),
    "rules that end before the agreement": (
        replaced(
            "effective_at = 2025-06-01\nprogramme",
            "effective_at = 2025-06-01\nuntil = 2029-12-31\nprogramme",
        ),
        "rules[1].until: before in_force ends",
    ),
    "overlapping suspensions": (
        replaced(
            "[[suspensions]]",
            "[[suspensions]]\neffective_at = 2025-01-01T12:00:00Z\n\n[[suspensions]]",
        ),
        "suspensions[1]: overlaps suspensions[0]; write them as one",
    ),
    "an inspection factor above one": (
        replaced('"0.2"', '"20"'),
        "rules[1].measures.INSP.factor: '20' is no part of the whole",
    ),
    "an inspection factor in words": (
        replaced('"0.2"', '"a fifth"'),
        "rules[1].measures.INSP.factor: 'a fifth' is no part of the whole",
    ),
    "an unknown check digit": (
        replaced('"ru.inn"', '"ru.ogrm"'),
        "rules[1].schemes[0].check_digit: 'ru.ogrm' is no check digit; known are ar.cuit",
    ),
    "an example with a wrong check digit": (
        replaced("XB123456789047", "XB123456789048"),
        "rules[1].schemes[0].example: 'XB123456789048' fails the check digit ru.inn",
    ),
    "an old form that its own example has not": (
        replaced("XBOLD-123456789047", "XA-123456789047"),
        "rewrites[0].example: 'XA123456789047' does not match the pattern ^XBOLD",
    ),
    "an old form that becomes no code": (
        replaced("XB\\1", "XB0\\1"),
        "rewrites[0].becomes: 'XBOLD123456789047' becomes 'XB0123456789047', which is no code",
    ),
    "an old form that refers to nothing": (
        replaced("XB\\1", "XB\\2"),
        "rewrites[0].becomes: old form ^XBOLD([0-9]{12})$ cannot become XB\\2: invalid group",
    ),
    "force without its date": (
        replaced(
            "[in_force]\neffective_at = 2024-03-15\nuntil = 2030-01-01T00:00:30Z\n",
            "",
        ),
        "in_force: required in state 'in force'",
    ),
    "a pattern that does not compile": (
        replaced("^XB[0-9A-Z]{12}$", "^XB[0-9"),
        "rules[1].schemes[0].pattern: '^XB[0-9' is not a regular expression",
    ),
    "a pattern that repeats more than can be": (
        replaced("^XB[0-9A-Z]{12}$", "^XB[0-9]{99999999999}$"),
        "rules[1].schemes[0].pattern: repeats or nests more than a regular expression can",
    ),
    "a pattern that repeats a group": (
        replaced("^XB[0-9A-Z]{12}$", "^XB([0-9A-Z]+)+$"),
        "rules[1].schemes[0].pattern: '^XB([0-9A-Z]+)+$' repeats a group",
    ),
    "a pattern with many repeats of any length": (
        replaced("^XB[0-9A-Z]{12}$", "^XB[0-9A-Z]*[0-9]+[A-Z]{2,}[0-9]*$"),
        "rules[1].schemes[0].pattern: '^XB[0-9A-Z]*[0-9]+[A-Z]{2,}[0-9]*$' has more than 3 repeats",
    ),
    "an example outside its pattern": (
        replaced("XB123456789047", "XB12"),
        "rules[1].schemes[0].example: 'XB12' does not match the pattern",
    ),
    "an example too long": (
        replaced("max_length = 14", "max_length = 13"),
        "rules[1].schemes[0].example: 'XB123456789047' is longer than max_length 13",
    ),
    "an unknown measure": (replaced("PRIO = {}\n\n", "HALF = {}\n\n"), "rules[1].measures.HALF"),
    "a parameter that is a number": (
        replaced('"0.2"', "0.2"),
        "rules[1].measures.INSP.factor: input should be a valid string, not 0.2",
    ),
    "an unknown role": (replaced('["IM"]', '["OT"]'), "rules[1].roles[0]: 'OT' is not a role"),
    "an unknown direction": (replaced('["import"]', '["both"]'), "rules[0].directions[0]"),
    "a field that is none": (
        replaced('"addresses"', '"address"'),
        "disclosure.fields[0]: 'address' is not a field",
    ),
    "a cron line of four fields": (replaced("30 2 * *", "2 * *"), "has 4 fields, not 5"),
    "a cron line out of range": (replaced("30 2", "61 2"), "schedule.cron: '61 2 * * mon-fri' is"),
    "a cron line of misspelt days": (replaced("mon-fri", "mon-fry"), "is no schedule"),
    "a period and a cron line": (
        replaced("[schedule]", '[schedule]\nevery = "1h"'),
        "schedule: every and cron are both set",
    ),
    "a jitter longer than the period": (replaced('"90s"', '"1d"'), "schedule.jitter: must be"),
    "a gRPC address with a path": (
        appended("[endpoint]\naddress = 'https://h:1'\nserver_authorities = []\n"),
        "endpoint.address: 'https://h:1'",
    ),
    "an endpoint without authorities": (
        appended("[endpoint]\naddress = 'h:1'\nserver_authorities = []\n"),
        "endpoint.server_authorities: required",
    ),
    "trust without certificates": (
        appended("[[trust]]\nuse = 'lists'\nalgorithms = ['ed25519']\n"),
        "trust[0]: neither pinned certificates nor authorities",
    ),
    "an unknown use": (appended(trust("mail", "a")), "trust[0].use: input should be"),
    "a weak algorithm": (
        appended(trust("lists", "a", algorithms='["rsa-pkcs1-sha1"]')),
        "trust[0].algorithms: 'rsa-pkcs1-sha1' is not allowed (SIG-4)",
    ),
    "no algorithm for lists": (
        appended(trust("lists", "a", algorithms="[]")),
        "trust[0].algorithms: required",
    ),
    "one use twice": (
        appended(trust("lists", "a") + trust("lists", "b")),
        "trust[1].use: 'lists' is registered twice",
    ),
    "another issuer": (
        appended(trust("lists", "a") + "issuer = 'XA'\n"),
        "trust[0].issuer: XA does not sign for XB",
    ),
    "a limit of nothing": (replaced("max_operators = 1000", "max_operators = 0"), "limits.max_op"),
    "a share above one": (replaced("0.02", "1.5"), "limits.unusable_share"),
    "a mass change of more than all": (
        replaced("mass_change_share = 0.25", "mass_change_share = 25"),
        "review.mass_change_share",
    ),
    "a floor below nothing": (
        replaced("mass_change_floor = 50", "mass_change_floor = -1"),
        "review.mass_change_floor",
    ),
    "half an eye": (replaced("four_eyes = false", "four_eyes = 'two'"), "review.four_eyes"),
    "no time to fetch": (replaced('"30s"', '"0s"'), "limits.fetch_timeout: must be more"),
}


@pytest.mark.parametrize(("edit", "reason"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_wrong_file_is_refused_with_its_key(file: Path, edit: Edit, reason: str) -> None:
    assert reason in refusal(file, edit(WHOLE))


@pytest.mark.parametrize("days", ["1-5", "mon/2", "*/2"])
def test_syn_2_numbered_weekdays_are_refused(file: Path, days: str) -> None:
    told = refusal(file, replaced("mon-fri", days)(WHOLE))
    assert f"schedule.cron: '30 2 * * {days}': name the days of the week" in told


def test_syn_2_a_cron_line_that_never_comes_is_refused(file: Path) -> None:
    told = refusal(file, replaced("30 2 * * mon-fri", "30 2 30 feb *")(WHOLE))
    assert "schedule.cron: '30 2 30 feb *' never comes" in told
    assert load(file, replaced("30 2 * * mon-fri", "30 2 29 feb *")(WHOLE)).schedule.cron


@pytest.mark.parametrize(
    "address",
    ["http://h", "https://", "https://h/path", "https://u@h", "https://h:x", "h:1", "https://h:0"],
)
def test_bad_address_of_an_xml_partner_is_refused(file: Path, address: str) -> None:
    text = f"{SMALLEST}[endpoint]\naddress = '{address}'\nserver_authorities = []\n"
    assert "endpoint.address: " in refusal(file, text)


def test_customs_union_must_name_its_territory_and_countries(file: Path) -> None:
    text = SMALLEST.replace('partner = "XB"', 'partner = "EU"') + trust("lists", "a")
    message = refusal(file, text)
    assert "territory: required for EU" in message
    assert "trust[0].countries: required for EU" in message


def test_rules_of_different_times_may_stand_in_any_order(file: Path) -> None:
    head, first, second = WHOLE.split("[[rules]]\n")
    second, rest = second.split("[disclosure]")
    swapped = f"{head}[[rules]]\n{second}[[rules]]\n{first}[disclosure]{rest}"
    assert len(load(file, swapped).agreement.rules) == 2


def test_missing_file_is_named(file: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_partner(file)


def test_broken_toml_is_named_with_its_line(file: Path) -> None:
    assert refusal(file, SMALLEST + "x = \n") == "not TOML: invalid value (at line 8, column 5)"


def test_byte_order_mark_is_no_harm(file: Path) -> None:
    assert load(file, "\ufeff" + SMALLEST).agreement.id == "XA-XB"


def test_folder_is_read_whole_in_order(tmp_path: Path) -> None:
    for partner in ("XC", "XB"):
        folder = tmp_path / f"XA-{partner}"
        folder.mkdir()
        (folder / "partner.toml").write_text(SMALLEST.replace("XB", partner))
    (tmp_path / "notes.txt").write_text("no partner")
    assert [profile.partner for profile in load_partners(tmp_path)] == ["XB", "XC"]


def test_all_wrong_files_of_a_folder_are_named(tmp_path: Path) -> None:
    for partner in ("XB", "XC"):
        (tmp_path / partner).mkdir()
        text = SMALLEST.replace("XB", partner)
        (tmp_path / partner / "partner.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_partners(tmp_path)
    assert caught.value.message.splitlines() == [
        f"{tmp_path}/XB/partner.toml: id: 'XA-XB' stands in the folder 'XB'",
        f"{tmp_path}/XC/partner.toml: id: 'XA-XC' stands in the folder 'XC'",
    ]


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        load_partners(tmp_path / "partners")


def test_profile_survives_the_registry_and_the_file(file: Path) -> None:
    profile = load(file, WHOLE)
    stored = msgspec.json.decode(msgspec.json.encode(profile), type=PartnerProfile)
    assert load(file, dump_partner(stored)) == profile


FOLDERS = """
[exchange]
send = "push"

[exchange.folders]
inbox = "/exchange/in"
outbox = "/exchange/out"
"""


def test_folders_take_the_place_of_an_endpoint(file: Path) -> None:
    profile = load(file, SMALLEST + FOLDERS)
    folders = Folders(inbox="/exchange/in", outbox="/exchange/out")
    assert profile.exchange == Ways(send=Send.PUSH, folders=folders)
    assert profile.is_reachable
    assert load(file, dump_partner(profile)) == profile


WAYS: dict[str, tuple[str, str]] = {
    "unknown way": ('[exchange]\nreceive = "guess"\n', "exchange.receive"),
    "watch without an endpoint": ('[exchange]\nreceive = "watch"\n', "exchange.receive: a watch"),
    "push without an endpoint": ('[exchange]\nsend = "push"\n', "exchange.send: a push"),
    "folders that nobody writes to": (FOLDERS.replace('"push"', '"pull"'), "exchange.send: nobody"),
    "folders that nobody calls through": (
        FOLDERS.replace("[exchange]\n", '[exchange]\nreceive = "watch"\n'),
        "exchange.receive: nobody",
    ),
    "one folder": (FOLDERS.replace("/out", "/in"), "exchange.folders.outbox: the same"),
    "folder without a root": (FOLDERS.replace('"/exchange/in', '"in'), "not an absolute path"),
    "one folder alone": (FOLDERS.replace("outbox", "# outbox"), "exchange.folders.outbox"),
}


@pytest.mark.parametrize(("text", "told"), WAYS.values(), ids=WAYS.keys())
def test_ways_that_lead_nowhere_are_refused(file: Path, text: str, told: str) -> None:
    assert told in refusal(file, f"{SMALLEST}\n{text}")


HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43
SFTP = f"""{FOLDERS}
[exchange.folders.sftp]
address = "files.customs.example:22"
user = "xa-customs"
key_file = "/etc/mra/keys/sftp"
host_keys = ["{HOST_KEY}"]
"""


def test_exc_7_folders_behind_sftp_are_read_and_written(file: Path) -> None:
    profile = load(file, SMALLEST.replace("xml_feed", "asice_feed") + SFTP)
    folders = profile.exchange.folders
    assert folders is not None
    assert folders.sftp == SftpPlace(
        address="files.customs.example:22",
        user="xa-customs",
        key_file="/etc/mra/keys/sftp",
        host_keys=(HOST_KEY,),
    )
    assert load(file, dump_partner(profile)) == profile
    stored = msgspec.json.decode(msgspec.json.encode(profile), type=PartnerProfile)
    assert stored == profile


SFTP_MISTAKES: dict[str, tuple[str, str, str]] = {
    "no host key": (f'["{HOST_KEY}"]', "[]", "exchange.folders.sftp.host_keys"),
    "a fingerprint instead of a host key": (HOST_KEY, "SHA256:abc", "ssh-keyscan"),
    "a line of known_hosts": (HOST_KEY, f"files.customs.example {HOST_KEY}", "ssh-keyscan"),
    "a key of another kind than it says": (
        HOST_KEY,
        HOST_KEY.replace("ssh-ed25519", "ssh-rsa"),
        "ssh-keyscan",
    ),
    "a key of an old kind": (HOST_KEY, "ssh-dss AAAAB3NzaC1kc3MAAAA=", "ssh-keyscan"),
    "no port": ("example:22", "example", "exchange.folders.sftp.address"),
    "a key without its folder": ('"/etc/mra/keys/', '"', "exchange.folders.sftp.key_file"),
    "a folder that leads out": ('"/exchange/in"', '"/exchange/../in"', "exchange.folders.inbox"),
    "no user": ('user = "xa-customs"', "", "exchange.folders.sftp.user"),
    "a password": ('user = "xa-customs"', 'user = "x"\npassword = "y"', "password"),
}


@pytest.mark.parametrize(("old", "new", "told"), SFTP_MISTAKES.values(), ids=SFTP_MISTAKES)
def test_exc_7_mistakes_in_sftp_are_named(file: Path, old: str, new: str, told: str) -> None:
    assert told in refusal(file, SMALLEST + SFTP.replace(old, new, 1))


def test_folders_are_for_xml_and_take_no_endpoint(file: Path) -> None:
    grpc = SMALLEST.replace("xml_feed", "grpc_feed")
    assert "not messages" in refusal(file, grpc + FOLDERS)
    (file.parent / "ca.pem").write_text(certificate("CA"))
    endpoint = '[endpoint]\naddress = "https://xb.example"\nserver_authorities = ["ca.pem"]\n'
    assert "keep one" in refusal(file, SMALLEST + FOLDERS + endpoint)


@pytest.mark.parametrize(
    ("kind", "line", "told"),
    [
        ("grpc_feed", "", "endpoint.watch_address: required"),
        ("grpc_feed", 'watch_address = "xb"', "endpoint.watch_address: 'xb' is not a host"),
        ("xml_feed", 'watch_address = "xb:1"', "endpoint.watch_address: for gRPC"),
    ],
)
def test_grpc_watches_have_an_address_of_their_own(
    file: Path, kind: str, line: str, told: str
) -> None:
    (file.parent / "ca.pem").write_text(certificate("CA"))
    address = "xb.example:1" if kind == "grpc_feed" else "https://xb.example"
    text = (
        SMALLEST.replace("xml_feed", kind)
        + f'[endpoint]\naddress = "{address}"\nserver_authorities = ["ca.pem"]\n{line}\n'
        + '[exchange]\nreceive = "watch"\n'
    )
    assert told in refusal(file, text)


def test_a_watch_is_read_and_written(file: Path) -> None:
    (file.parent / "ca.pem").write_text(certificate("CA"))
    text = (
        SMALLEST.replace("xml_feed", "grpc_feed")
        + '[endpoint]\naddress = "xb.example:1"\nserver_authorities = ["ca.pem"]\n'
        + 'watch_address = "xb.example:2"\n[exchange]\nreceive = "watch"\nsend = "push"\n'
    )
    profile = load(file, text)
    assert profile.endpoint is not None
    assert profile.endpoint.watch_address == "xb.example:2"
    assert profile.exchange == Ways(receive=Receive.WATCH, send=Send.PUSH)
    assert load(file, dump_partner(profile)) == profile
