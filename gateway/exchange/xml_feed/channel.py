"""The HTTPS channel to one partner (EXC-6); `replies` tells what the partner's answers mean."""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from threading import Event
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import ConfigError, PartnerError, RequestError, TransportError
from gateway.domain.lists import Stream
from gateway.domain.profiles import PartnerProfile
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.xml_feed.download import download
from gateway.exchange.xml_feed.list_form import form_of
from gateway.exchange.xml_feed.replies import JSON, XML, refusal, require_document, require_json
from gateway.exchange.xml_feed.tls_context import client_context
from gateway.exchange.xml_feed.transport import Call, Reply, send
from gateway.ports.feed import PublishedHead
from gateway.ports.tls import ClientTls

ACKNOWLEDGEMENT_DIGEST: Final = "mra-acknowledgement-digest"
"""Response header of a head: hex SHA-256 of the newest acknowledgement that the publisher holds."""
WAIT_SECONDS: Final = 25
"""How long a question of a watch waits at the partner; its answer without a new head is a beat."""
SHORTEST_WAIT: Final = 1.0
SILENCE: Final = timedelta(seconds=90)

MAX_HEAD_BYTES: Final = 256 * 1024
MAX_ACKNOWLEDGEMENT_BYTES: Final = 4 * 1024**2
MAX_INDEX_BYTES: Final = 64 * 1024

_NO_CONTENT: Final = 204
_NOT_MODIFIED: Final = 304


