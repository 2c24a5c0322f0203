"""The figure of P4 and P5: a list from bytes to the committed registry, by the gateway itself."""

import shutil
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.administration import BENCH, Administration
from benchmarks.lines import serve_lines, timed
from benchmarks.parts import read_parts
from gateway.bootstrap import CHECKS, Gateway
from gateway.domain.acknowledgements import Outcome
from gateway.domain.documents import Unverified, Verified
from gateway.domain.profiles import PartnerProfile
from gateway.entrypoints.collector import look_seldom
from gateway.ports.feed import Feed
from gateway.ports.registry import Accepted
from gateway.services.judging import Bench, list_anchors


def main() -> None:
    """Find what was prepared in the folder, then run as often as asked."""
    look_seldom()  # as `mra serve` does
    administration = Administration(Path(sys.argv[1]))
    with_verifying = sys.argv[2] == "with-verifying"
    folder = administration.folder
    database, template = folder / "mra.db", folder / "template.db"
    document, *chunks = read_parts(folder / "list-2.parts")
    offered = Unverified(document=document, chunks=tuple(chunks))
    profile = administration.profile()

    def work(_order: Mapping[str, Any]) -> dict[str, Any]:
        for file in folder.glob("mra.db*"):
            file.unlink()
        shutil.copyfile(template, database)
        gateway = administration.open()
        feed = gateway.exchange().feeds[profile.kind]
        run = Run(gateway, profile, feed, offered)
        try:
            if with_verifying:
                told = timed(lambda: run.accept(run.open()))
            else:
                told = timed(partial(run.accept, run.open()))
        finally:
            gateway.close()
        return told | {"changed": run.changed}

    serve_lines(work)


class Run:
    """The steps of `services.receiving.Receiver`, but for the evidence kept beside them."""

    def __init__(
        self, gateway: Gateway, profile: PartnerProfile, feed: Feed, offered: Unverified
    ) -> None:
        self._profile = profile
        self._feed = feed
        self._offered = offered
        self._now = gateway.clock()
        feeds = {profile.kind: feed}
        self._bench = Bench(registry=gateway.store.registry, feeds=feeds, checks=CHECKS)
        self.changed = 0

    def open(self) -> Verified[Any]:
        """Verify."""
        anchors, limits = list_anchors(self._profile), self._profile.limits
        return self._feed.opener.open(self._offered, anchors, limits, self._now)

    def accept(self, verified: Verified[Any]) -> None:
        """Decode, decide, commit."""
        profile, now = self._profile, self._now
        incoming = self._bench.decode(profile, self._offered, verified, now=now)
        accepted = self._bench.judge(profile, incoming, actor=BENCH, now=now)
        self.changed = _require_applied(accepted)


def _require_applied(accepted: Accepted) -> int:
    outcome = accepted.acknowledgement.acknowledgement.outcome
    if outcome is not Outcome.APPLIED:
        reasons = accepted.acknowledgement.acknowledgement.reasons
        raise ValueError(f"the list was {outcome}: {reasons}")
    return accepted.changed


if __name__ == "__main__":
    main()
