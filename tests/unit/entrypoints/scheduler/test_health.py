"""The look at streams once a minute."""

from collections.abc import Sequence

from structlog.testing import capture_logs

from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.stream_health import StreamHealth
from gateway.entrypoints.scheduler.health import HealthLook
from gateway.services.health_alarms import Told


def told(health: StreamHealth) -> Told:
    return Told(partner="XB", stream="XB-XA-XA-XB-production-1", health=health)


def test_syn_6_an_alarm_is_a_warning_and_its_end_is_none() -> None:
    looks = HealthLook(lambda: [told(StreamHealth.LATE), told(StreamHealth.ON_TIME)])
    with capture_logs() as lines:
        looks.look_once()
    assert [(line["log_level"], line["health"]) for line in lines] == [
        ("warning", "late"),
        ("info", "on time"),
    ]


def test_a_database_that_is_gone_is_told_once_and_survived() -> None:
    def look() -> Sequence[Told]:
        raise DatabaseUnavailableError("the database is away")

    looks = HealthLook(look)
    with capture_logs() as lines:
        looks.look_once()
        looks.look_once()
    assert [line["event"] for line in lines] == ["health.failed"]
