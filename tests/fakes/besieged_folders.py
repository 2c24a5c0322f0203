"""A besieged gateway whose partner puts files where both can reach them: here, or behind SFTP."""

from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from gateway.domain.profiles import FeedKind, Folders, Limits, PartnerProfile, SftpPlace, Ways
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.xml_feed.file_names import FileKind, name_of
from gateway.exchange.xml_feed.folder import FolderChannel
from tests.fakes.besieged import Besieged
from tests.fakes.besieged_ways import fetch, next_sealed

MOST = 256 * 1024
"""Bytes of a list."""


class Shared:
    """The inbox, with what the partner has put there: head and list 3, sound or not."""

    def __init__(self, ground: Besieged, folder: Path, sftp: SftpPlace | None = None) -> None:
        self.ground = ground
        self.folder = folder
        self.sftp = sftp
        self.told = set[TransportFault]()
        """What was at fault with the files that were left."""
        self.inbox, outbox = folder / "there", folder / "back"
        self.inbox.mkdir(exist_ok=True)
        outbox.mkdir(exist_ok=True)
        sealed = next_sealed(ground)
        self.head, self.document = sealed.head, sealed.document
        stream = ground.profile.receives
        kind = FileKind.CONTAINER if ground.profile.kind is FeedKind.ASICE else FileKind.LIST
        self.head_path = self.inbox / name_of(stream, 3, FileKind.HEAD).text
        self.list_path = self.inbox / name_of(stream, 3, kind).text
        answer = name_of(stream, 2, FileKind.ANSWER, 1).text
        self.temporary_path = self.inbox / f".{answer}.tmp"

    def profile(self, patience: timedelta = timedelta(seconds=20)) -> PartnerProfile:
        """Return how the partner is reached: all of a machine is under its root."""
        root = self.folder if self.sftp is None else ""
        folders = Folders(inbox=f"{root}/there", outbox=f"{root}/back", sftp=self.sftp)
        return replace(
            self.ground.profile,
            endpoint=None,
            exchange=Ways(folders=folders),
            limits=Limits(
                max_document_bytes=MOST, max_container_bytes=MOST, fetch_timeout=patience
            ),
        )

    def offer(self, head: bytes | None = None, document: bytes | None = None) -> None:
        """Put a head and a list there, or one of them."""
        for path, content in ((self.head_path, head), (self.list_path, document)):
            if content is not None:
                path.write_bytes(content)

    def fetch(self, patience: timedelta = timedelta(seconds=20)) -> str:
        """Sync once; return as `besieged_ways.fetch`."""
        profile = self.profile(patience)
        return fetch(self.ground, profile, FolderChannel(profile, self._tell))

    def _tell(self, path: str, fault: TransportFault, _why: str) -> None:
        assert Path(path).parent.name == self.inbox.name
        self.told.add(fault)

    def require_taken(self) -> None:
        """Take away what lies there, offer the sound list, and see it taken."""
        for path in self.inbox.iterdir():
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        self.offer(self.head, self.document)
        self.ground.advance(timedelta(hours=1))
        assert self.fetch() == "applied"
