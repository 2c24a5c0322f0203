"""Entity tags: an answer that the caller has already costs no body (RFC 9110, section 13)."""

from hashlib import sha256

from msgspec import structs

from gateway.entrypoints.http.operations import Fields, Reply


def with_etag(reply: Reply, asked: Fields, cache_control: str) -> Reply:
    """Return an answer with its tag, or without a body if the caller's tag is the same.

    Args:
        reply: The whole answer.
        asked: The fields of the request.
        cache_control: Of the answer.
    """
    etag = f'"{sha256(reply.body).hexdigest()[:32]}"'.encode()
    given = asked.get(b"if-none-match", b"").replace(b"W/", b"")
    fields = (*reply.fields, (b"etag", etag), (b"cache-control", cache_control.encode()))
    if given.strip() == b"*" or etag in {one.strip() for one in given.split(b",")}:
        return structs.replace(reply, status=304, body=b"", fields=fields)
    return structs.replace(reply, fields=fields)
