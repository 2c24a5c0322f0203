"""Agreements as partner files: short periods, nothing held for its size, any adapter."""

from dataclasses import dataclass
from pathlib import Path

from tests.e2e.days.gateways import Gateway
from tests.e2e.days.links import Link
from tests.e2e.days.programme import COVERED, FIELDS

GRPC, XML = "grpc_feed", "xml_feed"


@dataclass(frozen=True)
class Ways:
    """How lists travel under an agreement, as one side writes it."""

    kind: str
    receive: str = "pull"
    send: str = "pull"


def agreement(one: str, other: str) -> str:
    return "-".join(sorted((one, other)))


def stream(issuer: str, recipient: str) -> dict[str, object]:
    return {
        "issuer": issuer,
        "recipient": recipient,
        "agreement": agreement(issuer, recipient),
        "test": False,
        "epoch": 1,
    }


def write(home: Gateway, partner: Gateway, ways: Ways, link: Link | None) -> None:
    """Write home's file about a partner; without a link the partner only calls."""
    name = agreement(home.country, partner.country)
    path = home.folder / "agreements" / name / "partner.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_text(home, partner, ways, link), encoding="utf-8")


def _text(home: Gateway, partner: Gateway, ways: Ways, link: Link | None) -> str:
    country, keys = partner.country, partner.keys
    return f"""\
id = "{agreement(home.country, country)}"
home = "{home.country}"
partner = "{country}"
name = "Customs of {country}"
state = "in force"
kind = "{ways.kind}"
period = "30s"
grace = "1h"
max_age = "1d"
max_next_update = "1d"

[in_force]
effective_at = 2020-01-01

[schedule]
every = "1s"

[disclosure]
types = ["{COVERED}"]
fields = [{", ".join(f'"{field}"' for field in FIELDS)}]

# A hundred days in a minute: all that changes in them lies within 24 hours (ACC-12).
[review]
mass_change_share = 1.0
mass_change_floor = 1000000

[limits]
fetch_timeout = "3s"

[exchange]
receive = "{ways.receive}"
send = "{ways.send}"

[[rules]]
effective_at = 2020-01-01
programme = "AEO programme of {country}"
types = ["{COVERED}"]
directions = ["import", "export"]
measures = {{ PRIO = {{}} }}

[[rules.schemes]]
name = "{country} AEO code"
pattern = "^{country}[0-9A-Z]{{4,33}}$"
verified = true
{"" if link is None else _endpoint(partner, ways.kind, link, keys)}
[[trust]]
use = "tls"
pinned = ["{keys / "tls.pem"}"]
authorities = ["{keys / "ca.pem"}"]

[[trust]]
use = "lists"
pinned = ["{keys / "lists.pem"}"]
algorithms = ["ecdsa-p256-sha256"]

[[trust]]
use = "acknowledgements"
pinned = ["{keys / "acknowledgements.pem"}"]
algorithms = ["ecdsa-p256-sha256"]
"""


def _endpoint(partner: Gateway, kind: str, link: Link, keys: Path) -> str:
    way = {name: link.ports[port] for name, port in partner.ports.items() if port in link.ports}
    address = f"127.0.0.1:{way['grpc']}" if kind == GRPC else f"https://127.0.0.1:{way['https']}"
    watch = f'watch_address = "127.0.0.1:{way["watch"]}"\n' if kind == GRPC else ""
    return f"""
[endpoint]
address = "{address}"
server_authorities = ["{keys / "ca.pem"}"]
{watch}"""
