"""Lists and acknowledgements as files in two folders (EXC-7), as `ports.feed.Channel` has it.

The folders are on this machine, or on another one behind SFTP.

The inbox holds the partner's lists and our answers to them, the outbox our lists and the partner's
answers. A list is offered when its head lies beside it; the head is written first.
"""

from collections.abc import Iterator
from typing import Protocol

from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import ConfigError, NotFoundError, PartnerError, TransportError
from gateway.domain.lists import ListKind, Stream
from gateway.domain.profiles import FeedKind, PartnerProfile
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.xml_feed.acknowledgement_codec import number_of_own_answer
from gateway.exchange.xml_feed.channel import MAX_ACKNOWLEDGEMENT_BYTES, MAX_HEAD_BYTES
from gateway.exchange.xml_feed.codec import header_of_own_head
from gateway.exchange.xml_feed.file_names import FileKind, Files, Name, Tell, name_of
from gateway.exchange.xml_feed.folder_files import SharedFolder
from gateway.exchange.xml_feed.list_form import form_of
from gateway.ports.feed import PublishedHead


class Closable(Protocol):
    """A connection."""

    def close(self) -> None:
        """Give it back."""
        ...


class FolderChannel:
    """The way to one partner through folders; made for one run.

    Raises:
        ConfigError: The profile names no folders, or the key for SFTP cannot be used.
    """

    def __init__(self, profile: PartnerProfile, tell: Tell) -> None:
        folders = profile.exchange.folders
        if folders is None:
            raise ConfigError(f"the profile of {profile.partner} names no folders")
        self._session: Closable | None = None
        self._inbox: Files
        self._outbox: Files
        if folders.sftp is None:
            self._inbox = SharedFolder(folders.inbox, tell)
            self._outbox = SharedFolder(folders.outbox, tell)
        else:
            # Only who has such a partner waits for the library's import.
            from gateway.exchange.xml_feed.sftp_folder import SftpFolder  # noqa: PLC0415 - as said
            from gateway.exchange.xml_feed.sftp_session import SftpSession  # noqa: PLC0415 - as said

            session = SftpSession(folders.sftp, profile.limits.fetch_timeout)
            self._session = session
            self._inbox = SftpFolder(session, folders.inbox, tell)
            self._outbox = SftpFolder(session, folders.outbox, tell)
        self._most_bytes = form_of(profile).most_bytes
        is_packed = profile.kind is FeedKind.ASICE
        self._lists = FileKind.CONTAINER if is_packed else FileKind.LIST
        self._since = 0

    def fetch_head(self, stream: Stream, acknowledgement: bytes | None) -> PublishedHead:
        """Return the head of the newest list that is offered, and our newest answer there."""
        del acknowledgement
        return PublishedHead(
            document=next((head for _, head in self._offered(stream)), None),
            held=self._newest_answer(self._inbox, stream),
        )

    def fetch_list(self, stream: Stream, sequence: int) -> Unverified:
        """Return one list, whole. Raises as `Channel`."""
        document = self._list(stream, sequence)
        if document is None:
            raise NotFoundError(f"no list {sequence} of {stream} in the inbox")
        return document

    def fetch_changes(self, stream: Stream, since: int) -> Iterator[Unverified]:
        """Yield every list after `since` in order; from the newest FULL if that is 0.

        Behind a list that cannot be read, or is still being written, only a FULL leads on.
        """
        self._since = since
        full = self._newest_full(stream) or 0
        first = since + 1 if since else full
        for name in self._inbox.names(stream, self._lists):
            if name.sequence < first:
                continue
            document = self._list(stream, name.sequence)
            if document is not None:
                yield document
            elif full > name.sequence:
                first = full
            else:
                return

    def fetch_full(self, stream: Stream) -> Unverified | None:
        """Return the newest FULL after the changes that were fetched, if there is one.

        Else it comes later: the partner reads our refusal.
        """
        sequence = self._newest_full(stream)
        if sequence is None or sequence <= self._since:
            return None
        return self._list(stream, sequence)

    def watch_heads(
        self, stream: Stream, acknowledgement: bytes | None
    ) -> Iterator[Unverified | None]:
        """Refuse: nobody calls through folders."""
        del acknowledgement
        message = f"{stream} travels through folders, which are looked at by schedule"
        raise TransportError(message, TransportFault.UNREACHABLE)

    def submit_list(self, stream: Stream, sealed: SealedList) -> bytes | None:
        """Write a list, and return the partner's newest answer to it, or none yet."""
        sequence = header_of_own_head(sealed.head).sequence
        self._outbox.write(name_of(stream, sequence, FileKind.HEAD), sealed.head)
        self._outbox.write(name_of(stream, sequence, self._lists), sealed.document)
        return self._newest_answer(self._outbox, stream, sequence)

    def deliver_acknowledgement(self, stream: Stream, document: bytes) -> None:
        """Write our answer beside the list that it answers."""
        sequence, revision = number_of_own_answer(document)
        self._inbox.write(name_of(stream, sequence, FileKind.ANSWER, revision), document)

    def collect_acknowledgements(self, stream: Stream, since: int) -> Iterator[bytes]:
        """Yield the partner's newest answer to each list from `since` on."""
        newest = {
            name.sequence: name
            for name in self._outbox.names(stream, FileKind.ANSWER)
            if name.sequence >= since
        }
        for name in newest.values():
            answer = self._outbox.read(name, MAX_ACKNOWLEDGEMENT_BYTES)
            if answer is not None:
                yield answer

    def close(self) -> None:
        """Give back the connection, if there is one."""
        if self._session is not None:
            self._session.close()

    def _offered(self, stream: Stream) -> Iterator[tuple[int, Unverified]]:
        """Yield sequence and head of each list that is offered, the newest first."""
        lists = {name.sequence for name in self._inbox.names(stream, self._lists)}
        for name in reversed(self._inbox.names(stream, FileKind.HEAD)):
            head = self._inbox.read(name, MAX_HEAD_BYTES) if name.sequence in lists else None
            if head is not None:
                yield name.sequence, Unverified(document=head)

    def _newest_full(self, stream: Stream) -> int | None:
        for sequence, head in self._offered(stream):
            try:
                # Unverified, as is the choice: what is chosen is verified before it is believed.
                if header_of_own_head(head.document).kind is ListKind.FULL:
                    return sequence
            except (PartnerError, ValueError, KeyError, IndexError):
                continue
        return None

    def _list(self, stream: Stream, sequence: int) -> Unverified | None:
        name = name_of(stream, sequence, self._lists)
        document = self._inbox.read(name, self._most_bytes)
        return None if document is None else Unverified(document=document)

    def _newest_answer(
        self, folder: Files, stream: Stream, sequence: int | None = None
    ) -> bytes | None:
        names = folder.names(stream, FileKind.ANSWER)
        wanted: list[Name] = [name for name in names if sequence in {None, name.sequence}]
        return folder.read(wanted[-1], MAX_ACKNOWLEDGEMENT_BYTES) if wanted else None
