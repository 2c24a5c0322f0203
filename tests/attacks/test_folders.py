"""Attacks on shared folders: whatever lies there, a list is whole and signed or none (issue 6)."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gateway.domain.profiles import FeedKind
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.xml_feed.file_names import FileKind, name_of
from tests.fakes.besieged import Besieged
from tests.fakes.besieged_folders import MOST, Shared
from tests.fakes.besieged_ways import failed, within_bounds

KINDS = (FeedKind.XML, FeedKind.ASICE)


@pytest.fixture
def shared(ground: Besieged, tmp_path: Path) -> Shared:
    return Shared(ground, tmp_path)


Put = Callable[[Shared], object]


def _spoilt(spoil: Callable[[bytes], bytes]) -> Put:
    """A sound head, and the list in other bytes."""
    return lambda it: it.offer(it.head, spoil(it.document))


def _headed(spoil: Callable[[bytes], bytes]) -> Put:
    """The sound list, and its head in other bytes."""
    return lambda it: it.offer(spoil(it.head), it.document)


def _linked(it: Shared) -> None:
    elsewhere = it.folder / "elsewhere"
    elsewhere.write_bytes(it.document)
    it.offer(it.head)
    it.list_path.symlink_to(elsewhere)


def _linked_to_a_secret(it: Shared) -> None:
    it.offer(it.head)
    it.list_path.symlink_to("/dev/zero")


def _pipe(it: Shared) -> None:
    it.offer(it.head)
    os.mkfifo(it.list_path)


def _headed_by_a_pipe(it: Shared) -> None:
    it.offer(document=it.document)
    os.mkfifo(it.head_path)


def _folder(it: Shared) -> None:
    it.offer(it.head)
    it.list_path.mkdir()


def _sparse(it: Shared) -> None:
    """Ten gigabytes that cost nothing to whoever put them there."""
    it.offer(it.head, it.document)
    os.truncate(it.list_path, 10 * 1024**3)


def _renamed(name: str) -> Put:
    def put(it: Shared) -> None:
        it.offer(it.head, it.document)
        it.list_path.rename(it.inbox / name.format(stream=it.ground.profile.receives))

    return put


def _of_the_list_before(it: Shared) -> None:
    """List 2, genuine, under the name of list 3."""
    it.offer(it.head, it.ground.partner._require_sealed().document)


def _headed_by_the_list_before(it: Shared) -> None:
    it.offer(it.ground.partner._require_sealed().head, it.document)


def _with_a_million_ahead(it: Shared) -> None:
    """A head of a list that is far ahead, and is a copy of another one."""
    stream = it.ground.profile.receives
    for sequence in range(4, 500):
        path = it.inbox / name_of(stream, sequence, FileKind.HEAD).text
        path.write_bytes(b"<AEOStatusListHead></AEOStatusListHead>")
        it.list_path.with_name(it.list_path.name.replace("-3.", f"-{sequence}.")).touch()


def _foreign_answers(it: Shared) -> None:
    """Answers in our name that we never gave."""
    it.offer(it.head)
    for revision in (1, 2, 900):
        name = name_of(it.ground.profile.receives, 3, FileKind.ANSWER, revision).text
        (it.inbox / name).write_bytes(b"<AEOStatusListAcknowledgement/>")


def _one_changed(document: bytes) -> bytes:
    if document.startswith(b"<"):
        return document.replace(b"Trading", b"Trading".swapcase(), 1)
    return document[:60] + bytes([document[60] ^ 1]) + document[61:]


SIGNATURE = ("SIGNATURE_INVALID",)
WITHHELD = failed(TransportFault.WITHHELD)
NONE, SAME = "nothing issued", "unchanged"
LEFT: Mapping[str, tuple[Put, str, TransportFault | None]] = {
    "half a list": (_spoilt(lambda it: it[: len(it) // 2]), WITHHELD, TransportFault.NOT_WHOLE),
    "an empty list": (_spoilt(lambda _: b""), WITHHELD, TransportFault.NOT_WHOLE),
    "a page of HTML": (
        _spoilt(lambda _: b"<!doctype html><html></html>"),
        WITHHELD,
        TransportFault.NOT_WHOLE,
    ),
    "a list over the limit": (
        _spoilt(lambda it: b" " * MOST + it),
        WITHHELD,
        TransportFault.OVERSIZED,
    ),
    "a sparse file of ten gigabytes": (_sparse, WITHHELD, TransportFault.OVERSIZED),
    "a link to a list": (_linked, WITHHELD, TransportFault.LINK),
    "a link to a device": (_linked_to_a_secret, WITHHELD, TransportFault.LINK),
    "a pipe": (_pipe, WITHHELD, TransportFault.NOT_A_FILE),
    "a folder": (_folder, WITHHELD, TransportFault.NOT_A_FILE),
    "half a head": (_headed(lambda it: it[: len(it) // 2]), NONE, TransportFault.NOT_WHOLE),
    "no head": (lambda it: it.offer(document=it.document), NONE, None),
    "a pipe for a head": (_headed_by_a_pipe, NONE, TransportFault.NOT_A_FILE),
    "a head over the limit": (
        _headed(lambda it: b" " * 300_000 + it),
        NONE,
        TransportFault.OVERSIZED,
    ),
    "a head alone": (lambda it: it.offer(it.head), NONE, None),
    "another spelling": (_renamed("{stream}-03.xml"), NONE, None),
    "a sequence that no list can have": (_renamed("{stream}-99999999999999999999.xml"), NONE, None),
    "a temporary name": (_renamed(".{stream}-3.xml.tmp"), NONE, None),
    "a list beside the list before its head": (_headed_by_the_list_before, SAME, None),
    "answers that we never gave": (_foreign_answers, NONE, TransportFault.NOT_WHOLE),
}
"""Left where it lies; no list is offered, or the one that is does not come. What is told of the
file, if it bears a name that is looked at."""
REFUSED: Mapping[str, tuple[Put, tuple[str, ...]]] = {
    "one byte of the list": (
        _spoilt(_one_changed),
        ("SIGNATURE_INVALID", "CONTAINER_REFUSED"),
    ),
    "one byte of the head": (_headed(lambda it: it.replace(b"XA-XB", b"XA-XC", 1)), SIGNATURE),
    "a head of somebody": (
        _headed(lambda _: b"<AEOStatusListHead></AEOStatusListHead>"),
        SIGNATURE,
    ),
    "many heads without a list": (_with_a_million_ahead, SIGNATURE),
    "a head with a DOCTYPE": (
        _headed(lambda it: it.replace(b"?>", b"?><!DOCTYPE x>", 1)),
        ("FORBIDDEN_MARKUP",),
    ),
}


@pytest.mark.parametrize(("put", "told", "fault"), LEFT.values(), ids=LEFT)
def test_what_is_no_whole_list_is_left_and_changes_nothing(
    shared: Shared, put: Put, told: str, fault: TransportFault | None
) -> None:
    put(shared)
    ground = shared.ground
    before = ground.deciding_rows()
    with within_bounds():
        assert shared.fetch() == told
    assert shared.told == ({fault} if fault else set())
    assert ground.deciding_rows() == before
    shared.require_taken()


@pytest.mark.parametrize(("put", "codes"), REFUSED.values(), ids=REFUSED)
def test_a_hostile_file_is_no_list(shared: Shared, put: Put, codes: tuple[str, ...]) -> None:
    put(shared)
    ground = shared.ground
    before = ground.deciding_rows()
    with within_bounds():
        assert shared.fetch() in codes
    assert ground.deciding_rows() == before
    shared.require_taken()


def test_a_genuine_list_under_another_name_moves_nothing(shared: Shared) -> None:
    _of_the_list_before(shared)
    ground = shared.ground
    before = ground.deciding_rows()
    shared.fetch()
    assert ground.deciding_rows() == before
    shared.require_taken()


@pytest.mark.parametrize("kind", ["a pipe", "a folder", "a link"])
def test_what_has_our_temporary_name_holds_no_sync(shared: Shared, kind: str) -> None:
    """The partner can write where our answers go: none of it is waited for or written through."""
    elsewhere = shared.folder / "elsewhere"
    elsewhere.write_bytes(b"ours")
    temporary = shared.inbox / shared.temporary_path.name.replace("-2.", "-3.")
    put: dict[str, Callable[[], object]] = {
        "a pipe": lambda: os.mkfifo(temporary),
        "a folder": temporary.mkdir,
        "a link": lambda: temporary.symlink_to(elsewhere),
    }
    put[kind]()
    shared.offer(shared.head, shared.document)
    with within_bounds():
        assert shared.fetch() == "applied"
    assert elsewhere.read_bytes() == b"ours"
