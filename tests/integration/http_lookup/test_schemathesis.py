"""What the document promises, held against the running server by schemathesis.

Good and bad requests, drawn from the document alike on every run; all checks. With a certificate
the check that takes authentication away cannot: the connection itself proves the caller.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.entrypoints.http.serving import HttpsServer
from gateway.ports.tls import ClientTls
from tests.fakes.desks import Doorkeeper

DOCUMENT = Path(__file__).resolve().parents[3] / "schemas" / "openapi" / "lookup-v1.json"
CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 20
"""Per operation and phase; a run takes some ten seconds."""


@pytest.mark.parametrize("shown", ["certificate", "token"])
def test_the_server_does_what_the_document_promises(
    server: HttpsServer, border: ClientTls, door: Doorkeeper, tmp_path: Path, shown: str
) -> None:
    door.bearers["good"] = next(iter(door.callers.values()))
    authorities, certificate, key = (tmp_path / name for name in ("ca.pem", "own.pem", "own.key"))
    authorities.write_bytes(border.authorities)
    certificate.write_bytes(border.certificate)
    key.write_bytes(border.key)
    who = {
        "certificate": [
            *("--request-cert", str(certificate), "--request-cert-key", str(key)),
            *("--exclude-checks", "ignored_auth"),
        ],
        "token": ["-H", "Authorization: Bearer good"],
    }[shown]
    ended = subprocess.run(
        [
            *(Path(sys.executable).with_name("schemathesis"), "--config-file", str(CONFIG)),
            *("run", str(DOCUMENT)),
            *("--url", f"https://{server.address}", "--tls-verify", str(authorities)),
            *("--mode", "all", "--checks", "all", "--continue-on-failure"),
            *("--max-examples", str(EXAMPLES), "--generation-deterministic"),
            *("--no-color", *who),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "No issues found" in ended.stdout
