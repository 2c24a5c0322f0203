"""The four pages over real HTTP, read as Prometheus and an orchestrator read them."""

from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection, HTTPResponse

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.domain.answers import Question
from gateway.domain.errors import ConfigError
from gateway.domain.parties import Caller, Purpose
from gateway.entrypoints.monitoring.latency import Latency
from gateway.entrypoints.monitoring.of_exchange import ExchangeMonitor
from gateway.entrypoints.monitoring.of_lookups import LookupMonitor
from gateway.entrypoints.monitoring.server import Monitored, MonitoringServer
from gateway.entrypoints.monitoring.tally import Tally
from gateway.ports.overview import Waiting
from gateway.services.decision_recorder import DecisionRecorder, Rule
from gateway.services.lookup import LookupDesk
from tests.fakes.clock import Clock
from tests.fakes.decision_logs import LogInMemory
from tests.fakes.known_world import AGREEMENT, CODE, DAY, HEAD, NOW, OPERATOR, START
from tests.fakes.lookup_ports import ProfilesInMemory, RegistryInMemory, profile

BORDER = Caller(name="border", fingerprint="0" * 64, purposes=(Purpose.LOOKUP,), added_at=START)
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


class Lookups:
    """A lookup process, as far as it is watched."""

    def __init__(self) -> None:
        self.registry = RegistryInMemory()
        self.registry.apply(profile(AGREEMENT).receives, HEAD, OPERATOR)
        profiles = ProfilesInMemory((profile(AGREEMENT), START))
        self.now = NOW
        self.log = LogInMemory()
        self.record = DecisionRecorder(self.log, Rule.REQUIRED, tell=lambda _: None, room=2)
        self.desk = LookupDesk(self.registry, self.registry, profiles, {})
        self.latency = Latency()
        self.monitor = LookupMonitor(
            desk=self.desk,
            record=self.record,
            latency=self.latency,
            clock=lambda: self.now,
            release="1.2.3",
        )

    def ask(self, code: str) -> None:
        question = Question(code=code)
        self.record.keep(BORDER, question, self.desk.answer(question, now=self.now))


@pytest.fixture
def lookups() -> Lookups:
    return Lookups()


@pytest.fixture
def port(lookups: Lookups) -> Iterator[int]:
    yield from served(lookups.monitor)


def served(monitored: Monitored) -> Iterator[int]:
    server = MonitoringServer("127.0.0.1:0", monitored)
    server.start()
    yield server.port
    server.stop()


def get(port: int, path: str, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def figures(port: int) -> Samples:
    response, content = get(port, "/metrics")
    assert response.status == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(content.decode())
        for sample in family.samples
    }


def test_a_process_without_its_index_lives_and_is_not_ready(port: int, lookups: Lookups) -> None:
    assert get(port, "/livez")[0].status == 200
    assert get(port, "/readyz")[0].status == 503
    assert get(port, "/freshness")[0].status == 503
    assert figures(port)["mra_lookup_ready", ()] == 0
    lookups.desk.refresh()
    assert get(port, "/readyz")[0].status == 200
    assert get(port, "/freshness")[0].status == 200
    assert figures(port)["mra_lookup_ready", ()] == 1


def test_stale_data_is_not_fresh_and_the_process_stays_ready(port: int, lookups: Lookups) -> None:
    lookups.desk.refresh()
    lookups.now = NOW + 5 * DAY
    assert get(port, "/livez")[0].status == 200
    assert get(port, "/readyz")[0].status == 200
    response, content = get(port, "/freshness")
    assert response.status == 503
    told = msgspec.json.decode(content)
    assert (told["fresh"], told["missed"]) == (False, ["XH-XA"])
    assert told["agreements"][0]["freshness"]["condition"] == "STALE"
    assert figures(port)["mra_list_missed", (("agreement", "XH-XA"), ("partner", "XA"))] == 1


def test_with_the_database_gone_it_stays_ready_and_fresh_and_says_so(
    port: int, lookups: Lookups
) -> None:
    lookups.desk.refresh()
    assert figures(port)["mra_database_up", ()] == 1
    lookups.registry.gone = True
    lookups.desk.refresh()
    assert get(port, "/readyz")[0].status == 200
    assert get(port, "/freshness")[0].status == 200
    assert figures(port)["mra_database_up", ()] == 0


