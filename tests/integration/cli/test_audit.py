import sqlite3
from pathlib import Path

import pytest

from gateway.domain.profiles import FeedKind
from tests.fakes.installed import Installed
from tests.fakes.partner_simulator import make_operator


@pytest.fixture
def installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Installed:
    made = Installed(tmp_path, FeedKind.GRPC, capsys)
    made.partner.publish_next(make_operator("XB000001", on=made.now))
    made.receive()
    return made


def test_whole_trail_is_said_to_be_whole(installed: Installed) -> None:
    code, _, said = installed.mra("audit", "verify")
    assert (code, "the audit trail is whole: 2 events" in said) == (0, True)
    assert installed.mra_json("audit", "verify") == {"whole": True, "events": 2, "approvals": 0}


def test_changed_event_is_named_and_ends_with_an_error(installed: Installed) -> None:
    with sqlite3.connect(next(installed.folder.glob("*.db"))) as raw:
        raw.execute("UPDATE audit_events SET actor = 'Mallory' WHERE number = 2")
    raw.close()
    code, _, said = installed.mra("audit", "verify")
    assert code == 65
    assert "AUDIT_BROKEN: the audit trail is broken at event 2: it was changed" in said


def test_events_are_listed_with_who_did_what(installed: Installed) -> None:
    code, out, _ = installed.mra("audit", "list")
    assert code == 0
    first, second = out.splitlines()
    assert "profile.applied" in first
    assert "officer of the test (officer, named)" in first
    assert "list.applied" in second
    assert "sequence=1" in second


def test_events_can_be_chosen(installed: Installed) -> None:
    def numbers(*arguments: str) -> list[int]:
        events = installed.mra_json("audit", "list", *arguments)
        assert isinstance(events, list)
        return [event["number"] for event in events]

    assert numbers("--action", "list.") == [2]
    assert numbers("--after", "1") == [2]
    assert numbers("--last", "1") == [2]
    assert numbers("--subject", "nothing") == []
