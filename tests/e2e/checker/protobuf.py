"""Messages of protos/, compiled when the checker starts, into a pool of their own.

The gateway's generated modules are not used, and both may live in one process.
"""

import subprocess
import sys
import tempfile
from base64 import b64decode
from importlib.resources import files
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tests.e2e.checker.canonical import Document

PROTOS = Path(__file__).resolve().parents[3] / "protos"


class Contract:
    """The message types of protos/, by their full names."""

    def __init__(self, protos: Path = PROTOS) -> None:
        self._pool = DescriptorPool()
        for file in _compile(protos).file:
            self._pool.Add(file)

    def type(self, name: str) -> type[Message]:
        return GetMessageClass(self._pool.FindMessageTypeByName(name))

    def make(self, name: str, document: Document) -> Message:
        """Make a message from the JSON form of protobuf."""
        return ParseDict(document, self.type(name)())

    def read(self, name: str, data: bytes) -> Document:
        """Return the JSON form of protobuf: camel case, names of enums, base64, RFC 3339."""
        return MessageToDict(self.type(name).FromString(data))


def _compile(protos: Path) -> FileDescriptorSet:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "contract"
        subprocess.run(
            [
                *(sys.executable, "-m", "grpc_tools.protoc", f"-I{protos}"),
                f"-I{files('grpc_tools') / '_proto'}",
                "--include_imports",
                f"--descriptor_set_out={result}",
                *sorted(str(path.relative_to(protos)) for path in protos.rglob("*.proto")),
            ],
            check=True,
        )
        return FileDescriptorSet.FromString(result.read_bytes())


def header_of(message: Document) -> Document:
    """Turn the JSON form of ListHeader into the header of annex A."""
    stream = message["stream"]
    header = {
        "version": message["version"],
        "listId": message["listId"],
        "kind": message["kind"].removeprefix("LIST_KIND_"),
        "issuer": stream["issuer"],
        "recipient": stream["recipient"],
        "agreement": stream["agreement"],
        "test": stream.get("test", False),
        "epoch": stream["epoch"],
        "sequence": int(message["sequence"]),
        "issuedAt": message["issuedAt"],
        "nextUpdateAt": message["nextUpdateAt"],
        "stateRoot": b64decode(message["stateRoot"]).hex(),
        "quantity": int(message.get("quantity", 0)),
    }
    if "previousDigest" in message:
        header["previousDigest"] = b64decode(message["previousDigest"]).hex()
    return header


def operator_of(message: Document) -> Document:
    """Turn the JSON form of Operator into that of annex A: but for one enum they are the same."""

    def status(authorisation: dict[str, Any]) -> Document:
        code = authorisation["status"]["code"].removeprefix("STATUS_CODE_")
        return authorisation | {"status": authorisation["status"] | {"code": code}}

    return message | {"authorisations": [status(one) for one in message["authorisations"]]}