def test_decisions_are_counted_by_agreement_decision_and_reason(
    port: int, lookups: Lookups
) -> None:
    lookups.desk.refresh()
    lookups.ask(CODE)
    lookups.record.flush()
    lookups.ask(CODE)
    lookups.ask("ZZ1")
    lookups.record.flush()
    known = figures(port)
    name = "mra_lookup_decisions_total"
    granted = (("agreement", "XH-XA"), ("decision", "GRANT"), ("reason", "RECOGNISED"))
    unknown = (("agreement", ""), ("decision", "NO_GRANT"), ("reason", "NO_AGREEMENT"))
    assert {key: value for key, value in known.items() if key[0] == name} == {
        (name, granted): 2,
        (name, unknown): 1,
    }
    assert known["mra_decision_log_written_total", ()] == 3
    assert known["mra_decision_log_waiting", ()] == 0


def test_a_log_that_cannot_keep_up_is_seen(port: int, lookups: Lookups) -> None:
    lookups.desk.refresh()
    lookups.log.away = True
    for _ in range(2):
        lookups.ask(CODE)
    lookups.record.flush()
    with pytest.raises(Exception, match="wait to be logged"):
        lookups.ask(CODE)
    known = figures(port)
    assert known["mra_decision_log_waiting", ()] == 2
    assert known["mra_decision_log_refused_total", ()] == 1
    assert known["mra_decision_log_write_failures_total", ()] == 1


def test_times_of_lists_and_calls_are_told_and_no_operator_is(port: int, lookups: Lookups) -> None:
    lookups.desk.refresh()
    lookups.ask(CODE)
    lookups.record.flush()
    lookups.latency.timed("Lookup", lambda *_: None)(None, None)
    known = figures(port)
    labels = (("agreement", "XH-XA"), ("partner", "XA"))
    assert known["mra_list_produced_timestamp_seconds", labels] == (
        HEAD.header.issued_at.timestamp()
    )
    assert known["mra_list_accepted_timestamp_seconds", labels] == HEAD.received_at.timestamp()
    assert known["mra_lookup_duration_seconds_count", (("method", "Lookup"),)] == 1
    bounded = (("le", "+Inf"), ("method", "Lookup"))
    assert known["mra_lookup_duration_seconds_bucket", bounded] == 1
    assert known["mra_build_info", (("version", "1.2.3"),)] == 1
    _, content = get(port, "/metrics")
    assert CODE.encode() not in content
    assert b"border" not in content


def test_other_pages_are_not_there_and_nothing_is_told_of_the_machine(port: int) -> None:
    response, content = get(port, "/etc/passwd")
    assert response.status == 404
    assert b"/metrics" in content
    assert response.getheader("server") == "mra-gateway"
    assert get(port, "/livez", "HEAD")[1] == b""
    assert get(port, "/livez", "POST")[0].status == 501
    assert get(port, "/livez?full=1")[0].status == 200


def test_a_busy_port_is_named(port: int, lookups: Lookups) -> None:
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}"):
        MonitoringServer(f"127.0.0.1:{port}", lookups.monitor)


class Overview:
    def waiting(self, stream: object) -> Waiting:
        del stream
        return Waiting(held=(), undelivered=3, dead=0, attempts=0, last_failure=None)


def test_the_exchange_tells_of_lists_certificates_syncs_and_what_waits() -> None:
    lookups = Lookups()
    syncs = Tally()
    syncs.count("XA", "applied")
    syncs.count("XA", "applied")
    syncs.count("XA", "failed")
    clock = Clock()
    monitor = ExchangeMonitor(
        profiles=ProfilesInMemory((profile(AGREEMENT), START)),
        registry=lookups.registry,
        overview=Overview(),
        certificates=lambda _: {("XA", "lists"): NOW + timedelta(days=30)},
        syncs=syncs,
        clock=clock,
        release="1.2.3",
    )
    for port in served(monitor):
        assert get(port, "/readyz")[0].status == 200
        known = figures(port)
        runs = "mra_sync_runs_total"
        assert known[runs, (("partner", "XA"), ("result", "applied"))] == 2
        assert known[runs, (("partner", "XA"), ("result", "failed"))] == 1
        ends = "mra_certificate_not_after_timestamp_seconds"
        assert known[ends, (("partner", "XA"), ("use", "lists"))] == (
            (NOW + timedelta(days=30)).timestamp()
        )
        both = (("agreement", "XH-XA"), ("partner", "XA"))
        assert known["mra_holds_waiting", both] == 0
        assert known["mra_acknowledgements_undelivered", both] == 3
        assert known["mra_list_accepted_timestamp_seconds", both] > 0
        assert known["mra_database_up", ()] == 1
        lookups.registry.gone = True
        known = figures(port)
        assert known["mra_database_up", ()] == 0
        assert known[runs, (("partner", "XA"), ("result", "applied"))] == 2
        assert get(port, "/livez")[0].status == 200
        assert get(port, "/freshness")[0].status == 503
