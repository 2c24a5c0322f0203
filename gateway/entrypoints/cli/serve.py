"""`mra serve`: everything on one machine, or one role of it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Final, Literal

import structlog
import typer

from gateway.bootstrap import RELEASE, Gateway, certificate_ends, erase_old_decisions
from gateway.config.settings import Settings
from gateway.domain.audit_heads import AuditHead
from gateway.domain.profiles import StoredProfile
from gateway.domain.schedule import Backoff
from gateway.entrypoints import logs
from gateway.entrypoints.cli.context import ConfigPath, opened, settings_of
from gateway.entrypoints.cli.output import say
from gateway.entrypoints.cli.serve_lookup import run_lookup
from gateway.entrypoints.cli.tls_rotation import TlsRotation
from gateway.entrypoints.collector import look_seldom
from gateway.entrypoints.http.partner_server import make_app
from gateway.entrypoints.http.serving import serve as serve_https
from gateway.entrypoints.monitoring.of_exchange import ExchangeMonitor
from gateway.entrypoints.monitoring.server import MonitoringServer
from gateway.entrypoints.monitoring.tally import Tally
from gateway.entrypoints.rpc import exchange_server, programme_server, watch_server
from gateway.entrypoints.rpc.server import ServerOptions
from gateway.entrypoints.scheduler.audit_signing import LOOK_EVERY, sign_and_tell
from gateway.entrypoints.scheduler.daily import Recurring
from gateway.entrypoints.scheduler.health import HealthLook
from gateway.entrypoints.scheduler.jobs import PublishJob, SyncJob
from gateway.entrypoints.scheduler.retention import DAY, erase_and_tell, erase_decisions_and_tell
from gateway.entrypoints.scheduler.runner import Runner, World
from gateway.entrypoints.scheduler.standing import Standing, Work
from gateway.entrypoints.yielding import give_way, take_short_turns
from gateway.ports.decision_log import ErasedDecisions
from gateway.ports.publications import Erased
from gateway.services.publish import is_exchanging
from gateway.services.sync import SCHEDULE
from gateway.services.turns import Turns

PARENT_LOOKED_AT_EVERY: Final = 1.0
GRACE: Final = 10.0
"""Seconds that running calls get to end after SIGTERM."""
RUN_GRACE: Final = 5.0
"""Seconds that a run of the schedule gets to end by itself."""
CHILD_PATIENCE: Final = GRACE + 20

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def serve(
    role: Annotated[
        Literal["all", "exchange", "lookup"],
        typer.Option(help="Everything, or one kind of process, to scale out."),
    ] = "all",
    number: Annotated[
        int,
        typer.Option(min=0, hidden=True, help="Which of the lookup processes: its metrics port."),
    ] = 0,
    parent: Annotated[
        int | None,
        typer.Option(hidden=True, help="The process without which this one is to end."),
    ] = None,
    config: ConfigPath = None,
) -> int:
    """Run the gateway until SIGTERM or Ctrl-C; running calls end first."""
    settings = settings_of(config)
    logs.configure(settings.log.format, settings.log.level)
    if role == "all":
        return _supervise(settings, config)
    look_seldom()
    stop = threading.Event()
    _stop_on_signals(stop)
    if parent is not None:
        threading.Thread(target=_stop_without, args=(parent, stop), daemon=True).start()
    with opened(config) as gateway:
        if role == "exchange":
            _run_exchange(gateway, stop)
        else:
            run_lookup(gateway, stop, number, grace=GRACE)
    return 0


def _stop_on_signals(stop: threading.Event) -> None:
    names = [signal.SIGTERM, signal.SIGINT]
    # A closed terminal ends everything in order, unless `nohup` said that it shall not.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        names.append(signal.SIGHUP)
    for name in names:
        signal.signal(name, lambda *_: stop.set())


def _stop_without(parent: int, stop: threading.Event) -> None:
    """Stop once the parent is gone: killed, it cannot say so, and our ports would stay taken."""
    while not stop.wait(PARENT_LOOKED_AT_EVERY):
        if os.getppid() != parent:
            structlog.get_logger().error("serve.parent_gone", parent=parent)
            stop.set()


def _supervise(settings: Settings, config: Path | None) -> int:
    """Start one exchange process and the lookup processes; end all when one ends."""
    with opened(config):  # refuse an unfit database before anything starts
        pass
    stop = threading.Event()
    # Before the first child: a signal in between would leave it behind.
    _stop_on_signals(stop)
    path = ["--config", str(config)] if config else []
    roles = [("exchange", 0), *(("lookup", number) for number in range(settings.lookup.processes))]
    children = {
        subprocess.Popen(  # noqa: S603 - our own interpreter and package, no shell
            [
                *(sys.executable, "-m", "gateway", "serve"),
                *("--role", role, "--number", str(number), "--parent", str(os.getpid()), *path),
            ]
        ): role
        for role, number in roles
    }
    code = 0
    while not stop.wait(0.2):
        ended = next((child for child in children if child.poll() is not None), None)
        if ended is not None:
            say(f"the {children[ended]} process ended with code {ended.returncode}; stopping all")
            code = _exit_code(ended.returncode)
            break
    return code if _end(list(children)) else 1


def _exit_code(returned: int) -> int:
    """Say of a process that should not have ended: never 0; killed by a signal as shells do."""
    return returned or 1 if returned >= 0 else 128 - returned


def _end(children: "list[subprocess.Popen[bytes]]") -> bool:
    """Ask every child to stop, wait, and kill what stays; tell whether all went by themselves."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + CHILD_PATIENCE
    clean = True
    for child in children:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            clean = False
    return clean