class ChangeIndex(Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON that names the lists after a sequence, or a FULL; each list is signed by itself."""

    sequences: tuple[int, ...]


class XmlChannel:
    """The way to one partner over HTTPS, as `ports.feed.Channel` describes it."""

    def __init__(self, profile: PartnerProfile, tls: ClientTls) -> None:
        """Prepare calls; nothing is sent yet.

        Raises:
            ConfigError: No endpoint, an address that is not `https://host:port`, or unusable TLS
                certificates.
        """
        self._address = _address(profile)
        self._limits = profile.limits
        self._form = form_of(profile)
        self._context = client_context(tls)
        self._heads: dict[Stream, tuple[str, Unverified]] = {}
        self._closed = Event()

    def fetch_head(self, stream: Stream, acknowledgement: bytes | None) -> PublishedHead:
        """Return the signed head of the newest list, and our answer that the partner holds (EXC-1).

        An unchanged head is not sent again. If the partner does not hold our newest
        acknowledgement, it gets it. Raises as `Channel`.
        """
        reply = self._ask_head(stream, "head", self._limits.fetch_timeout)
        return PublishedHead(
            document=self._head(stream, reply), held=self._held(stream, acknowledgement, reply)
        )

    def fetch_list(self, stream: Stream, sequence: int) -> Unverified:
        """Return one list, whole; what broke is taken up again (EXC-2). Raises as `Channel`."""
        place = f"lists/{sequence}"
        call = self._call(stream, place, self._form.most_bytes, {"accept": self._form.media_type})
        reply = download(call, self._context)
        url = self._url(stream, place)
        return Unverified(document=require_document(reply, url, self._form.media_type))

    def fetch_changes(self, stream: Stream, since: int) -> Iterator[Unverified]:
        """Yield every list after `since` in order, each whole (EXC-2). Raises as `Channel`."""
        index = self._index(stream, f"changes?since={since}")
        # SYN-7: each list once and in order
        if any(low >= high for low, high in pairwise((since, *index.sequences))):
            message = f"the partner's index of {stream} is out of order"
            raise TransportError(message, TransportFault.OUT_OF_ORDER)
        return (self.fetch_list(stream, sequence) for sequence in index.sequences)

    def fetch_full(self, stream: Stream) -> Unverified:
        """Ask for a FULL: a new one, or the newest (EXC-2, SEQ-1). Raises as `Channel`."""
        index = self._index(stream, "changes?full=1")
        # SYN-7: a FULL was asked for, so one list is the answer
        if len(index.sequences) != 1:
            message = f"the partner names {len(index.sequences)} lists, not a FULL"
            raise TransportError(message, TransportFault.OUT_OF_ORDER)
        return self.fetch_list(stream, index.sequences[0])

    def watch_heads(
        self, stream: Stream, acknowledgement: bytes | None
    ) -> Iterator[Unverified | None]:
        """Yield the newest head on opening, then each new one; none is a beat (EXC-5).

        Each question waits at the partner until there is a new head. Raises as `Channel`.
        """
        yield self.fetch_head(stream, acknowledgement).document
        while not self._closed.is_set():
            known, asked_at = self._heads.get(stream), time.monotonic()
            reply = self._ask_head(stream, f"head?wait={WAIT_SECONDS}", SILENCE)
            head = self._head(stream, reply)
            is_new = known != self._heads.get(stream)
            yield head if is_new else None
            if not is_new:
                # A partner that does not wait is not asked again at once.
                self._closed.wait(asked_at + SHORTEST_WAIT - time.monotonic())
        raise TransportError("the watch was closed", TransportFault.NO_ANSWER)

    def submit_list(self, stream: Stream, sealed: SealedList) -> bytes:
        """Push a list; return the partner's sealed acknowledgement (EXC-3). Raises as `Channel`."""
        reply = self._post(stream, "lists", sealed.document, self._form.media_type)
        return require_document(reply, self._url(stream, "lists"))

    def deliver_acknowledgement(self, stream: Stream, document: bytes) -> None:
        """Hand over our signed answer (EXC-4). Raises as `Channel`."""
        reply = self._post(stream, "acknowledgements", document)
        if reply.status != _NO_CONTENT:
            raise refusal(reply, self._url(stream, "acknowledgements"))

    def collect_acknowledgements(self, stream: Stream, since: int) -> Iterator[bytes]:
        """Yield nothing: the partner calls."""
        del stream, since
        return iter(())

    def close(self) -> None:
        """End a watch; every other call gives back its own connection."""
        self._closed.set()

    def _ask_head(self, stream: Stream, place: str, deadline: timedelta) -> Reply:
        known = self._heads.get(stream)
        headers = {"if-none-match": known[0]} if known else {}
        return send(self._call(stream, place, MAX_HEAD_BYTES, headers, deadline), self._context)

    def _head(self, stream: Stream, reply: Reply) -> Unverified | None:
        known = self._heads.get(stream)
        if reply.status == _NO_CONTENT:
            return None
        if known and reply.status == _NOT_MODIFIED:
            return known[1]
        head = Unverified(document=require_document(reply, self._url(stream, "head")))
        if etag := reply.headers.get("etag"):
            self._heads[stream] = (etag, head)
        return head

    def _held(self, stream: Stream, ours: bytes | None, reply: Reply) -> bytes | None:
        digest = reply.headers.get(ACKNOWLEDGEMENT_DIGEST)
        if ours is not None and digest == sha256(ours).hexdigest():
            return ours
        held: bytes | None = None
        # ACC-15 lies with the outbox, which counts and reports failures. A poll must not fail for
        # it: suspensions come this way.
        with suppress(PartnerError, RequestError):
            if digest is not None:
                place = "acknowledgement"
                call = self._call(stream, place, MAX_ACKNOWLEDGEMENT_BYTES)
                held = require_document(send(call, self._context), self._url(stream, place))
            if ours is not None:
                self.deliver_acknowledgement(stream, ours)
        return held

    def _index(self, stream: Stream, place: str) -> ChangeIndex:
        reply = send(self._call(stream, place, MAX_INDEX_BYTES, {"accept": JSON}), self._context)
        return require_json(reply, ChangeIndex, self._url(stream, place))

    def _call(
        self,
        stream: Stream,
        place: str,
        limit: int,
        headers: Mapping[str, str] | None = None,
        deadline: timedelta | None = None,
    ) -> Call:
        return Call(
            method="GET",
            url=self._url(stream, place),
            headers={"accept": XML, **(headers or {})},
            max_bytes=limit,
            deadline=deadline or self._limits.fetch_timeout,
        )

    def _post(self, stream: Stream, place: str, document: bytes, media_type: str = XML) -> Reply:
        return send(
            Call(
                method="POST",
                url=self._url(stream, place),
                headers={"content-type": media_type, "accept": XML},
                body=document,
                max_bytes=MAX_ACKNOWLEDGEMENT_BYTES,
                deadline=self._limits.fetch_timeout,
            ),
            self._context,
        )

    def _url(self, stream: Stream, place: str) -> str:
        kind = "test" if stream.test else "production"
        agreement = quote(stream.agreement, safe="")
        return f"{self._address}/exchange/v1/streams/{agreement}/{kind}/{stream.epoch}/{place}"


def _address(profile: PartnerProfile) -> str:
    if profile.endpoint is None:
        raise ConfigError(f"the profile {profile.agreement.id} has no endpoint")
    address = profile.endpoint.address.rstrip("/")
    if not address.startswith("https://"):
        message = f"{profile.agreement.id}: endpoint.address {address!r} is not https://host:port"
        raise ConfigError(message, context={"key": "endpoint.address"})
    return address
