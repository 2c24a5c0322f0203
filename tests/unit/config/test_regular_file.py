import os
from pathlib import Path

import pytest

from gateway.config.regular_file import LONGEST, read_regular


def test_a_file_is_read_up_to_the_longest(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 10)
    assert read_regular(file) == b"x" * 10
    assert read_regular(file, longest=10) == b"x" * 10
    with pytest.raises(OSError, match="more than 9 bytes"):
        read_regular(file, longest=9)


def test_a_pipe_and_a_device_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(OSError, match="not a regular file"):
            read_regular(path)


def test_a_folder_and_what_is_not_there_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="not a regular file"):
        read_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "missing")
    assert LONGEST > 1_000_000
