"""`mra audit sign|heads`: the head of the trail, signed, for others to keep."""

from collections.abc import Sequence
from pathlib import Path
from ssl import DER_cert_to_PEM_cert
from typing import Annotated, Any

import msgspec
import typer

from gateway.domain.audit_heads import AuditHead, SignedHead
from gateway.domain.errors import ConfigError, InvalidRequestError, NotFoundError
from gateway.entrypoints.cli.context import ConfigPath, opened
from gateway.entrypoints.cli.new_folder import write_folder
from gateway.entrypoints.cli.output import AsJson, print_json, print_table, say, show
from gateway.trust.audit_keys import PAYLOAD_TYPE, openssl_commands, signed_bytes


class _Exported(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One head as `mra audit heads --json` prints it."""

    head: AuditHead
    payload_type: str
    statement: str
    signature: bytes
    certificate: bytes


def sign(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Sign the head of the trail now; running exchange processes do so once a day."""
    with opened(config) as gateway:
        signer = gateway.head_signer()
        if signer is None:
            raise ConfigError("no [audit] certificate and key are set: nothing to sign with")
        head = signer.sign(gateway.clock())
    if as_json:
        print_json(head)
        return
    say(f"signed: event {head.number} is the end, with digest {head.digest}")


def heads(
    to: Annotated[
        Path | None,
        typer.Option(help="A new folder: the newest head, with the commands that check it."),
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Show the signed heads; `--json` has what proves them, for `mra audit verify --heads`."""
    with opened(config) as gateway:
        kept = gateway.store.audit_heads.all()
    if to is not None:
        if not kept:
            raise NotFoundError("no head was signed yet; see: mra audit sign")
        write_folder(to, _files(kept[-1]))
        say(f"{to}: the head at event {kept[-1].head.number}; next: {to / 'README.txt'}")
    if as_json:
        print_json([_exported(each) for each in kept])
        return
    if to is None:
        print_table(
            ("event", "signed", "digest"),
            [(str(one.number), show(one.at), one.digest) for one in (each.head for each in kept)],
        )


def read_heads(path: Path) -> Sequence[SignedHead]:
    """Read heads that `mra audit heads --json` printed.

    Raises:
        ConfigError: The file cannot be read.
        InvalidRequestError: It holds something else.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=list[_Exported])
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InvalidRequestError(f"{path} holds no signed heads: {error}") from error
    return [
        SignedHead(
            statement=each.statement.encode(),
            signature=each.signature,
            certificate=each.certificate,
        )
        for each in found
    ]


def _exported(signed: SignedHead) -> dict[str, Any]:
    return {
        "head": signed.head,
        "payload_type": PAYLOAD_TYPE,
        "statement": signed.statement.decode(),
        "signature": signed.signature,
        "certificate": signed.certificate,
    }


def _files(signed: SignedHead) -> dict[str, bytes]:
    head = signed.head
    readme = "\n".join(
        (
            f"The audit trail of {head.home}: its head at event {head.number}",
            "",
            f"  digest   {head.digest}",
            f"  signed   {show(head.at)}",
            "",
            "No event up to this one may change any more: keep this where the gateway cannot.",
            "statement.json is what was said, signed.pae the DSSE encoding of it that was signed.",
            "",
            *openssl_commands(signed),
            "",
        )
    )
    return {
        "statement.json": signed.statement,
        "signed.pae": signed_bytes(signed.statement),
        "signature.bin": signed.signature,
        "signer.pem": DER_cert_to_PEM_cert(signed.certificate).encode("ascii"),
        "README.txt": readme.encode(),
    }
