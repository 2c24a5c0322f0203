"""An HTTPS server that answers every request with given bytes, as slowly as wanted."""

import socket
import ssl
import time
from contextlib import suppress
from threading import Event, Thread

from gateway.exchange.xml_feed.tls_context import server_context
from gateway.ports.tls import ServerTls


class RawHttps:
    def __init__(self, tls: ServerTls, *answers: bytes, seconds_a_byte: float = 0) -> None:
        """Answer with these in turn, and with the last one from then on."""
        self._answers = answers
        self._pause = seconds_a_byte
        self._stopped = Event()
        self._context: ssl.SSLContext = server_context(tls)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self.requests: list[bytes] = []
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        with suppress(OSError):
            socket.create_connection(self._listening.getsockname(), timeout=1).close()
        self._thread.join(5)
        self._listening.close()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            plain, _ = self._listening.accept()
            plain.settimeout(5)
            with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as secured:
                self._answer_one(secured)
            plain.close()

    def _answer_one(self, secured: ssl.SSLSocket) -> None:
        request = b""
        # The whole request is read, because closing with unread bytes resets the connection.
        while not _is_whole(request):
            piece = secured.recv(65536)
            if not piece:
                return
            request += piece
        answer = self._answers[min(len(self.requests), len(self._answers) - 1)]
        self.requests.append(request)
        if not self._pause:
            secured.sendall(answer)
            return
        for byte in answer:
            if self._stopped.is_set():
                return
            secured.sendall(bytes([byte]))
            time.sleep(self._pause)


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    _, _, length = head.lower().partition(b"\r\ncontent-length:")
    return bool(end) and len(body) >= int(length.partition(b"\r\n")[0] or b"0")