def _run_exchange(gateway: Gateway, stop: threading.Event) -> None:
    give_way()
    take_short_turns()
    settings, exchange = gateway.settings, gateway.exchange()
    identify = gateway.remember_callers()
    rotation = TlsRotation(gateway.server_tls)
    with ExitStack() as running:
        if settings.exchange.grpc_listen:
            rpc = exchange_server.make_server(
                exchange.desk,
                identify,
                gateway.clock,
                tls=rotation.tls,
                listen=settings.exchange.grpc_listen,
                options=ServerOptions(threads=settings.exchange.threads),
            )
            running.callback(rpc.stop, GRACE)
            rpc.start()
            rotation.add(rpc.replace_tls)
        if settings.exchange.watch_listen:
            watches = watch_server.make_server(
                exchange.watch_desk(gateway.clock),
                gateway.identify,
                tls=rotation.tls,
                listen=settings.exchange.watch_listen,
                options=watch_server.watch_options(settings.exchange.watches),
            )
            running.callback(watches.stop, GRACE)
            watches.start()
            rotation.add(watches.replace_tls)
        if settings.exchange.https_listen:
            app = make_app(
                exchange.desk,
                identify,
                gateway.clock,
                home=settings.home,
                board=exchange.board,
            )
            https = serve_https(app, settings.exchange.https_listen, rotation.tls)
            running.callback(https.stop)
            https.start()
            rotation.add(https.replace_tls)
        if settings.programme.listen:
            programme = programme_server.make_server(
                gateway.home_desk(),
                gateway.identify,
                tls=rotation.tls,
                listen=settings.programme.listen,
                options=ServerOptions(threads=settings.programme.threads),
            )
            running.callback(programme.stop, GRACE)
            programme.start()
            rotation.add(programme.replace_tls)
        syncs, readable = Tally(), _readable(gateway)
        if settings.exchange.metrics_listen:
            monitoring = MonitoringServer(
                settings.exchange.metrics_listen,
                ExchangeMonitor(
                    profiles=gateway.store.profiles,
                    registry=gateway.store.registry,
                    overview=gateway.store.overview,
                    certificates=partial(certificate_ends, settings),
                    syncs=syncs,
                    clock=gateway.clock,
                    release=RELEASE,
                ),
            )
            running.callback(monitoring.stop)
            monitoring.start()
        runner = Runner(
            World(
                profiles=readable,
                version=gateway.store.registry.version,
                shown_version=gateway.store.home_programme.shown_version,
                last_runs=gateway.store.leases.last_runs,
            ),
            sync=SyncJob(exchange.sync, gateway.clock, syncs.count),
            publish=PublishJob(exchange.publisher, exchange.turns, gateway.clock),
            clock=gateway.clock,
            backoff=Backoff(first=settings.retry.first_wait, longest=settings.retry.longest_wait),
        )
        running.callback(_end_runs, runner, exchange.turns)
        runner.start()
        for recurring in _recurring(gateway):
            running.callback(recurring.stop)
            recurring.start()
        health = HealthLook(lambda: exchange.alarms.look(gateway.clock()))
        running.callback(health.stop)
        health.start()
        standing = Standing(
            Work(
                profiles=gateway.store.profiles,
                version=gateway.store.registry.version,
                board=exchange.board,
                watcher=exchange.watcher,
                pusher=exchange.pusher,
                channel_for=gateway.channel,
                clock=gateway.clock,
                on_head=runner.sync_now,
                first_retry=settings.retry.first_wait,
                longest_retry=settings.retry.longest_wait,
            )
        )
        # Called first: watches end at once, and servers need not wait for them.
        running.callback(standing.stop, GRACE)
        standing.start()
        log.info(
            "exchange.ready",
            home=settings.home,
            grpc=settings.exchange.grpc_listen,
            watch=settings.exchange.watch_listen,
            https=settings.exchange.https_listen,
            programme=settings.programme.listen,
            partners=sum(is_exchanging(each.profile) for each in readable()),
        )
        rotation.run(stop)
        log.info("exchange.stopping")


