"""Lists and acknowledgements as files in shared folders (EXC-7), here and behind SFTP."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.documents import Packaging, SealedList
from gateway.domain.errors import ConfigError, NotFoundError, TransportError
from gateway.domain.lists import ListKind, StatusList
from gateway.domain.profiles import Folders, Limits, PartnerProfile, Receive, Send, Ways
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.xml_feed.acknowledgement_codec import acknowledgement_to_xml
from gateway.exchange.xml_feed.codec import head_to_xml, list_to_xml
from gateway.exchange.xml_feed.folder import FolderChannel
from tests.fakes.partner_tls import profile_of
from tests.fakes.sftp_servers import Machine
from tests.fakes.xml_lists import STREAM, header_for, whole_operators

OPERATORS = whole_operators(2)


def sealed(sequence: int, kind: ListKind = ListKind.FULL) -> SealedList:
    header = replace(header_for(OPERATORS, sequence=sequence), kind=kind)
    operators = OPERATORS if kind is ListKind.FULL else ()
    return SealedList(
        packaging=Packaging.XADES,
        document=list_to_xml(StatusList(header, operators)),
        head=head_to_xml(header),
    )


def answer(sequence: int, revision: int = 1) -> bytes:
    header = header_for(OPERATORS, sequence=sequence)
    return acknowledgement_to_xml(
        Acknowledgement(
            acknowledgement_id=f"XB-{sequence}-{revision}",
            stream=STREAM,
            sequence=sequence,
            list_digest="ab" * 32,
            outcome=Outcome.APPLIED,
            revision=revision,
            acknowledged_at=header.issued_at + timedelta(minutes=1),
        )
    )


class Shared:
    """Two folders, with the side that writes lists and the side that reads them."""

    def __init__(self, folder: Path, machine: Machine | None = None) -> None:
        self.there, self.back = folder / "there", folder / "back"
        self.told: list[tuple[str, str]] = []
        self._sftp = None if machine is None else machine.place
        there, back = (
            (self.there, self.back) if machine is None else (Path("/there"), Path("/back"))
        )
        self.publisher = FolderChannel(self._profile(back, there), self._tell)
        self.recipient = FolderChannel(self._profile(there, back), self._tell)

    def _tell(self, path: str, _fault: TransportFault, why: str) -> None:
        self.told.append((Path(path).name, why))

    def _profile(self, inbox: Path, outbox: Path) -> PartnerProfile:
        folders = Folders(inbox=str(inbox), outbox=str(outbox), sftp=self._sftp)
        return replace(
            profile_of("https://unused.example", limits=Limits(max_document_bytes=20_000)),
            endpoint=None,
            exchange=Ways(receive=Receive.PULL, send=Send.PUSH, folders=folders),
        )

    def names(self) -> list[str]:
        return sorted(path.name for path in self.there.iterdir())

    def changes(self, since: int) -> list[bytes]:
        return [each.document for each in self.recipient.fetch_changes(STREAM, since)]


@pytest.fixture(params=["here", "sftp"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shared]:
    machine = Machine(tmp_path)
    if request.param == "here":
        yield Shared(machine.root)
        return
    with machine.host:
        made = Shared(machine.root, machine)
        yield made
        made.publisher.close()
        made.recipient.close()


def test_exc_7_lists_and_answers_travel_byte_for_byte(shared: Shared) -> None:
    assert shared.recipient.fetch_head(STREAM, None).document is None
    assert shared.publisher.submit_list(STREAM, sealed(1)) is None
    head = shared.recipient.fetch_head(STREAM, None)
    assert head.document is not None
    assert (head.document.document, head.held) == (sealed(1).head, None)
    assert shared.recipient.fetch_list(STREAM, 1).document == sealed(1).document
    shared.recipient.deliver_acknowledgement(STREAM, answer(1))
    assert shared.publisher.submit_list(STREAM, sealed(1)) == answer(1)
    assert shared.recipient.fetch_head(STREAM, None).held == answer(1)


def test_exc_7_names_say_stream_kind_sequence_and_revision(shared: Shared) -> None:
    shared.publisher.submit_list(STREAM, sealed(7))
    shared.recipient.deliver_acknowledgement(STREAM, answer(7, revision=2))
    assert shared.names() == [
        "XA-XB-XA-XB-production-1-7.ack-2.xml",
        "XA-XB-XA-XB-production-1-7.head.xml",
        "XA-XB-XA-XB-production-1-7.xml",
    ]
    assert list(shared.back.iterdir()) == []


def test_exc_7_a_test_list_never_lies_under_a_production_name(shared: Shared) -> None:
    shared.publisher.submit_list(STREAM, sealed(1))
    assert shared.recipient.fetch_head(replace(STREAM, test=True), None).document is None
    assert shared.recipient.fetch_head(replace(STREAM, epoch=2), None).document is None


def test_exc_7_changes_come_in_order_of_sequence_not_of_name(shared: Shared) -> None:
    for sequence in (10, 9, 11):
        shared.publisher.submit_list(STREAM, sealed(sequence))
    assert shared.changes(9) == [sealed(10).document, sealed(11).document]


def test_exc_2_a_recipient_that_has_nothing_begins_with_the_newest_full(shared: Shared) -> None:
    for sequence, kind in enumerate(
        [ListKind.FULL, ListKind.DELTA, ListKind.FULL, ListKind.DELTA], start=1
    ):
        shared.publisher.submit_list(STREAM, sealed(sequence, kind))
    assert shared.changes(0) == [sealed(3).document, sealed(4, ListKind.DELTA).document]


def test_syn_5_a_full_comes_from_the_folder_if_a_later_one_lies_there(shared: Shared) -> None:
    shared.publisher.submit_list(STREAM, sealed(3))
    shared.publisher.submit_list(STREAM, sealed(5, ListKind.DELTA))
    assert shared.changes(3) == [sealed(5, ListKind.DELTA).document]
    assert shared.recipient.fetch_full(STREAM) is None
    shared.publisher.submit_list(STREAM, sealed(6))
    full = shared.recipient.fetch_full(STREAM)
    assert full is not None
    assert full.document == sealed(6).document


def test_exc_7_a_list_is_offered_when_its_head_lies_beside_it(shared: Shared) -> None:
    shared.publisher.submit_list(STREAM, sealed(1))
    shared.publisher.submit_list(STREAM, sealed(2))
    (shared.there / f"{STREAM}-2.head.xml").unlink()
    head = shared.recipient.fetch_head(STREAM, None).document
    assert head is not None
    assert head.document == sealed(1).head


def test_exc_7_the_newest_answer_to_each_list_is_collected(shared: Shared) -> None:
    for sequence, revision in ((1, 1), (2, 1), (2, 10), (2, 9), (3, 1)):
        shared.recipient.deliver_acknowledgement(STREAM, answer(sequence, revision))
    collected = list(shared.publisher.collect_acknowledgements(STREAM, 2))
    assert collected == [answer(2, 10), answer(3)]


def write(shared: Shared, content: bytes) -> None:
    (shared.there / f"{STREAM}-2.xml").write_bytes(content)


def link(shared: Shared) -> None:
    elsewhere = shared.back / "elsewhere.xml"
    elsewhere.write_bytes(sealed(2).document)
    (shared.there / f"{STREAM}-2.xml").symlink_to(elsewhere)


BAD_FILES: dict[str, tuple[Callable[[Shared], object], str]] = {
    "half-written": (lambda shared: write(shared, sealed(2).document[:900]), "not whole"),
    "empty": (lambda shared: write(shared, b""), "not whole"),
    "another document": (lambda shared: write(shared, b"<html></html>"), "not whole"),
    "oversized": (
        lambda shared: write(shared, b" " * 20_000 + sealed(2).document),
        "more than 20000 bytes",
    ),
    "a link": (link, "a symbolic link"),
    "a folder": (lambda shared: (shared.there / f"{STREAM}-2.xml").mkdir(), "not a file"),
    "a pipe": (lambda shared: os.mkfifo(shared.there / f"{STREAM}-2.xml"), "not a file"),
}


@pytest.mark.parametrize(("put", "why"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_exc_7_what_is_no_whole_file_is_left_and_told(
    shared: Shared, put: Callable[[Shared], object], why: str
) -> None:
    shared.publisher.submit_list(STREAM, sealed(1))
    (shared.there / f"{STREAM}-2.head.xml").write_bytes(sealed(2).head)
    put(shared)
    before = shared.names()
    assert shared.changes(1) == []
    (told,) = set(shared.told)
    assert told[0] == f"{STREAM}-2.xml"
    assert told[1].startswith(why)
    assert shared.names() == before


def test_acc_1_a_file_that_is_longer_than_allowed_is_left_though_it_looks_whole(
    shared: Shared,
) -> None:
    shared.publisher.submit_list(STREAM, sealed(1))
    (shared.there / f"{STREAM}-2.head.xml").write_bytes(sealed(2).head)
    genuine = sealed(2).document
    write(shared, genuine[:100] + b" " * 20_000 + genuine[100:])
    assert shared.changes(1) == []
    ((name, why),) = set(shared.told)
    assert name == f"{STREAM}-2.xml"
    assert why.startswith("more than 20000 bytes")


def test_exc_7_behind_a_list_that_cannot_be_read_only_a_full_leads_on(shared: Shared) -> None:
    for sequence, kind in ((2, ListKind.DELTA), (3, ListKind.DELTA)):
        shared.publisher.submit_list(STREAM, sealed(sequence, kind))
    write(shared, sealed(2).document[:900])
    assert shared.changes(1) == []
    shared.publisher.submit_list(STREAM, sealed(4))
    shared.publisher.submit_list(STREAM, sealed(5, ListKind.DELTA))
    assert shared.changes(1) == [sealed(4).document, sealed(5, ListKind.DELTA).document]


def test_exc_7_a_head_that_is_half_written_waits(shared: Shared) -> None:
    shared.publisher.submit_list(STREAM, sealed(1))
    shared.publisher.submit_list(STREAM, sealed(2))
    (shared.there / f"{STREAM}-2.head.xml").write_bytes(sealed(2).head[:200])
    head = shared.recipient.fetch_head(STREAM, None).document
    assert head is not None
    assert head.document == sealed(1).head


def test_exc_7_foreign_files_and_other_spellings_are_left_alone(shared: Shared) -> None:
    shared.publisher.submit_list(STREAM, sealed(1))
    for name in (
        f"{STREAM}-01.xml",
        f"{STREAM}-2.XML",
        f"{STREAM}-2.xml~",
        f".{STREAM}-2.xml.tmp",
        f"{STREAM}-0.xml",
        "readme.txt",
        f"{STREAM}-99999999999999999999.xml",
    ):
        (shared.there / name).write_bytes(sealed(2).document)
    assert shared.changes(0) == [sealed(1).document]
    assert shared.told == []


def test_exc_7_a_file_is_there_whole_or_not_at_all(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(descriptor: int) -> None:
        del descriptor
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(TransportError, match="no space left"):
        shared.publisher.submit_list(STREAM, sealed(1))
    assert [name for name in shared.names() if not name.startswith(".")] == []
    monkeypatch.undo()
    shared.publisher.submit_list(STREAM, sealed(1))
    assert shared.changes(0) == [sealed(1).document]


def test_exc_7_what_lies_there_is_not_written_again(shared: Shared) -> None:
    shared.publisher.submit_list(STREAM, sealed(1))
    path = shared.there / f"{STREAM}-1.xml"
    before = path.stat().st_ino
    shared.publisher.submit_list(STREAM, sealed(1))
    assert path.stat().st_ino == before
    path.write_bytes(b"spoilt")
    shared.publisher.submit_list(STREAM, sealed(1))
    assert path.read_bytes() == sealed(1).document


OURS = b"what only we may change"


def as_pipe(temporary: Path, elsewhere: Path) -> None:
    del elsewhere
    os.mkfifo(temporary)


def as_hard_link(temporary: Path, elsewhere: Path) -> None:
    os.link(elsewhere, temporary)


def as_link(temporary: Path, elsewhere: Path) -> None:
    temporary.symlink_to(elsewhere)


@pytest.mark.parametrize("put", [as_pipe, as_hard_link, as_link])
def test_exc_7_what_has_our_temporary_name_is_not_written_to(
    put: Callable[[Path, Path], None], tmp_path: Path
) -> None:
    here = Shared(Machine(tmp_path).root)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(OURS)
    put(here.there / f".{STREAM}-1.xml.tmp", elsewhere)
    here.publisher.submit_list(STREAM, sealed(1))
    assert here.changes(0) == [sealed(1).document]
    assert elsewhere.read_bytes() == OURS


def test_acc_1_a_folder_here_without_end_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.exchange.xml_feed.folder_files.MOST_NAMES", 3)
    here = Shared(Machine(tmp_path).root)
    for number in range(3):
        (here.there / str(number)).touch()
    assert here.changes(0) == []
    (here.there / "one more").touch()
    with pytest.raises(TransportError, match="more than 3 files"):
        here.changes(0)


def test_syn_7_a_folder_that_is_not_there_is_no_empty_folder(shared: Shared) -> None:
    shared.there.rmdir()
    with pytest.raises(TransportError, match="no such file"):
        shared.recipient.fetch_head(STREAM, None)
    with pytest.raises(TransportError):
        shared.publisher.submit_list(STREAM, sealed(1))


def test_a_list_that_is_not_there_is_not_found(shared: Shared) -> None:
    with pytest.raises(NotFoundError):
        shared.recipient.fetch_list(STREAM, 1)


def test_nobody_watches_a_folder(shared: Shared) -> None:
    with pytest.raises(TransportError, match="by schedule"):
        shared.recipient.watch_heads(STREAM, None)


def test_profile_without_folders_has_no_channel() -> None:
    with pytest.raises(ConfigError, match="no folders"):
        FolderChannel(profile_of("https://unused.example"), lambda *_: None)
