"""Message classes of protos/, compiled when a floor starts, into a pool of their own."""

import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

PROTOS = Path(__file__).resolve().parents[2] / "protos"


class Contract:
    """The message types by their full names."""

    def __init__(self) -> None:
        self._pool = DescriptorPool()
        for file in _compile().file:
            self._pool.Add(file)

    def type(self, name: str) -> Any:  # noqa: ANN401 - a class made at run time
        """Return the class of a message."""
        return GetMessageClass(self._pool.FindMessageTypeByName(name))


def _compile() -> FileDescriptorSet:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "contract"
        subprocess.run(
            [
                *(sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}"),
                f"-I{files('grpc_tools') / '_proto'}",
                "--include_imports",
                f"--descriptor_set_out={result}",
                *sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto")),
            ],
            check=True,
        )
        return FileDescriptorSet.FromString(result.read_bytes())
