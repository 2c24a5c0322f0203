"""What the rows about ingest share: home with list 1 accepted, and list 2 as it would arrive."""

import shutil
import sqlite3
from pathlib import Path

from benchmarks.administration import Administration, accept, found, issue, issue_delta
from benchmarks.parts import write_parts
from benchmarks.synthetic import change_some, make_operators
from gateway.domain.profiles import FeedKind, KeyUse


def prepare(folder: Path, kind: FeedKind, size: int, *, seed: int) -> tuple[Administration, int]:
    """Write all that figure and floor need into the folder; return the bytes of list 2 too."""
    administration = found(folder, kind)
    feed, profile = administration.partner_feed(kind), administration.profile()
    operators = make_operators(size, seed=seed)
    first, sealed = issue(feed, profile, operators, None)
    write_parts(folder / "list-1.parts", (sealed.document, *sealed.chunks))
    accept(administration, sealed)
    checkpoint(folder / "mra.db")
    shutil.copyfile(folder / "mra.db", folder / "template.db")
    second, sealed = issue(feed, profile, change_some(operators, seed=seed), first)
    write_parts(folder / "list-2.parts", (sealed.document, *sealed.chunks))
    (folder / "list-2.root").write_text(second.state_root, "ascii")
    anchors = profile.anchors(KeyUse.LISTS)
    (folder / "signer.pem").write_text(anchors.pinned[0] if anchors else "", "ascii")
    return administration, len(sealed.document) + sum(map(len, sealed.chunks))


def prepare_deltas(folder: Path, size: int, *, changes: int, count: int, seed: int) -> None:
    """Write DELTAs that follow list 1, each on the one before; the folder was prepared for gRPC."""
    for file in folder.glob("mra.db*"):
        file.unlink()
    shutil.copyfile(folder / "template.db", folder / "mra.db")
    administration = Administration(folder)
    feed, profile = administration.partner_feed(FeedKind.GRPC), administration.profile()
    gateway = administration.open()
    try:
        head = gateway.store.registry.find_head(profile.receives)
    finally:
        gateway.close()
    if head is None:
        raise ValueError("list 1 is not accepted")
    operators, before = make_operators(size, seed=seed), head.header
    for number in range(count):
        changed = change_some(operators, seed=seed + number, share=changes / size)
        before, sealed = issue_delta(feed, profile, changed, (before, operators))
        write_parts(folder / f"delta-{number}.parts", (sealed.document, *sealed.chunks))
        operators = changed


def checkpoint(database: Path) -> None:
    """Bring all of an SQLite database into its one file, to be copied."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA walcheckpoint(TRUNCATE)")
    connection.close()
