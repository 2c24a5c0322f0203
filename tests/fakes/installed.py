"""A gateway that `mra init` made, with one partner's lists in it, driven by its commands."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.bootstrap import Gateway, open_gateway
from gateway.config.partner_files import dump_partner
from gateway.config.settings import load_settings
from gateway.domain.profiles import FeedKind, KeyUse, PartnerProfile, Schedule
from gateway.entrypoints.cli.app import main
from tests.fakes.home import OFFICER, make_agreement
from tests.fakes.partner_simulator import Keys, PartnerSimulator

FIRST_FILES = {
    FeedKind.XML: "list.xml",
    FeedKind.ASICE: "list.asice",
    FeedKind.GRPC: "envelope.pb",
}


class Installed:
    """Its clock is the real one; lists can have been received before."""

    def __init__(self, folder: Path, kind: FeedKind, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - commands read it too
        self.folder = folder / "home"
        self.settings = self.folder / "mra.toml"
        made, _, said = run(capsys, "init", str(self.folder))
        assert made == 0, said
        long_ago = self.now - timedelta(days=30)
        self.keys = Keys(folder / "partner", "XB", long_ago)
        self.profile = PartnerProfile(
            agreement=make_agreement(),
            kind=kind,
            trust=tuple(self.keys.anchors(use) for use in KeyUse),
            schedule=Schedule(every=timedelta(hours=6)),
        )
        self.partner = PartnerSimulator(
            keys=self.keys, stream=self.profile.receives, kind=kind, now=self.now
        )
        self.within(lambda gateway: gateway.store.profiles.apply(self.profile, OFFICER, long_ago))

    def within(self, do: Callable[[Gateway], object]) -> None:
        """Do something with the open gateway."""
        gateway = open_gateway(load_settings(self.settings, {}))
        try:
            do(gateway)
        finally:
            gateway.close()

    def receive(self, *, at: datetime | None = None) -> None:
        """Take in what the partner offers, as if it had arrived at a moment."""
        moment = at or self.now

        def receive(gateway: Gateway) -> None:
            receiver = gateway.exchange().receiver
            receiver.receive(self.profile, self.partner.offered(), actor=OFFICER, now=moment)

        self.within(receive)

    def offer_files(self) -> list[Path]:
        """Write what the partner offers as it would lie in a folder: document, then chunks."""
        offered = self.partner.offered()
        names = [FIRST_FILES[self.profile.kind]]
        names += [f"chunk{number}.pb" for number in range(len(offered.chunks))]
        paths = [self.folder / name for name in names]
        for path, content in zip(paths, (offered.document, *offered.chunks), strict=True):
            path.write_bytes(content)
        return paths

    def profile_file(self) -> Path:
        """Write the partner's profile as a file."""
        path = self.folder / "partner.toml"
        path.write_text(dump_partner(self.profile), encoding="utf-8")
        return path

    def mra(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Run a command with this gateway's settings: exit code, output, messages."""
        return run(self._capsys, *map(str, arguments), "--config", str(self.settings))

    def mra_json(self, *arguments: str | Path, code: int = 0) -> object:
        """Run a command with `--json` and return what it printed."""
        ended, out, said = self.mra(*arguments, "--json")
        assert ended == code, said
        return json.loads(out)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run `mra` in this process: exit code, standard output, standard error."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, said = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else 0), out, said
