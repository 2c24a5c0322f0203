"""Partners that take the connection and never say a word."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread


@contextmanager
def silent_listener() -> Iterator[str]:
    """Listen on loopback; every connection is kept open and left without an answer."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    held.append(listening.accept()[0])

        thread = Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            # Closing alone does not wake who waits in `accept`.
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            for each in held:
                each.close()
