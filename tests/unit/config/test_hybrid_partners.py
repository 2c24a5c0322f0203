"""Hybrid streams in partner files and settings (SIG-4)."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from gateway.bootstrap.own_keys import load_keys
from gateway.config.partner_files import dump_partner, load_partner
from gateway.config.settings import load_settings
from gateway.domain.errors import ConfigError
from gateway.domain.profiles import KeyUse
from gateway.trust.keys import load_signing_key
from tests.fakes.certificates import Issued, issue
from tests.fakes.trial_keys import NOW, make_partner

FILE = """\
id = "XA-XB"
home = "XA"
partner = "XB"
name = "Customs of XB"
state = "draft"
kind = "grpc_feed"
period = "24h"
time_zone = "Asia/Shanghai"

[exchange]
hybrid_since = 2027-01-01

[[trust]]
use = "lists"
pinned = ["lists.pem", "hybrid.pem"]
algorithms = ["ecdsa-p256-sha256"]
hybrid_since = 2027-02-01T00:00:00Z
"""


def _written(folder: Path, text: str) -> Path:
    (folder / "lists.pem").write_text(issue("lists", number=1, countries=("XB",)).pem)
    second = issue("lists hybrid", kind="mldsa65", countries=("XB",))
    (folder / "hybrid.pem").write_text(second.pem)
    path = folder / "partner.toml"
    path.write_text(text)
    return path


def test_sig_4_profile_states_from_when_a_stream_is_hybrid(tmp_path: Path) -> None:
    profile = load_partner(_written(tmp_path, FILE))
    anchors = profile.anchors(KeyUse.LISTS)
    assert anchors is not None
    assert anchors.hybrid_since == datetime(2027, 2, 1, tzinfo=UTC)
    assert profile.exchange.hybrid_since == datetime(2026, 12, 31, 16, tzinfo=UTC)
    (tmp_path / "again.toml").write_text(dump_partner(profile))
    assert load_partner(tmp_path / "again.toml") == profile


@pytest.mark.parametrize("kind", ["xml_feed", "asice_feed"])
@pytest.mark.parametrize("key", ["exchange", "trust[0]"])
def test_sig_4_hybrid_stream_in_xml_is_refused(key: str, kind: str, tmp_path: Path) -> None:
    path = _written(tmp_path, FILE.replace("grpc_feed", kind))
    with pytest.raises(ConfigError) as caught:
        load_partner(path)
    assert f"{key}.hybrid_since: XML has one signature" in caught.value.message


def test_sig_4_ml_dsa_is_no_algorithm_that_signs_alone(tmp_path: Path) -> None:
    text = FILE.replace('["ecdsa-p256-sha256"]', '["ecdsa-p256-sha256", "ml-dsa-65"]')
    with pytest.raises(ConfigError, match=r"algorithms: 'ml-dsa-65' is not allowed \(SIG-4\)"):
        load_partner(_written(tmp_path, text))


def test_sig_4_tls_is_not_hybrid(tmp_path: Path) -> None:
    text = FILE.replace('use = "lists"', 'use = "tls"')
    with pytest.raises(ConfigError, match="hybrid_since: for lists and acknowledgements"):
        load_partner(_written(tmp_path, text))


def _installed(folder: Path, second: Issued, other: Issued) -> Path:
    keys = make_partner(folder)
    for name, issued in (("second", second), ("other", other)):
        (folder / f"{name}.pem").write_text(issued.pem)
        (folder / f"{name}.key").touch(mode=0o600)
        (folder / f"{name}.key").write_bytes(issued.key_pem)
    tables = "".join(
        f'[{use}]\ncertificate = "{path}"\nkey = "{path.with_suffix(".key")}"\n{more}'
        for use, path, more in (
            ("tls", keys.tls, ""),
            ("lists", keys.lists, _hybrid(folder / "second")),
            ("acknowledgements", keys.acknowledgements, _hybrid(folder / "other")),
        )
    )
    settings = folder / "mra.toml"
    settings.write_text(f'home = "XA"\nname = "XA"\n{tables}')
    return settings


def _hybrid(path: Path) -> str:
    return f'hybrid = {{ certificate = "{path}.pem", key = "{path}.key" }}\n'


def test_sig_4_settings_name_the_second_key_of_each_use(tmp_path: Path) -> None:
    second, other = issue("a", kind="mldsa65"), issue("b", kind="mldsa65", number=1)
    keys = load_keys(load_settings(_installed(tmp_path, second, other), {}), now=NOW)
    beside = [keys[use].beside for use in (KeyUse.LISTS, KeyUse.ACKNOWLEDGEMENTS)]
    assert [each and each.algorithm for each in beside] == ["ml-dsa-65", "ml-dsa-65"]


def test_sig_6_second_keys_have_one_use_each_too(tmp_path: Path) -> None:
    second = issue("a", kind="mldsa65")
    settings = load_settings(_installed(tmp_path, second, second), {})
    with pytest.raises(ConfigError, match="lists hybrid and acknowledgements hybrid use the same"):
        load_keys(settings, now=NOW)


def test_sig_4_second_key_is_of_ml_dsa_65(tmp_path: Path) -> None:
    settings = load_settings(_installed(tmp_path, issue("a"), issue("b", number=1)), {})
    with pytest.raises(ConfigError, match="cannot sign with ml-dsa-65"):
        load_keys(settings, now=NOW)


def test_sig_4_the_documented_way_makes_a_second_key(tmp_path: Path) -> None:
    guide = Path(__file__).parents[3] / "docs" / "operations.md"
    script = guide.read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    command = [sys.executable, "-c", script, "lists-hybrid", "Customs of Exampleland", "XA"]
    subprocess.run(command, cwd=tmp_path, check=True)  # noqa: S603 - the script of the guide
    made = tmp_path / "lists-hybrid.pem"
    after = datetime.now(UTC) + timedelta(minutes=1)  # noqa: TID251 - as the script dates it
    key = load_signing_key(made, made.with_suffix(".key"), now=after, algorithm="ml-dsa-65")
    assert "C=XA" in x509.load_der_x509_certificate(key.certificate).subject.rfc4514_string()
