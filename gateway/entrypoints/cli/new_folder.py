"""Writing an export: a folder that was not there, for its owner alone."""

import os
from collections.abc import Mapping
from pathlib import Path

from gateway.domain.errors import ConfigError


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder with these files.

    Raises:
        ConfigError: It exists already, or cannot be written.
    """
    try:
        # Operators' data: for the owner alone, and never over something that is there.
        folder.mkdir(mode=0o700, parents=True)
        for name, content in files.items():
            handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
    except FileExistsError as error:
        raise ConfigError(f"{folder} exists already; nothing was written") from error
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written: {error.strerror}") from error