def _readable(gateway: Gateway) -> Callable[[], list[StoredProfile]]:
    """Return what reads the profiles, and tells once of each that cannot be read.

    With such a partner nothing is exchanged; with all others everything.
    """
    told: Mapping[str, str] = {}

    def read() -> list[StoredProfile]:
        nonlocal told
        known = gateway.store.profiles.survey()
        damaged = {one.agreement: one.problem for one in known.damaged}
        for agreement, why in damaged.items() - told.items():
            log.error("exchange.unreadable", agreement=agreement, why=why)
        told = damaged
        return list(known.readable)

    return read


def _recurring(gateway: Gateway) -> Iterator[Recurring]:
    erase = partial(_erase_old_lists, gateway)
    yield Recurring("retention", partial(erase_and_tell, erase), DAY)
    erase_decisions = partial(_erase_old_decisions, gateway)
    yield Recurring("decisions", partial(erase_decisions_and_tell, erase_decisions), DAY)
    if gateway.settings.audit is not None:
        sign = partial(_sign_head, gateway)
        yield Recurring("audit head", partial(sign_and_tell, sign), LOOK_EVERY)


def _sign_head(gateway: Gateway) -> AuditHead | None:
    signer = gateway.head_signer()
    return None if signer is None else signer.sign_if_due(gateway.clock())


def _erase_old_lists(gateway: Gateway) -> Sequence[Erased]:
    now = gateway.clock()
    before = now - gateway.settings.retention.lists
    return gateway.store.publications.erase(before, SCHEDULE, now, dry_run=False)


def _erase_old_decisions(gateway: Gateway) -> ErasedDecisions:
    return erase_old_decisions(
        gateway.settings, gateway.store.audit, actor=SCHEDULE, now=gateway.clock()
    )


def _end_runs(runner: Runner, turns: Turns) -> None:
    """Let runs end; those that wait for a partner are cut: they write no more (SYN-1)."""
    if not runner.stop(RUN_GRACE):
        log.info("exchange.cut", jobs=turns.give_back())
