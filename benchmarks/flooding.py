"""A partner that floods: lists that never end or are none, calls and connections without number.

It stands for another machine, so that it gives way to everything that is measured here.
"""

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread
from typing import Any

import grpc

from benchmarks.lines import serve_lines
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.pb.mra.exchange.v1.exchange_pb2_grpc import ListExchangeStub
from gateway.pb.mra.types.v1 import list_pb2

GIVES_WAY = 19
UNENDING = 40
"""Lists that are begun and never end."""
THREADS = 6
PIECE = 256 * 1024


class Flood:
    """Floods one server until it is told to stop."""

    def __init__(
        self, address: str, credentials: grpc.ChannelCredentials, stream: Mapping[str, Any]
    ) -> None:
        self._address, self._credentials = address, credentials
        self._stream = list_pb2.Stream(**stream)
        self._stopped = Event()
        self.counts: Counter[str] = Counter()

    def run(self, seconds: float) -> None:
        """Flood for some time."""
        self._stopped.clear()
        with ExitStack() as open_channels:
            for _ in range(UNENDING):
                stub = ListExchangeStub(open_channels.enter_context(self._channel()))
                open_channels.callback(stub.SubmitList.future(self._unending()).cancel)
            threads = [Thread(target=self._flood, args=(number,)) for number in range(THREADS)]
            for thread in threads:
                thread.start()
            time.sleep(seconds)
            self._stopped.set()
            for thread in threads:
                thread.join()
            if not self.counts:
                raise RuntimeError("nothing answered the flood")

    def _channel(self) -> grpc.Channel:
        return grpc.secure_channel(
            self._address, self._credentials, options=(("grpc.use_local_subchannel_pool", 1),)
        )

    def _unending(self) -> Iterator[pb.SubmitListRequest]:
        yield pb.SubmitListRequest(stream=self._stream)
        yield pb.SubmitListRequest(list=pb.ListPart(chunk=b"x" * PIECE))
        self._stopped.wait()

    def _flood(self, number: int) -> None:
        calls = 0
        while not self._stopped.is_set():
            # A connection of its own for every fifty calls.
            with self._channel() as channel:
                stub = ListExchangeStub(channel)
                for _ in range(50):
                    calls += 1
                    junk = (
                        pb.SubmitListRequest(stream=self._stream),
                        pb.SubmitListRequest(list=pb.ListPart(document=b"%d-%d" % (number, calls))),
                    )
                    try:
                        stub.SubmitList(iter(junk), timeout=10)
                    except grpc.RpcError as error:
                        self.counts[error.code().name] += 1
                    if self._stopped.is_set():
                        return


def main() -> None:
    """Flood for as many seconds as a line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--stream", required=True, help="its fields, as JSON")
    parser.add_argument("--keys", type=Path, required=True)
    parser.add_argument("--authorities", type=Path, required=True)
    asked = parser.parse_args()
    os.nice(GIVES_WAY)
    credentials = grpc.ssl_channel_credentials(
        asked.authorities.read_bytes(),
        (asked.keys / "tls.key").read_bytes(),
        (asked.keys / "tls.pem").read_bytes(),
    )
    flood = Flood(asked.address, credentials, json.loads(asked.stream))

    def work(order: Mapping[str, Any]) -> dict[str, Any]:
        flood.counts.clear()
        flood.run(order["seconds"])
        return {"answers": dict(flood.counts)}

    serve_lines(work)


if __name__ == "__main__":
    main()
