"""A body that is taken up again where its connection broke (EXC-2)."""

import ssl
from typing import Final

from gateway.domain.errors import TransportError
from gateway.exchange.xml_feed.transport import Call, Kept, Reply, send

RESUMPTIONS: Final = 8
"""How often one body is taken up again; each attempt has a deadline of its own."""


def download(call: Call, context: ssl.SSLContext) -> Reply:
    """Make a call whose body may come in several pieces.

    Raises:
        TransportError: Broken off without having brought anything, or once too often.
        TooLargeError: The answer is larger than `max_bytes`; reading stopped there.
    """
    kept = Kept()
    for _ in range(RESUMPTIONS):
        before = len(kept.body)
        try:
            return send(call, context, kept)
        except TransportError:
            # EXC-2: what broke is taken up again, as long as each attempt brings something
            if len(kept.body) <= before or not kept.headers:
                raise
    return send(call, context, kept)
