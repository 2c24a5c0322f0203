"""Callers with tokens: from settings and registration to the answers of a running gateway."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.bootstrap import Door, Gateway, open_gateway, system_clock
from gateway.config.settings import load_settings
from gateway.domain.errors import (
    ConfigError,
    IssuerUnavailableError,
    NotPermittedError,
    TokenRefusedError,
    TransportError,
)
from gateway.domain.parties import Scope
from gateway.ports.tls import ServerTls
from tests.fakes.command_line import CommandLine
from tests.fakes.raw_https import RawHttps
from tests.fakes.token_issuer import AUDIENCE, ISSUER, key_set, token

NEW_KEY = ec.generate_private_key(ec.SECP256R1())
LATER = timedelta(minutes=5)


def fresh_token(**changed: object) -> str:
    now = int(system_clock().timestamp())
    return token(**({"iat": now, "exp": now + 300} | changed))  # type: ignore[arg-type]


def configure(folder: Path, *lines: str) -> None:
    table = ["[lookup.tokens]", f'issuer = "{ISSUER}"', f'audience = "{AUDIENCE}"', *lines]
    file = folder / "mra.toml"
    file.write_text(file.read_text() + "\n" + "\n".join(table) + "\n")


@pytest.fixture
def opened(mra: CommandLine) -> Iterator[list[Gateway]]:
    del mra
    gateways: list[Gateway] = []
    yield gateways
    for gateway in gateways:
        gateway.close()


def door_of(folder: Path, opened: list[Gateway]) -> Door:
    gateway = open_gateway(load_settings(folder / "mra.toml", {}))
    opened.append(gateway)
    door = gateway.door()
    door.admission.refresh()
    return door


def test_keys_of_a_file_are_believed_until_they_are_replaced(
    mra: CommandLine, opened: list[Gateway]
) -> None:
    file = mra.folder / "keys/issuer.jwks.json"
    file.write_bytes(key_set())
    configure(mra.folder, 'keys = "keys/issuer.jwks.json"')
    mra("caller", "add", "agency", "--purpose", "lookup", "--subject", "agency-client")
    door, now = door_of(mra.folder, opened), system_clock()
    with pytest.raises(IssuerUnavailableError):
        door.admission.by_bearer(fresh_token(), now=now)
    door.look_after(now)
    assert door.admission.by_bearer(fresh_token(), now=now).name == "agency"

    file.write_bytes(key_set({"new": NEW_KEY}))
    door.look_after(now + LATER)
    with pytest.raises(TokenRefusedError, match="none of the issuer's"):
        door.admission.by_bearer(fresh_token(), now=now)
    rotated = fresh_token(key=NEW_KEY, header={"kid": "new"})
    assert door.admission.by_bearer(rotated, now=now).name == "agency"

    assert mra("config", "check").code == 0
    file.write_bytes(b"broken")
    assert "the issuer's key set is no JSON object" in mra("config", "check").err
    with pytest.raises(ConfigError):
        door.look_after(now + 2 * LATER)
    assert door.admission.by_bearer(rotated, now=now).name == "agency"


def test_revoked_and_unregistered_subjects_are_refused(
    mra: CommandLine, opened: list[Gateway]
) -> None:
    (mra.folder / "keys/issuer.jwks.json").write_bytes(key_set())
    configure(mra.folder, 'keys = "keys/issuer.jwks.json"')
    mra("caller", "add", "agency", "--purpose", "lookup", "--subject", "agency-client")
    door, now, shown = door_of(mra.folder, opened), system_clock(), fresh_token()
    door.look_after(now)
    door.admission.by_bearer(shown, now=now)
    with pytest.raises(NotPermittedError) as caught:
        door.admission.by_bearer(fresh_token(sub="stranger"), now=now)
    assert "stranger" not in caught.value.message
    mra("caller", "set", "agency", "--scope", "decision")
    door.admission.refresh()
    assert door.admission.by_bearer(shown, now=now).scope is Scope.DECISION
    mra("caller", "revoke", "agency")
    door.admission.refresh()
    with pytest.raises(NotPermittedError):
        door.admission.by_bearer(shown, now=now)


def test_keys_of_an_address_stay_while_the_issuer_is_down(
    mra: CommandLine, opened: list[Gateway]
) -> None:
    authority = trustme.CA()
    shown = authority.issue_cert("127.0.0.1")
    tls = ServerTls(
        certificate=shown.cert_chain_pems[0].bytes(),
        key=shown.private_key_pem.bytes(),
        client_authorities=b"",
    )
    body = key_set()
    good = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    moved = b"HTTP/1.1 302 Found\r\nlocation: https://evil.example\r\ncontent-length: 0\r\n\r\n"
    issuer = RawHttps(tls, good, moved)
    try:
        authority.cert_pem.write_to_path(mra.folder / "keys/issuer-ca.pem")
        configure(
            mra.folder,
            f'keys_url = "https://{issuer.address}/keys"',
            'authorities = "keys/issuer-ca.pem"',
        )
        mra("caller", "add", "agency", "--purpose", "lookup", "--subject", "agency-client")
        door, now = door_of(mra.folder, opened), system_clock()
        door.look_after(now)
        with pytest.raises(TransportError, match="status 302"):
            door.look_after(now + LATER)
    finally:
        issuer.close()
    with pytest.raises(TransportError):
        door.look_after(now + 2 * LATER)
    assert door.admission.by_bearer(fresh_token(), now=now).name == "agency"
    assert len(issuer.requests) == 2


def test_issuer_that_nobody_vouches_for_is_not_believed(
    mra: CommandLine, opened: list[Gateway]
) -> None:
    shown = trustme.CA().issue_cert("127.0.0.1")
    issuer = RawHttps(
        ServerTls(
            certificate=shown.cert_chain_pems[0].bytes(),
            key=shown.private_key_pem.bytes(),
            client_authorities=b"",
        ),
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    )
    try:
        configure(mra.folder, f'keys_url = "https://{issuer.address}/keys"')
        door = door_of(mra.folder, opened)
        with pytest.raises(TransportError, match=r"(?i)certificate"):
            door.look_after(system_clock())
    finally:
        issuer.close()
    assert issuer.requests == []
