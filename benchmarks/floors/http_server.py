"""The floor of lookups over HTTP: a bare Litestar handler on uvicorn, over the same TLS.

It returns fixed bytes, as long as a real answer, and reads nothing.
"""

import argparse
import ssl
from pathlib import Path

import uvicorn
from litestar import Litestar, Response, post


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--answer", type=Path, required=True)
    parser.add_argument("--certificate", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--authorities", type=Path, required=True)
    asked = parser.parse_args()
    host, _, port = asked.listen.rpartition(":")
    uvicorn.run(
        _app(asked.path, asked.answer.read_bytes()),
        host=host,
        port=int(port),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        ssl_certfile=asked.certificate,
        ssl_keyfile=asked.key,
        ssl_ca_certs=str(asked.authorities),
        ssl_cert_reqs=ssl.CERT_OPTIONAL,
    )


def _app(path: str, answer: bytes) -> Litestar:
    @post(path, status_code=200)
    async def fixed() -> Response[bytes]:
        return Response(answer, media_type="application/json")

    return Litestar([fixed], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    main()
