"""Files that were not read are told once (EXC-7)."""

from pathlib import Path

from gateway.domain.profiles import FeedKind
from gateway.domain.transport_faults import TransportFault
from gateway.services import file_notices
from gateway.services.file_notices import FileNotices
from gateway.services.sync import SCHEDULE
from tests.fakes.home import Home


def test_exc_7_each_file_and_reason_is_told_once(tmp_path: Path) -> None:
    home = Home(tmp_path, FeedKind.XML)
    notices = FileNotices(home.store.audit, home.clock, SCHEDULE)
    link, part = TransportFault.LINK, TransportFault.NOT_WHOLE
    for fault, why in ((link, "a link"), (link, "a link"), (part, "still written")):
        notices.tell("a.xml", fault, why)
    notices.tell("b\udcff.xml", link, "a link")
    told = [event for event in home.store.audit.events() if event.action == "file.ignored"]
    assert [(event.subject, event.facts) for event in told] == [
        ("a.xml", {"fault": "link", "why": "a link"}),
        ("a.xml", {"fault": "not_whole", "why": "still written"}),
        ("b\\udcff.xml", {"fault": "link", "why": "a link"}),
    ]
    home.close()


def test_exc_7_a_full_folder_fills_no_audit_trail(tmp_path: Path) -> None:
    home = Home(tmp_path, FeedKind.XML)
    notices = FileNotices(home.store.audit, home.clock, SCHEDULE)
    notices._told = {(str(number), "a link") for number in range(file_notices.MOST_NOTICES)}
    notices.tell("one more.xml", TransportFault.LINK, "a link")
    assert "file.ignored" not in [event.action for event in home.store.audit.events()]
    home.close()
