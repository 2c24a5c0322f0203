"""What is published about the HTTP lookup: its OpenAPI document, and a page to read it on.

Both are written by `tools/write_openapi.py`, served as they are, and load nothing from anywhere.
"""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import Final

from litestar.handlers import BaseRouteHandler

from gateway.entrypoints.http.etags import with_etag
from gateway.entrypoints.http.operations import JSON, Reply, open_operation

_FILES: Final = files("gateway.entrypoints.http") / "published"
"""A folder of data beside this module."""
_CACHE: Final = "max-age=3600"


def make_published(base: str) -> list[BaseRouteHandler]:
    """Make the two operations that everybody may ask.

    Args:
        base: `/lookup/v1`.
    """
    page = (_FILES / "lookup-v1.html").read_bytes()
    fields = {
        "content-security-policy": _policy(page),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return [
        _fixed(f"{base}/openapi.json", (_FILES / "lookup-v1.json").read_bytes(), JSON, {}),
        _fixed(f"{base}/docs", page, "text/html; charset=utf-8", fields),
    ]


def _fixed(path: str, body: bytes, media_type: str, fields: dict[str, str]) -> BaseRouteHandler:
    told = tuple((name.encode(), value.encode()) for name, value in fields.items())
    reply = Reply(body, told, media_type=media_type.encode())
    return open_operation(path, lambda asked: with_etag(reply, asked, _CACHE))


def _policy(page: bytes) -> str:
    """Allow the one style that stands in the page, and nothing else."""
    style = page.partition(b"<style>")[2].partition(b"</style>")[0]
    digest = b64encode(sha256(style).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
