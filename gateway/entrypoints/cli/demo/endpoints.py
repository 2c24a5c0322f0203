"""`DIR/endpoints.json`: how to reach a demo that was left running, as whom, and what to expect."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from gateway.domain.documents import SealedList
from gateway.domain.errors import NotFoundError
from gateway.domain.profiles import FeedKind
from gateway.entrypoints.cli.demo.lookups import SUSPENDED_LATER, Expected, expected_lookups
from gateway.entrypoints.cli.demo.network import HOME, Member, Network, profile_kind
from gateway.entrypoints.cli.demo.story import ATTACKS
from gateway.services.issued import PACKAGING

NEVER_FETCHED: Final = 2
"""A list that home has not seen; the demo itself has replayed the one before (`attacks.OLD`)."""


def write_endpoints(
    network: Network, folder: Path, processes: Mapping[str, int], *, suspended: bool
) -> Path:
    """Write `endpoints.json` and the files that it names.

    Args:
        network: The three administrations.
        folder: Where to write.
        processes: Process id of each administration's gateway.
        suspended: Whether the demo has suspended `SUSPENDED_LATER` already.

    Raises:
        DatabaseUnavailableError: A registry could not be read.
        NotFoundError: A partner has issued no list.
    """
    home, measures = network.home, _measures(network.home)
    content = {
        "note": "all operators are synthetic; everything listens on loopback only",
        "home": {
            "country": HOME,
            "grpc_exchange": home.grpc,
            "https_exchange": f"https://{home.https}",
            "lookup": home.lookup,
            "lookup_https": f"https://{home.lookup_https}",
            "server_ca": str(home.keys / "ca.pem"),
            "settings": str(home.settings),
            "list_certificate": str(home.keys / "lists.pem"),
            "acknowledgement_certificate": str(home.keys / "acknowledgements.pem"),
        },
        "caller": _pair(network.caller.parent, network.caller.stem),
        "agency": _pair(network.agency.parent, network.agency.stem),
        "partners": {
            partner.country: _partner(partner, home, folder) for partner in network.partners()
        },
        "lookups": [
            _lookup(expected, measures, suspended=suspended) for expected in expected_lookups()
        ],
        "refusals": {name: sorted(codes) for name, codes in ATTACKS.items()},
        "processes": dict(processes),
    }
    path = folder / "endpoints.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2))
    return path


def _pair(folder: Path, name: str) -> dict[str, str]:
    return {"certificate": str(folder / f"{name}.pem"), "key": str(folder / f"{name}.key")}


def _partner(partner: Member, home: Member, folder: Path) -> dict[str, object]:
    kind = profile_kind(partner, home)
    opened = partner.open()
    try:
        stored = opened.store.profiles.find(HOME)
        if stored is None:
            raise NotFoundError(f"{partner.country} has no profile of {HOME}")
        stream = stored.profile.sends
        sealed = opened.store.publications.find(stream, NEVER_FETCHED, PACKAGING[kind])
        if sealed is None:
            raise NotFoundError(f"{partner.country} has no list {NEVER_FETCHED}")
    finally:
        opened.close()
    grpc = kind is FeedKind.GRPC
    return {
        "kind": kind,
        "address": partner.grpc if grpc else f"https://{partner.https}",
        "server_ca": str(partner.keys / "ca.pem"),
        "client_to_home": _pair(partner.keys, "tls"),
        "home_client": _pair(home.keys, "tls"),
        "list_certificate": str(partner.keys / "lists.pem"),
        "acknowledgement_certificate": str(partner.keys / "acknowledgements.pem"),
        "stream": stream,
        "never_fetched": _write_list(sealed, folder / f"never-fetched-{partner.country}"),
    }


def _write_list(sealed: SealedList, folder: Path) -> list[str]:
    """Write a sealed list as files: the document, then its chunks in order."""
    folder.mkdir()
    paths = [folder / "document", *(folder / f"chunk-{n}" for n in range(len(sealed.chunks)))]
    for path, content in zip(paths, (sealed.document, *sealed.chunks), strict=True):
        path.write_bytes(content)
    return [str(path) for path in paths]


def _measures(home: Member) -> dict[str, list[str]]:
    """Read what home's agreements grant, by partner."""
    opened = home.open()
    try:
        return {
            stored.profile.partner: sorted(
                measure.code.value for measure in stored.profile.agreement.rules[-1].measures
            )
            for stored in opened.store.profiles.all()
        }
    finally:
        opened.close()


def _lookup(
    expected: Expected, measures: Mapping[str, list[str]], *, suspended: bool
) -> dict[str, object]:
    now_suspended = suspended and expected.code == SUSPENDED_LATER
    verdict = "NO_GRANT" if now_suspended else expected.verdict
    granted = next((names for name, names in measures.items() if name in expected.code), [])
    return {
        "title": expected.title,
        "code": expected.code,
        "direction": expected.direction,
        "verdict": verdict,
        "reason": "SUSPENDED" if now_suspended else expected.reason,
        "measures": granted if verdict == "GRANT" else [],
    }
