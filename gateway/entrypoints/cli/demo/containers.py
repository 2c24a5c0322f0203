"""Act: a partner and home change to lists in containers (ASiC-E), over a machine with SFTP."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import asyncssh
from asyncssh import SSHKey
from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.errors import TransportError
from gateway.domain.lists import ListKind
from gateway.domain.profiles import (
    FeedKind,
    Folders,
    PartnerProfile,
    Receive,
    Send,
    SftpPlace,
    Ways,
)
from gateway.entrypoints.cli.demo.changes import move
from gateway.entrypoints.cli.demo.network import PRESENTER, Member
from gateway.entrypoints.cli.demo.programmes import Landmark, get_programme
from gateway.entrypoints.cli.demo.sftp_host import SftpHost
from gateway.entrypoints.cli.demo.stage import Said, Stage, Step, opened, profile_of
from gateway.exchange.kinds import make_channel
from gateway.services.onboarding import apply_profile
from gateway.trust.certificates import fingerprint_of_pem

KEY: Final = "sftp"
"""Name of each side's private key among its keys."""


class _Place(Struct):
    """The machine, and what it had of whom when the act began."""

    host: SftpHost
    root: Path
    before: dict[str, int]


def steps(stage: Stage, partner: Member) -> Iterator[Step]:
    """Play the act; the machine ends with it."""
    home, name = stage.home, partner.country
    root = stage.folder / "sftp"
    for side in (home, partner):
        (root / side.country).mkdir(parents=True)
    users = [_make_key(side) for side in (home, partner)]
    before = {
        home.country: stage.sequence(partner, home.country),
        name: stage.sequence(home, name),
    }
    with SftpHost(root, users) as host:
        place = _Place(host, root, before)
        yield stage.timed(
            f"{name} and {home.country} change to ASiC-E over SFTP",
            partial(_change, stage, partner, place),
        )
        for issuer, recipient in ((partner, home), (home, partner)):
            yield stage.timed(
                f"list {issuer.country} → {recipient.country} in a container",
                partial(_arrived, stage, issuer, recipient, place),
            )
        yield stage.timed(
            f"a change arrives as a DELTA ({name}, SFTP)", partial(_delta, stage, partner, place)
        )
        yield stage.timed("another host key is not believed", partial(_strange, partner))


def _make_key(side: Member) -> SSHKey:
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = side.keys / KEY
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(key.export_private_key())
    return key


def _change(stage: Stage, partner: Member, place: _Place) -> Said:
    for side, other in ((stage.home, partner), (partner, stage.home)):
        sftp = SftpPlace(
            address=place.host.address,
            user=side.country.lower(),
            key_file=str(side.keys / KEY),
            host_keys=(place.host.host_key,),
        )
        folders = Folders(inbox=f"/{other.country}", outbox=f"/{side.country}", sftp=sftp)
        with opened(side) as gateway:
            changed = replace(
                profile_of(gateway, other.country),
                kind=FeedKind.ASICE,
                endpoint=None,
                exchange=Ways(receive=Receive.PULL, send=Send.PUSH, folders=folders),
            )
            apply_profile(
                changed,
                profiles=gateway.store.profiles,
                callers=gateway.store.callers,
                fingerprint_of=fingerprint_of_pem,
                actor=PRESENTER,
                now=gateway.clock(),
            )
    fingerprint = place.host.key.get_fingerprint()
    return True, f"both applied new profiles, nobody was restarted; host key {fingerprint[:24]}…"


def _arrived(stage: Stage, issuer: Member, recipient: Member, place: _Place) -> Said:
    def look() -> str | None:
        head = stage.agreed(issuer, recipient, place.before[issuer.country])
        if head is None or head.header.kind is not ListKind.FULL:
            return None
        place.before[issuer.country] = head.header.sequence
        sequence = head.header.sequence
        (file,) = (place.root / issuer.country).glob(f"*-{sequence}.asice")
        (answer,) = (place.root / issuer.country).glob(f"*-{sequence}.ack-*.xml")
        return (
            f"list {sequence}, a FULL because the adapter changed: {head.header.quantity} "
            f"operators in {file.stat().st_size:,} bytes; beside it {answer.name}"
        )

    return stage.wait(look, "no list in a container")


def _delta(stage: Stage, partner: Member, place: _Place) -> Said:
    move(partner, get_programme(partner.country).landmarks[Landmark.ACTIVE])

    name = partner.country

    def look() -> str | None:
        head = stage.head(stage.home, name)
        if head is None or head.header.sequence <= place.before[name]:
            return None
        # The partner's gateway looks into the folder once a minute; the answer lies there before.
        answers = list((place.root / name).glob(f"*-{head.header.sequence}.ack-*.xml"))
        if not answers or head.header.kind is not ListKind.DELTA:
            return None
        return f"list {head.header.sequence} is a DELTA, applied; beside it {answers[0].name}"

    return stage.wait(look, "no DELTA in a container")


def _strange(partner: Member) -> Said:
    """Ask as the partner does, but with a profile that pins another host key."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode("ascii")
    with opened(partner) as gateway:
        (profile,) = (each.profile for each in gateway.store.profiles.all())
    channel = make_channel(_pinning(profile, other.strip()), b"", b"")
    try:
        channel.fetch_head(profile.receives, None)
    except TransportError as error:
        return True, f"{error.code}: {error.message}"
    finally:
        channel.close()
    return False, "a strange host key was believed"


def _pinning(profile: PartnerProfile, host_key: str) -> PartnerProfile:
    folders = profile.exchange.folders
    assert folders is not None  # noqa: S101 - the act has set them
    assert folders.sftp is not None  # noqa: S101 - the same
    sftp = replace(folders.sftp, host_keys=(host_key,))
    return replace(profile, exchange=replace(profile.exchange, folders=replace(folders, sftp=sftp)))
