"""Reading files that others put there or name: files alone, and no more than a file may have."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

LONGEST: Final = 4 * 1024**2
"""Bytes of a settings or partner file, or of what it names: a revocation list is the largest."""


def read_regular(path: Path, *, longest: int = LONGEST) -> bytes:
    """Read a regular file; a pipe would wait for ever, and a device never end.

    Raises:
        OSError: It cannot be read, is no regular file, or is longer.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(longest + 1)
    if len(data) > longest:
        raise OSError(errno.EFBIG, f"more than {longest} bytes")
    return data
