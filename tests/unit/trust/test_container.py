"""Containers of every shape but the one of SIG-2."""

import zipfile
import zlib
from io import BytesIO

import pytest

from gateway.domain.errors import ContainerError, DocumentError, TooLargeError
from gateway.trust.container import (
    LIST,
    MEDIA_TYPE,
    MIMETYPE,
    SIGNATURES,
    is_container,
    read_members,
    unpack,
    write_container,
)
from tests.fakes.hostile_containers import FRAMES, MEMBERS, Change, Frame, changed, part
from tests.fakes.zip_forger import deflate, forge, members

DOCUMENT = b"".join(b"<operator>%d</operator>" % (n * n) for n in range(10_000))


def read(container: bytes) -> dict[str, bytes]:
    found = read_members(container)
    return {name: b"".join(unpack(member)) for name, member in found.items()}


def test_sig_2_a_container_is_read_as_it_was_written() -> None:
    file = BytesIO()
    write_container(file, ((LIST, (DOCUMENT[:100], DOCUMENT[100:])), (SIGNATURES, (b"<s/>",))))
    written = file.getvalue()
    assert is_container(written)
    assert read(written) == {MIMETYPE: MEDIA_TYPE.encode(), LIST: DOCUMENT, SIGNATURES: b"<s/>"}


def test_sig_2_what_is_written_is_the_same_for_every_zip_reader() -> None:
    file = BytesIO()
    write_container(file, ((LIST, (DOCUMENT,)), (SIGNATURES, (b"<s/>",))))
    with zipfile.ZipFile(file) as archive:
        first, *_ = infos = archive.infolist()
        assert [info.filename for info in infos] == [MIMETYPE, LIST, SIGNATURES]
        assert (first.compress_type, first.extra, first.header_offset) == (0, b"", 0)
        assert archive.read(LIST) == DOCUMENT
    # The type is found where ETSI EN 319 162-1 has it, without unpacking.
    assert file.getvalue()[30:38] == b"mimetype"
    assert file.getvalue()[38 : 38 + len(MEDIA_TYPE)] == MEDIA_TYPE.encode()


def test_sig_2_members_behind_the_first_may_stand_in_either_order_and_be_stored() -> None:
    first, document, signature = members(DOCUMENT)
    document.deflated = False
    assert read(forge([first, signature, document]))[LIST] == DOCUMENT


@pytest.mark.parametrize("change", MEMBERS.values(), ids=MEMBERS)
def test_sig_2_another_container_is_refused(change: Change) -> None:
    with pytest.raises(ContainerError):
        read(changed(members(DOCUMENT), change))


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_sig_2_a_container_with_anything_around_it_is_refused(frame: Frame) -> None:
    with pytest.raises(ContainerError):
        read(frame(members()))


def _stated_otherwise(at: int, content: bytes) -> bytes:
    """Return a container that is good but for some bytes, counted from its end."""
    genuine = forge(members())
    return genuine[:at] + content + genuine[at + len(content) or len(genuine) :]


def _packed_to(length: int) -> tuple[bytes, bytes]:
    """Return content, and how it is packed into so many bytes."""
    for size in range(length - 100, length):
        packer = zlib.compressobj(0, zlib.DEFLATED, -15)
        packed = packer.compress(b"x" * size) + packer.flush()
        if len(packed) == length:
            return b"x" * size, packed
    raise AssertionError("no content packs to that length")


ALONE: dict[str, bytes] = {
    "the end record without its mark": _stated_otherwise(-22, b"XX\x05\x06"),
    "another size of the directory": _stated_otherwise(-10, b"\0\0\0\0"),
    "an entry without its mark": forge(members()).replace(b"PK\x01\x02", b"XX\x01\x02", 1),
    "a method that nobody knows, with bytes as they are": changed(
        members(DOCUMENT), part(1, deflated=False, method=12)
    ),
    "bytes behind a stream that ends with a piece": changed(
        members(DOCUMENT),
        part(1, content=_packed_to(65536)[0], data=_packed_to(65536)[1] + b"more"),
    ),
}


@pytest.mark.parametrize("container", ALONE.values(), ids=ALONE)
def test_sig_2_one_thing_alone_is_refused(container: bytes) -> None:
    with pytest.raises(ContainerError):
        read(container)


def test_sig_2_every_byte_counts() -> None:
    genuine = forge(members())
    believed = read(genuine)
    for at in range(len(genuine)):
        for bit in (0x01, 0x80):
            bent = bytearray(genuine)
            bent[at] ^= bit
            try:
                read_back = read(bytes(bent))
            except DocumentError:
                continue
            assert read_back == believed


def test_acc_1_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = deflate(b"\0" * 10_000_000)
    container = changed(members(DOCUMENT), part(1, content=b"", data=bomb, size=10_000_000, crc=0))
    with pytest.raises(TooLargeError, match="100 times"):
        read_members(container)


def test_acc_1_a_bomb_that_states_less_is_put_out_where_it_passes_that() -> None:
    bomb = deflate(b"\0" * 50_000_000)
    member = read_members(
        changed(members(DOCUMENT), part(1, content=b"", data=bomb, size=1000, crc=0))
    )[LIST]
    with pytest.raises(ContainerError, match="more than 1000 bytes"):
        next(unpack(member))


def test_acc_1_small_members_may_be_packed_well() -> None:
    document = b"\0" * 60_000
    assert read(forge(members(document)))[LIST] == document


def test_acc_1_ratio_at_the_limit_is_unpacked() -> None:
    content = zlib.compress(DOCUMENT) * 20
    assert read(forge(members(content)))[LIST] == content
