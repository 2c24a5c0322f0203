"""Two whole gateways on loopback, made by `mra init`: XB issues, XA watches and decides."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.administration import BENCH, free_addresses
from benchmarks.processes import ROOT
from benchmarks.synthetic import COVERED, PROGRAMME
from gateway.bootstrap import Gateway, open_gateway
from gateway.config.settings import load_settings
from gateway.domain.lists import ListedOperator
from gateway.ports.home_programme import HomeOperator
from gateway.ports.tls import ClientTls

ISSUER, RECIPIENT = "XB", "XA"
HOMES = tuple(f"127.0.0.1:{port}" for port in (7443, 7444, 7445))
PARTNERS = tuple(f"127.0.0.1:{port}" for port in (7543, 7544, 7545))
"""Where `mra init` lets both listen: partners over gRPC and HTTPS, border systems."""
AGREEMENT = f"{ISSUER}-{RECIPIENT}"


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of both, and where it listens."""

    settings: Path
    exchange: str
    lookup: str

    def open(self) -> Gateway:
        """Open its registry in this process."""
        return open_gateway(load_settings(self.settings, {}))


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Both sides, and the certificate that asks XA's lookup."""

    issuer: Side
    recipient: Side
    caller: ClientTls


def make_pair(folder: Path, operators: Sequence[ListedOperator]) -> Pair:
    """Make both, with these operators in XB's programme; nothing is issued yet."""
    root = folder / "pair"
    _mra("init", str(root), "--home", ISSUER, "--name", "Issuer", "--trial-partner", RECIPIENT)
    exchange, https, lookup, watch, *others = free_addresses(7)
    issuer = root / "mra.toml"
    ports = dict(zip(HOMES, (exchange, https, lookup), strict=True))
    listen = f'grpc_listen = "{exchange}"'
    _edit(issuer, ports | {listen: f'{listen}\nwatch_listen = "{watch}"'})
    other = root / RECIPIENT
    _edit(other / "mra.toml", dict(zip(PARTNERS, others, strict=True)))
    file = other / "partners" / AGREEMENT / "partner.toml"
    address = f'address = "{exchange}"'
    _edit(
        file,
        ports
        | {
            address: f'{address}\nwatch_address = "{watch}"',
            'receive = "pull"': 'receive = "watch"',
        },
    )
    for each in (root / "partners" / AGREEMENT / "partner.toml", file):
        _edit(each, {"GOLD": COVERED, f"AEO programme of {ISSUER}": PROGRAMME})
    for settings in (issuer, other / "mra.toml"):
        profile = settings.parent / "partners" / AGREEMENT / "partner.toml"
        _mra("partner", "apply", str(profile), "--config", str(settings))
    _mra(
        *("caller", "add", "border", "--purpose", "lookup"),
        *("--trial", str(folder / "border"), "--config", str(other / "mra.toml")),
    )
    pair = Pair(
        issuer=Side(settings=issuer, exchange=exchange, lookup=lookup),
        recipient=Side(settings=other / "mra.toml", exchange=others[0], lookup=others[2]),
        caller=_caller(folder / "border", other / "keys" / "ca.pem"),
    )
    gateway = pair.issuer.open()
    try:
        programme = [HomeOperator(listed=one, consents=frozenset({"*"})) for one in operators]
        gateway.store.home_programme.replace(programme, BENCH)
    finally:
        gateway.close()
    return pair


def _edit(file: Path, replacements: dict[str, str]) -> None:
    text = file.read_text("utf-8")
    for old, new in replacements.items():
        text = text.replace(old, new)
    file.write_text(text, "utf-8")


def _caller(folder: Path, authority: Path) -> ClientTls:
    (key,) = folder.glob("*.key")
    return ClientTls(
        certificate=key.with_suffix(".pem").read_bytes(),
        key=key.read_bytes(),
        authorities=authority.read_bytes(),
    )


def _mra(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"mra {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
