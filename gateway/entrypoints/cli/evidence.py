"""`mra evidence`: the documents that partners sent, as they came."""

from functools import partial
from pathlib import Path
from ssl import DER_cert_to_PEM_cert
from typing import Annotated

import typer

from gateway.domain.counts import number_of
from gateway.domain.profiles import FeedKind
from gateway.entrypoints.cli.context import ConfigPath, get_profile, opened
from gateway.entrypoints.cli.new_folder import write_folder
from gateway.entrypoints.cli.output import AsJson, print_json, print_table, say
from gateway.exchange.kinds import take_apart
from gateway.services.evidence_export import export_files, find_item

app = typer.Typer(help="The documents that partners sent, as they came.", no_args_is_help=True)

SHOWN = 50
SHORT = 16


@app.command("list")
def list_documents(
    partner: Annotated[str, typer.Argument(help="The partner: SG")],
    last: Annotated[int, typer.Option(min=1, help="At most so many, the newest ones.")] = SHOWN,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Show what is kept of a partner, newest first."""
    with opened(config) as gateway:
        stored = get_profile(gateway, partner)
        notes = gateway.store.evidence.notes(stored.profile.partner)[:last]
    if as_json:
        print_json(notes)
        return
    print_table(
        ("document", "received", "verdict", "packaging"),
        [(note.digest[:SHORT], note.received_at, note.verdict, note.packaging) for note in notes],
    )


@app.command("export")
def export(
    which: Annotated[
        str, typer.Argument(help="A list's sequence, or (the beginning of) a document's digest.")
    ],
    partner: Annotated[str, typer.Option(help="The partner: SG")],
    to: Annotated[Path, typer.Option(help="A new folder for the files.")],
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Write one document with everything that proves it: bytes, certificates, CRLs, time, verdict.

    README.txt in the folder holds the commands with which xmlsec1 and openssl check it.
    """
    with opened(config) as gateway:
        profile = get_profile(gateway, partner).profile
        item = find_item(
            gateway.store.evidence, which, partner=profile.partner, stream=profile.receives
        )
    files = export_files(
        item,
        take_apart=partial(take_apart, FeedKind(item.packaging)),
        to_pem=DER_cert_to_PEM_cert,
    )
    write_folder(to, files)
    if as_json:
        print_json({"digest": item.digest, "verdict": item.verdict, "files": sorted(files)})
        return
    say(
        f"{to}: {number_of(len(files), 'file')}; document {item.digest[:SHORT]}…, "
        f"verdict {item.verdict}"
    )
    say(f"next: the commands in {to / 'README.txt'}")
