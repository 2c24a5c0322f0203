"""Real lookup processes: what they log, tell of themselves, and lose when they are killed."""

import signal
from http.client import HTTPConnection

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.entrypoints.rpc.lookup_client import LookupClient
from gateway.ports.decision_log import Wanted
from gateway.ports.tls import ClientTls
from gateway.store.decision_log import open_decision_log
from tests.fakes.command_line import CommandLine
from tests.integration.cli.test_serve import free_ports, log_of, serving, wait_ready, wait_until

BORDER = "border"


class Site:
    """A gateway's folder, its ports, and a border system that may ask."""

    def __init__(self, mra: CommandLine) -> None:
        self.folder = mra.folder
        self.grpc, self.metrics, self.exchange = free_ports(3)
        self._set("127.0.0.1:7445", f"127.0.0.1:{self.grpc}")
        self._set('# metrics_listen = "127.0.0.1:7451"', f'metrics_listen = "{self.metrics_at}"')
        assert mra("caller", "add", BORDER, "--purpose", "lookup", "--trial", BORDER).code == 0
        keys = mra.folder / BORDER
        self.tls = ClientTls(
            authorities=(mra.folder / "keys/ca.pem").read_bytes(),
            certificate=next(keys.glob("*.pem")).read_bytes(),
            key=next(keys.glob("*.key")).read_bytes(),
        )

    @property
    def metrics_at(self) -> str:
        return f"127.0.0.1:{self.metrics}"

    def _set(self, old: str, new: str) -> None:
        file = self.folder / "mra.toml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def ask(self, times: int) -> None:
        with LookupClient(f"127.0.0.1:{self.grpc}", self.tls, deadline=20.0) as client:
            for number in range(times):
                assert client.ask(f"ZZ{number}").reason == "NO_AGREEMENT"

    def logged(self) -> int:
        log = open_decision_log(f"sqlite:///{self.folder}/mra.db")
        found = log.select(Wanted(caller=BORDER, limit=10_000))
        log.close()
        return len(found)

    def get(self, path: str) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.metrics, timeout=10)
        connection.request("GET", path)
        response = connection.getresponse()
        content = response.read().decode()
        connection.close()
        return response.status, content

    def decisions(self) -> float:
        _, content = self.get("/metrics")
        families = {one.name: one for one in text_string_to_metric_families(content)}
        return sum(sample.value for sample in families["mra_lookup_decisions"].samples)


@pytest.fixture
def site(mra: CommandLine) -> Site:
    return Site(mra)


def test_sigterm_right_after_the_last_answer_loses_nothing(site: Site) -> None:
    with serving(site.folder, "--role", "lookup") as process:
        wait_ready(site.folder, "lookup.ready")
        assert site.get("/readyz")[0] == 200
        site.ask(200)
        process.terminate()
        assert process.wait(60) == 0
    assert site.logged() == 200
    assert "Traceback" not in log_of(site.folder)


def test_what_was_written_stays_when_the_process_is_killed_and_the_next_goes_on(
    site: Site,
) -> None:
    with serving(site.folder, "--role", "lookup") as process:
        wait_ready(site.folder, "lookup.ready")
        site.ask(50)
        wait_until(lambda: site.logged() == 50, lambda: log_of(site.folder))
        wait_until(lambda: site.decisions() == 50, lambda: site.get("/metrics")[1])
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    with serving(site.folder, "--role", "lookup"):
        wait_ready(site.folder, "lookup.ready")
        site.ask(10)
        wait_until(lambda: site.logged() == 60, lambda: log_of(site.folder))


def test_each_of_several_processes_has_a_metrics_port_of_its_own(site: Site) -> None:
    with serving(site.folder, "--role", "lookup", "--number", "1") as process:
        wait_ready(site.folder, "lookup.ready")
        site.metrics += 1
        assert site.get("/livez")[0] == 200
        process.terminate()
        assert process.wait(60) == 0


def test_the_exchange_tells_until_when_its_certificates_are_good(mra: CommandLine) -> None:
    ports = free_ports(3)
    file = mra.folder / "mra.toml"
    listen = f'metrics_listen = "127.0.0.1:{ports[0]}"'
    text = file.read_text().replace('# metrics_listen = "127.0.0.1:7450"', listen)
    text = text.replace(":7443", f":{ports[1]}").replace(":7444", f":{ports[2]}")
    file.write_text(text)
    assert mra("partner", "apply", "partners/XA-XB").code == 0
    with serving(mra.folder, "--role", "exchange") as process:
        wait_ready(mra.folder, "exchange.ready")
        connection = HTTPConnection("127.0.0.1", ports[0], timeout=10)
        connection.request("GET", "/metrics")
        content = connection.getresponse().read().decode()
        process.terminate()
        assert process.wait(60) == 0
    known = {
        (sample.labels["partner"], sample.labels["use"])
        for family in text_string_to_metric_families(content)
        if family.name == "mra_certificate_not_after_timestamp_seconds"
        for sample in family.samples
    }
    assert known >= {("XA", "tls"), ("XA", "lists"), ("XA", "acknowledgements"), ("XB", "lists")}
