"""`mra` called in this process, and a gateway with a trial partner to call it on."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.bootstrap import open_gateway, system_clock
from gateway.config.settings import load_settings
from gateway.domain.documents import Packaging, Unverified
from gateway.domain.parties import Actor, Role
from gateway.entrypoints.cli.app import main
from gateway.ports.registry import Accepted

TESTER = Actor(name="test", role=Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed where."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> object:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, object]:
        """The one JSON document on standard error."""
        read = json.loads(self.err)
        assert isinstance(read, dict)
        return read


class CommandLine:
    """Runs commands in a folder, as a person would there."""

    def __init__(self, captured: pytest.CaptureFixture[str], folder: Path) -> None:
        self._captured = captured
        self.folder = folder

    def __call__(self, *arguments: str | Path) -> Ended:
        self._captured.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(each) for each in arguments])
        printed = self._captured.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, printed.out, printed.err)


def hand_over(sender: Path, receiver: Path) -> None:
    """Issue the sender's list and let the receiver judge it, without a network between them."""
    out = open_gateway(load_settings(sender, {}))
    into = open_gateway(load_settings(receiver, {}))
    try:
        now = system_clock()
        (theirs,) = (stored.profile for stored in out.store.profiles.all())
        (ours,) = (stored.profile for stored in into.store.profiles.all())
        header = out.exchange().publisher.publish(theirs, actor=TESTER, now=now)
        assert header is not None
        sealed = out.store.publications.find(theirs.sends, header.sequence, Packaging.DSSE)
        assert sealed is not None
        document = Unverified(document=sealed.document, chunks=sealed.chunks)
        done = into.exchange().receiver.receive(ours, document, actor=TESTER, now=now)
        assert isinstance(done, Accepted)
    finally:
        out.close()
        into.close()
