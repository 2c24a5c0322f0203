"""`mra operator prove` and `mra list check-proof`: one operator's status for a third party."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gateway.bootstrap import system_clock
from gateway.config.toml_text import why_unreadable
from gateway.domain.errors import InvalidRequestError
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, get_profile, opened
from gateway.entrypoints.cli.list_choice import AtMoment, instant_of, profile_of
from gateway.entrypoints.cli.output import AsJson, print_json, print_line, say, show
from gateway.exchange.kinds import make_opener
from gateway.services.state_proofs import (
    Proven,
    check_proof,
    open_for_auditor,
    prove,
    read_proof,
)
from gateway.trust.key_files import write_new


def prove_operator(
    operator_id: Annotated[str, typer.Argument(help="The operator's id, as it is listed.")],
    partner: Annotated[str, typer.Option(help="Whose accepted list it is: SG")],
    out: Annotated[Path, typer.Option(help="A new file for the proof.")],
    absence: Annotated[
        bool,
        typer.Option("--absence", help="Prove that it is not listed: shows its bucket's others."),
    ] = False,
    auditor: Annotated[
        str, typer.Option(help="With --absence: the auditor, name and office, who sees them.")
    ] = "",
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> None:
    """Write a proof of an operator's status that a third party checks: mra list check-proof.

    It holds the issuer's signed head and shows no other operator. With --absence it shows those of
    one bucket in 4,096; that is told in the audit trail.
    """
    with opened(config) as gateway:
        store, profile = gateway.store, get_profile(gateway, partner).profile
        stream = store.registry.in_force(profile.receives)
        if absence:
            proof = open_for_auditor(
                store.proofs,
                store.audit,
                profile.kind,
                stream,
                operator_id,
                auditor=auditor,
                actor=actor_of(actor),
                now=gateway.clock(),
            )
        else:
            proof = prove(store.proofs, profile.kind, stream, operator_id)
    content = msgspec.json.format(msgspec.json.encode(proof), indent=2) + b"\n"
    write_new(out, content, mode=0o600)
    if as_json:
        print_json({"file": str(out), "operator": operator_id, "listed": not absence})
        return
    say(f"{out}: proof that {operator_id} {'is not listed' if absence else 'is listed as it is'}")
    say(f"whoever gets it types: mra list check-proof {out} --profile partner.toml")


def check_proof_file(
    file: Annotated[Path, typer.Argument(help="The proof, as mra operator prove wrote it.")],
    partner: Annotated[
        str | None, typer.Option(help="Against the stored profile of the issuer: SG")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="Against this partner.toml; no registry is needed.")
    ] = None,
    at: AtMoment = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Check a proof offline: signature, signer, root, and the way from the operator to it."""
    chosen = profile_of(partner, profile, config)
    moment = system_clock() if at is None else instant_of(at)
    proof = read_proof(_read(file))
    proven = check_proof(proof, chosen, opener=make_opener(proof.kind), at=moment)
    if as_json:
        print_json(_plain(proven))
        return
    _tell(proven)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path}: cannot be read: {why_unreadable(error)}"
        raise InvalidRequestError(message, context={"file": str(path)}) from error


def _plain(proven: Proven) -> dict[str, object]:
    return {
        "operator_id": proven.operator_id,
        "listed": proven.operator is not None,
        "operator": proven.operator,
        "header": proven.header,
        "signer": {"subject": proven.signer.subject, "fingerprint": proven.signer.fingerprint},
    }


def _tell(proven: Proven) -> None:
    header, operator = proven.header, proven.operator
    print_line(f"{proven.operator_id} {'is listed' if operator else 'is NOT listed'}")
    for held in operator.authorisations if operator else ():
        since = show(held.status.effective_at)
        what = f"{held.category} of {held.programme}"
        print_line(f"  {held.id}: {what}, {held.status.code.value} since {since}")
    print_line(f"  list {header.sequence} of {header.stream}, issued {show(header.issued_at)}")
    print_line(f"  signed by {proven.signer.subject} ({proven.signer.fingerprint})")
    say(f"as of {show(header.issued_at)}; what the issuer said later, this does not tell")
