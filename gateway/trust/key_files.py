"""Files that hold secrets: read only if they are their owner's alone, written only if new."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.domain.errors import ConfigError


def read_secret(path: Path) -> bytes:
    """Read a file that only its owner can read.

    Raises:
        ConfigError: Missing, unreadable, or open to others.
    """
    try:
        # The mode is taken from the open file, so that nobody can swap it in between.
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"{path} may be read by others (mode {mode:04o}), set it to 0600")
    return content


def read_private_key(path: Path) -> PrivateKeyTypes:
    """Read a PEM private key without passphrase, for its owner alone.

    Raises:
        ConfigError: Missing, unreadable, open to others, with a passphrase, or no key.
    """
    text = read_secret(path)
    try:
        return load_pem_private_key(text, password=None)
    except TypeError as error:
        raise ConfigError(f"{path} needs a passphrase, which is not supported") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path} holds no pem private key") from error


def write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file that was not there.

    Raises:
        ConfigError: It exists, or cannot be written.
    """

    def write() -> None:
        # Made with its mode and only if new: no moment in which others could open a private key.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(content)

    writing(path, write)


def writing(path: Path, write: Callable[[], None]) -> None:
    """Write something at a path.

    Raises:
        ConfigError: It exists, or cannot be written.
    """
    try:
        write()
    except FileExistsError as error:
        raise ConfigError(f"{path} exists already and is never overwritten") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
