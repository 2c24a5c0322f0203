"""A lookup process: gRPC, HTTP and watches on one index, its decisions logged."""

import threading
from typing import Final

import structlog

from gateway.bootstrap import RELEASE, Gateway, make_recorder
from gateway.bootstrap.registry_desks import make_registry_desk, make_search_desk
from gateway.config.listen import next_port
from gateway.domain.errors import ConfigError, GatewayError, StoreError
from gateway.entrypoints.cli.door_care import CARE_EVERY, DoorCare
from gateway.entrypoints.cli.serve_changes import ChangeServing
from gateway.entrypoints.cli.tls_rotation import TlsRotation
from gateway.entrypoints.http.lookup_server import CONNECTIONS, make_app
from gateway.entrypoints.http.serving import serve as serve_https
from gateway.entrypoints.monitoring.latency import Latency, untimed
from gateway.entrypoints.monitoring.of_lookups import LookupMonitor
from gateway.entrypoints.monitoring.server import MonitoringServer
from gateway.entrypoints.rpc import lookup_server
from gateway.entrypoints.rpc.registry_calls import RegistryCalls
from gateway.entrypoints.rpc.server import ServerOptions
from gateway.entrypoints.scheduler.daily import Recurring
from gateway.entrypoints.scheduler.searching import LOOK_FOR_SEARCHES, IndexKeeper
from gateway.entrypoints.yielding import take_short_turns
from gateway.services.admission import Admission
from gateway.services.lookup import LookupDesk

REFRESH_EVERY: Final = 0.1
"""Seconds between looks at the registry's version row."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def run_lookup(gateway: Gateway, stop: threading.Event, number: int, *, grace: float) -> None:
    """Answer lookups until told to stop.

    Args:
        gateway: Open.
        stop: Set to end.
        number: Which of several processes this is: its metrics have a port of their own.
        grace: Seconds that running calls get to end.

    Raises:
        ConfigError: An address is missing or taken, or keys cannot be used.
        SchemaVersionError: The decision log is of another release.
        DatabaseUnavailableError: The database does not answer.
    """
    take_short_turns()
    settings, asked = gateway.settings, gateway.settings.lookup
    if asked.listen is None:
        raise ConfigError("lookup.listen is not set: the lookup has no address")
    rotation = TlsRotation(gateway.server_tls)
    door = gateway.door()
    registry, search = make_registry_desk(gateway.store), make_search_desk(gateway.store)
    record = make_recorder(settings, _tell_of_decision_log)
    desk = gateway.lookup_desk(record.begins)
    latency, monitoring = Latency(), None
    if asked.metrics_listen:
        monitor = LookupMonitor(
            desk=desk, record=record, latency=latency, clock=gateway.clock, release=RELEASE
        )
        monitoring = MonitoringServer(next_port(asked.metrics_listen, number), monitor)
        # Before the index is loaded: the process lives, and is not ready.
        monitoring.start()
    timed = latency.timed if monitoring else untimed
    server = lookup_server.make_server(
        desk,
        door.admission,
        gateway.clock,
        RegistryCalls(registry, search, gateway.clock),
        record=record,
        tls=rotation.tls,
        listen=asked.listen,
        bearer_listen=asked.bearer_listen,
        options=ServerOptions(threads=asked.threads, reuse_port=asked.processes > 1),
        timed=timed,
    )
    # An issuer that is down keeps nobody else waiting.
    care = Recurring("callers", DoorCare(door, gateway.clock).look, CARE_EVERY)
    care.start()
    changes = ChangeServing(gateway, door.admission, rotation)
    _load(desk)
    door.admission.refresh()
    record.start()
    server.start()
    changes.start()
    rotation.add(server.replace_tls)
    https = None
    if asked.https_listen:
        app = make_app(
            desk, registry, search, door.admission, gateway.clock, record=record, timed=timed
        )
        https = serve_https(
            app,
            asked.https_listen,
            rotation.tls,
            connections=CONNECTIONS,
            reuse_port=asked.processes > 1,
        )
        https.start()
        rotation.add(https.replace_tls)
    # Beside the refresh: none waits for another.
    Recurring("search", IndexKeeper(search).look, LOOK_FOR_SEARCHES).start()
    threading.Thread(target=rotation.run, args=(stop,), name="tls", daemon=True).start()
    log.info("lookup.ready", home=settings.home, listen=asked.listen, https=asked.https_listen)
    available = True
    while not stop.wait(REFRESH_EVERY):
        available = _refresh(desk, door.admission, was_available=available)
        # After it: whoever looks up what changed is answered from the changed lists.
        changes.look()
    log.info("lookup.stopping")
    changes.stop(grace)
    if https is not None:
        https.stop()
    server.stop(grace)
    care.stop()
    unwritten = record.stop()
    if unwritten:
        log.error("decision_log.lost", decisions=unwritten)
    if monitoring is not None:
        monitoring.stop()


def _tell_of_decision_log(error: StoreError | None) -> None:
    if error is None:
        log.info("decision_log.recovered")
    else:
        log.warning("decision_log.failed", code=error.code, why=error.message)


def _load(desk: LookupDesk) -> None:
    before = desk.unreadable
    desk.refresh()
    for agreement, why in desk.unreadable.items() - before.items():
        log.error("lookup.unreadable", agreement=agreement, why=why)


def _refresh(desk: LookupDesk, callers: Admission, *, was_available: bool) -> bool:
    try:
        callers.refresh()
        _load(desk)
    except GatewayError as error:
        # Lookups go on from the index; freshness tells how old it is.
        if was_available:
            log.warning("lookup.refresh_failed", code=error.code, why=error.message)
        return False
    if not was_available:
        log.info("lookup.refresh_recovered")
    return True
