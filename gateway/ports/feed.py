"""What the services need of a feed: reach the partner, open what came, seal what goes."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from gateway.domain.acknowledgements import Acknowledgement
from gateway.domain.documents import SealedList, Unverified, Verified
from gateway.domain.lists import ListHeader, StatusList, Stream
from gateway.domain.members import Record
from gateway.domain.profiles import Limits, TrustAnchors

KnownMembers = Callable[[], Mapping[str, Record]]
"""What is kept of the operators of the accepted list, by id; see `domain.members`."""


def no_members() -> Mapping[str, Record]:
    """Know nothing: every operator is decoded."""
    return {}


class PublishedHead(Struct, frozen=True, kw_only=True):
    """What a partner answers when it is asked for its newest list (EXC-1)."""

    document: Unverified | None
    """The signed head; none if no list is issued yet."""
    held: bytes | None = None
    """Our newest sealed acknowledgement that the partner holds."""


class Channel(Protocol):
    """The way to one partner, over a network or through folders.

    Every step on a network has a total deadline (`Limits.fetch_timeout`); a watch has a limit on
    silence instead.

    Raises of every method:
        TransportError: Not reached, stalled, cut off, or answered with something else (SYN-7).
        TooLargeError: More bytes than the limits allow; reading stopped there.
        NotFoundError: The partner has no such stream, or not for us (EXC-9).
        NotPermittedError: The partner refuses us.
        GoneError: The body of the list was erased by retention (PUB-7).
    """

    def fetch_head(self, stream: Stream, acknowledgement: bytes | None) -> PublishedHead:
        """Return the signed head of the newest list, and our answer that the partner holds."""
        ...

    def fetch_list(self, stream: Stream, sequence: int) -> Unverified:
        """Return one list, whole (EXC-2)."""
        ...

    def fetch_changes(self, stream: Stream, since: int) -> Iterator[Unverified]:
        """Yield every list after `since` in order, each whole; nothing if there is none (EXC-2).

        If many lie between, the partner may begin with its newest FULL. A connection that breaks
        is taken up again after the last whole chunk, as long as each attempt brings something.
        """
        ...

    def fetch_full(self, stream: Stream) -> Unverified | None:
        """Ask for a FULL: a new one, or the newest (EXC-2, SEQ-1).

        None: nothing can be asked for here; the partner issues one when it reads our refusal.
        """
        ...

    def watch_heads(
        self, stream: Stream, acknowledgement: bytes | None
    ) -> Iterator[Unverified | None]:
        """Yield the newest head on opening, then each new one at once; none is a beat (EXC-5).

        Ends by an error only: `TransportError` after 90 s of silence, or when the partner closes.
        """
        ...

    def submit_list(self, stream: Stream, sealed: SealedList) -> bytes | None:
        """Push a list; return the partner's sealed acknowledgement, or none yet (EXC-3, EXC-7)."""
        ...

    def deliver_acknowledgement(self, stream: Stream, document: bytes) -> None:
        """Hand over our signed answer; returns when the partner has it (EXC-4)."""
        ...

    def collect_acknowledgements(self, stream: Stream, since: int) -> Iterator[bytes]:
        """Yield the partner's answers to lists from `since` on that are left for us (EXC-7).

        Nothing on a network: there the partner calls.
        """
        ...

    def close(self) -> None:
        """Give back connections, and end a watch. May be called twice, and by another thread."""
        ...


class Opener(Protocol):
    """Turns bytes into believed lists. `Any` is the feed's own verified content.

    Raises of `open` and `open_head`: `TooLargeError`, `NotWellFormedError`,
    `ForbiddenMarkupError` (ACC-1), `SignatureError`, `UnknownSignerError`, `CertificateError`,
    `WeakAlgorithmError` (ACC-2). Raises of `decode…`: `SchemaViolationError`,
    `UnknownVersionError`, `TooLargeError` (ACC-3).
    """

    def open(
        self, sealed: Unverified, anchors: TrustAnchors, limits: Limits, now: datetime
    ) -> Verified[Any]:
        """Check size, shape and signature, with certificates valid at `now`.

        Validity at `IssueDateTime` is checked by `decode`, which is the first to know it.
        """
        ...

    def decode(
        self,
        verified: Verified[Any],
        anchors: TrustAnchors,
        limits: Limits,
        known: KnownMembers = no_members,
    ) -> StatusList:
        """Decode a verified list.

        A FULL whose operators can be told by their bytes names those of `known` in its order and
        does not decode them again; nobody is asked for `known` otherwise.

        The signer's certificate was valid at `IssueDateTime`, and XAdES `SigningTime` lies within
        5 minutes of it, else `CertificateError` (SIG-5).
        """
        ...

    def decode_head(self, verified: Verified[Any], anchors: TrustAnchors) -> ListHeader:
        """Decode a verified head."""
        ...

    def open_acknowledgement(
        self, document: bytes, anchors: TrustAnchors, now: datetime
    ) -> Acknowledgement:
        """Verify and decode an acknowledgement: all of the raises above."""
        ...


class Sealer(Protocol):
    """Signs what home says, with the keys that bootstrap gave it (SIG-6)."""

    @property
    def signer(self) -> str:
        """Hex SHA-256 of the DER certificate, or of both, that lists are signed with."""
        ...

    def seal_list(self, status_list: StatusList) -> SealedList:
        """Encode and sign a list, FULL or DELTA, and its head."""
        ...

    def seal_acknowledgement(self, acknowledgement: Acknowledgement) -> bytes:
        """Encode and sign an acknowledgement."""
        ...

    def made(self, acknowledgement: bytes) -> bool:
        """Tell whether an acknowledgement of ours has the form of this feed."""
        ...


class Feed(Protocol):
    """A kind of feed, put together for one process: a row of `exchange.kinds`."""

    @property
    def opener(self) -> Opener:
        """What believes."""
        ...

    @property
    def sealer(self) -> Sealer:
        """What signs."""
        ...

    @property
    def hybrid(self) -> Sealer | None:
        """What signs twice (SIG-4); none: this feed cannot, or home has no keys for it."""
        ...
