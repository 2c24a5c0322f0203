"""A link between two gateways that is cut after so many bytes, whatever travels there."""

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread


class CuttingProxy:
    """Passes connections on; the first ones are cut after so many bytes of the answer each.

    Args:
        port: Where they go.
        cut_after: Bytes, for one connection after the other.
        wait: Called before a cut with the number of the connection, from 1, to return when what
            came before the cut has been read: a receiver may lose what it has not read by then.
    """

    def __init__(
        self, port: int, *cut_after: int, wait: Callable[[int], object] = lambda _: None
    ) -> None:
        self._to = ("localhost", port)
        self._wait = wait
        self._cut_after = list(cut_after)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.connections = 0
        self._open: list[socket.socket] = []
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in (self._listening, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(self._to)
                self._open += [near, far]
                self.connections += 1
                left = self._cut_after.pop(0) if self._cut_after else None
                wait = partial(self._wait, self.connections)
                Thread(target=_pass, args=(near, far, None), daemon=True).start()
                Thread(target=_pass, args=(far, near, left, wait), daemon=True).start()


def _pass(
    source: socket.socket,
    target: socket.socket,
    left: int | None,
    wait: Callable[[], object] = lambda: None,
) -> None:
    with suppress(OSError):
        while piece := source.recv(4096):
            # What comes after the cut is read and dropped: unread, it would reset the connection,
            # and the receiver would lose what it was sent before.
            if left != 0:
                with suppress(OSError):
                    target.sendall(piece[:left])
            if left is not None:
                left = max(0, left - len(piece))
                if left == 0:
                    wait()
                    break
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
    with suppress(OSError):
        source.shutdown(socket.SHUT_RD)
