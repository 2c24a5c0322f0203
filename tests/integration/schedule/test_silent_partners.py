"""SYN-4 for real: a hundred partners connect and stay silent, and the next one is not delayed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from gateway.domain.profiles import Endpoint, FeedKind, KeyUse, Limits, PartnerProfile, Schedule
from gateway.domain.schedule import Backoff
from gateway.entrypoints.scheduler.jobs import PublishJob, SyncJob
from gateway.entrypoints.scheduler.runner import Runner, World
from gateway.exchange.kinds import make_channel, make_feeds
from gateway.ports.feed import Channel
from gateway.services.sync import PartnerSync
from gateway.services.turns import Turns
from tests.fakes.home import Home
from tests.fakes.scheduled_partners import apply
from tests.fakes.silent_partners import silent_listener

SILENT = 100
INTERVAL = timedelta(seconds=5)
STEP = timedelta(seconds=2)


def silent_profiles(home: Home, address: str) -> list[PartnerProfile]:
    authority = home.profile.trust[0].pinned
    return [
        replace(
            home.profile,
            agreement=replace(home.profile.agreement, id=f"XA-S{number}", partner=f"S{number}"),
            kind=FeedKind.GRPC if number % 2 else FeedKind.XML,
            endpoint=Endpoint(
                address=address if number % 2 else f"https://{address}",
                server_authorities=authority,
            ),
            schedule=Schedule(every=INTERVAL),
            limits=Limits(fetch_timeout=STEP),
        )
        for number in range(SILENT)
    ]


@contextmanager
def scheduled(home: Home, tls: Path) -> Iterator[Runner]:
    began, real = home.clock.now, time.monotonic()

    def clock() -> datetime:
        return began + timedelta(seconds=int(time.monotonic() - real))

    turns = Turns(home.store.leases, clock=clock, holder="test")

    def channel_for(profile: PartnerProfile) -> Channel:
        if profile.partner == home.profile.partner:
            return home.partner.channel()
        return make_channel(profile, tls.read_bytes(), tls.with_suffix(".key").read_bytes())

    sync = PartnerSync(
        receiver=home.receiver,
        registry=home.store.registry,
        outbox=home.store.outbox,
        turns=turns,
        feeds=make_feeds(home.keys.lists, home.keys.acknowledgements),
        channel_for=channel_for,
        audit=home.store.audit,
        floors=home.store.registry,
        waits=home.waits,
        proofs=home.store.proofs,
        own_anchors=home.keys.anchors(KeyUse.ACKNOWLEDGEMENTS),
    )
    runner = Runner(
        World(
            profiles=home.store.profiles.all,
            version=home.store.registry.version,
            shown_version=home.store.home_programme.shown_version,
            last_runs=home.store.leases.last_runs,
        ),
        sync=SyncJob(sync, clock),
        publish=PublishJob(home.publisher, turns, clock),
        clock=clock,
        backoff=Backoff(first=timedelta(seconds=1), longest=INTERVAL),
    )
    runner.start()
    try:
        yield runner
    finally:
        assert runner.stop(60)


def test_syn_4_a_hundred_silent_partners_do_not_delay_the_next_by_an_interval(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path, FeedKind.GRPC)
    try:
        home.partner.publish()
        with silent_listener() as address:
            # One more partner comes while the runner is at work with the others.
            apply(home.store, replace(home.profile, enabled=False))
            apply(home.store, *silent_profiles(home, address))
            with scheduled(home, tmp_path / "home" / "tls.pem"):
                wait_until_asked(home, SILENT)
                apply(home.store, home.profile)
                began = time.monotonic()
                while home.store.registry.find_head(home.profile.receives) is None:
                    assert time.monotonic() - began < INTERVAL.total_seconds()
                    time.sleep(0.02)
    finally:
        home.close()


def wait_until_asked(home: Home, partners: int) -> None:
    """Wait until so many are being asked, or were."""
    deadline = time.monotonic() + 60
    while sum(job.startswith("sync ") for job in home.store.leases.last_runs()) < partners:
        assert time.monotonic() < deadline
        time.sleep(0.02)
