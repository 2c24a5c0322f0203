"""`mra list`: lists as files."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.bootstrap import CHECKS, system_clock
from gateway.domain.documents import SignerIdentity, Unverified
from gateway.domain.errors import ConfigError
from gateway.entrypoints.cli.context import ConfigPath
from gateway.entrypoints.cli.inclusion import check_proof_file
from gateway.entrypoints.cli.list_choice import AtMoment, instant_of, profile_of
from gateway.entrypoints.cli.output import AsJson, print_json, print_line, say, show
from gateway.exchange.kinds import make_opener
from gateway.services.offline import Examined, examine

app = typer.Typer(help="Lists as files.", no_args_is_help=True)
app.command("check-proof")(check_proof_file)

REFUSED = 65
SHOWN = 20


@app.command("verify")
def verify(
    files: Annotated[
        list[Path],
        typer.Argument(help="The XML document; or the envelope, then its chunks in order."),
    ],
    partner: Annotated[
        str | None, typer.Option(help="Against the stored profile of this partner: SG")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="Against this partner.toml; no registry is needed.")
    ] = None,
    at: AtMoment = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> int:
    """Verify one list offline, as if it were the first of its stream; nothing is stored.

    Signature, signer, stream, schema, times, order and state root are checked. Exit 0: good; 65 or
    76: refused, with the code that the partner would get.
    """
    chosen = profile_of(partner, profile, config)
    moment = system_clock() if at is None else instant_of(at)
    first, *chunks = [_read(path) for path in files]
    found = examine(
        chosen,
        Unverified(document=first, chunks=tuple(chunks)),
        opener=make_opener(chosen.kind),
        checks=CHECKS,
        at=moment,
    )
    if as_json:
        print_json(_plain(found))
    else:
        _tell(found)
    return 0 if found.accepted else REFUSED


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", context={"file": str(path)}) from error


def _plain(found: Examined) -> dict[str, object]:
    return {
        "accepted": found.accepted,
        "reasons": found.reasons,
        "unusable": found.unusable,
        "header": found.header,
        "list_digest": found.list_digest,
        "document_digest": found.document_digest,
        "signer": _signer(found.signer),
        "second_signer": found.signer.beside and _signer(found.signer.beside),
        "signed_at": found.signed_at,
        "root": found.root,
        "operators": found.operators,
    }


def _signer(signer: SignerIdentity) -> dict[str, object]:
    return {
        "subject": signer.subject,
        "fingerprint": signer.fingerprint,
        "country": signer.country,
        "algorithm": signer.algorithm,
    }


def _tell(found: Examined) -> None:
    header, signer, beside = found.header, found.signer, found.signer.beside
    root = f"{header.state_root} signed; a DELTA alone has none to compute"
    if found.root is not None:
        same = found.root == header.state_root
        root = f"{found.root} {'as signed' if same else f'but signed {header.state_root}'}"
    for label, value in (
        ("verdict", "good" if found.accepted else "REFUSED"),
        ("stream", header.stream),
        ("list", f"{header.sequence} {header.kind.value} {header.list_id}"),
        ("issued", f"{show(header.issued_at)}, next update {show(header.next_update_at)}"),
        ("signer", signer.subject),
        ("certificate", f"{signer.fingerprint} ({signer.algorithm})"),
        ("and", beside and f"{beside.fingerprint} ({beside.algorithm})"),
        ("signed at", found.signed_at),
        ("root", root),
        ("operators", f"{found.operators}, {len(found.unusable)} unusable"),
        ("list digest", found.list_digest),
    ):
        if value:
            print_line(f"  {label:<12}{show(value)}")
    for reason in found.reasons:
        where = f" ({reason.pointer})" if reason.pointer else ""
        say(f"{reason.code}: {reason.text}{where}")
    for reason in found.unusable[:SHOWN]:
        say(f"unusable {reason.pointer}: {reason.code} {reason.text}")
    if len(found.unusable) > SHOWN:
        say(f"… and {len(found.unusable) - SHOWN} more unusable (--json lists all)")
