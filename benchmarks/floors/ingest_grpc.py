"""The floor of P5: protobuf parse, rows, digests, root, differences, apply; bare calls in a row."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.floors.contract import Contract
from benchmarks.floors.runs import serve_runs
from benchmarks.floors.state import (
    Address,
    Authorisation,
    Operator,
    Other,
    Row,
    Status,
    Text,
    row_of,
)

CODES = {1: "ACTIVE", 2: "SUSPENDED", 3: "REVOKED", 4: "WITHDRAWN"}
moment = datetime.fromtimestamp


def reader() -> Callable[[Sequence[bytes]], list[Row]]:
    """Return what reads the parts of a list: the document and its chunks."""
    parse = Contract().type("mra.types.v1.OperatorChunk").FromString

    def read(parts: Sequence[bytes]) -> list[Row]:
        return [
            row_of(_operator(message)) for chunk in parts[1:] for message in parse(chunk).operators
        ]

    return read


def _operator(message: Any) -> Operator:  # noqa: ANN401 - a message made at run time
    return Operator(
        id=message.id,
        alternate_ids=tuple([Other(one.scheme, one.value) for one in message.alternate_ids]),
        names=tuple([_text(one) for one in message.names]),
        trade_names=tuple([_text(one) for one in message.trade_names]),
        addresses=tuple(
            [
                Address(
                    lines=tuple(one.lines),
                    city=one.city or None,
                    country=one.country,
                    subdivision=one.subdivision or None,
                    postcode=one.postcode or None,
                )
                for one in message.addresses
            ]
        ),
        roles=tuple(message.roles),
        authorisations=tuple([_authorisation(one) for one in message.authorisations]),
    )


def _text(message: Any) -> Text:  # noqa: ANN401 - as above
    return Text(text=message.text, language=message.language or None, script=message.script or None)


def _authorisation(message: Any) -> Authorisation:  # noqa: ANN401 - as above
    status = message.status
    accepted, expires = message.HasField("accepted_at"), message.HasField("expires_at")
    return Authorisation(
        id=message.id,
        category=message.category,
        programme=message.programme,
        issuing_office=message.issuing_office,
        accepted_at=moment(message.accepted_at.seconds, UTC) if accepted else None,
        effective_at=moment(message.effective_at.seconds, UTC),
        expires_at=moment(message.expires_at.seconds, UTC) if expires else None,
        status=Status(
            code=CODES[status.code],
            effective_at=moment(status.effective_at.seconds, UTC),
            change_reason=status.change_reason or None,
        ),
    )


def main() -> None:
    """Read the folder with the lists, then run as often as asked."""
    serve_runs(Path(sys.argv[1]), reader())


if __name__ == "__main__":
    main()
