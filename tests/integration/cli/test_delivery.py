"""`mra delivery` and `mra stream status` on a gateway with a partner."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.bootstrap import Gateway
from gateway.domain.acknowledgements import (
    Acknowledgement,
    Outcome,
    Reason,
    SealedAcknowledgement,
)
from gateway.domain.canonical import list_digest
from gateway.domain.deliveries import REFUSALS_UNTIL_DEAD, failure_of
from gateway.domain.errors import UnknownSignerError
from gateway.domain.lists import ListHeader
from gateway.domain.profiles import FeedKind
from tests.fakes.home import OFFICER, make_agreement
from tests.fakes.installed import Installed
from tests.fakes.partner_simulator import make_operator

REFUSED = UnknownSignerError("its key is not registered")


@pytest.fixture
def installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Installed:
    made = Installed(tmp_path, FeedKind.GRPC, capsys)
    made.partner.list_operators(make_operator("XB000001", on=made.now))
    return made


def fail(installed: Installed, *, attempts: int) -> None:
    """Let the partner refuse our oldest acknowledgement once more."""

    def refuse(gateway: Gateway) -> None:
        (due,) = gateway.store.outbox.due(installed.profile.receives, installed.now)
        failure = failure_of(REFUSED, attempts=attempts, now=installed.now)
        gateway.store.outbox.failed(due.delivery_id, installed.now, failure)

    installed.within(refuse)


def issue(installed: Installed) -> ListHeader:
    issued: list[ListHeader] = []

    def publish(gateway: Gateway) -> None:
        publisher = gateway.exchange().publisher
        header = publisher.publish(installed.profile, actor=OFFICER, now=installed.now, always=True)
        assert header is not None
        issued.append(header)

    installed.within(publish)
    return issued[0]


def answer(installed: Installed, header: ListHeader, **changes: object) -> None:
    said = Acknowledgement(
        acknowledgement_id="XB-1",
        stream=header.stream,
        sequence=header.sequence,
        list_digest=list_digest(header),
        outcome=Outcome.APPLIED,
        revision=1,
        applied_sequence=header.sequence,
        applied_root=header.state_root,
        acknowledged_at=installed.now,
    )
    sealed = SealedAcknowledgement(acknowledgement=replace(said, **changes), document=b"signed")
    installed.within(lambda gateway: gateway.store.outbox.receive(sealed, installed.now))


def deliveries(installed: Installed, *options: str) -> list[dict[str, object]]:
    told = installed.mra_json("delivery", "list", *options)
    assert isinstance(told, list)
    return told


def test_log_in_which_nothing_is_says_what_to_do(installed: Installed) -> None:
    assert deliveries(installed) == []
    code, out, said = installed.mra("delivery", "list")
    assert (code, out) == (0, "")
    assert "mra sync" in said
    assert "nothing was given up" in installed.mra("delivery", "list", "--dead")[2]


def test_waiting_acknowledgement_is_listed_with_partner_bytes_and_digest(
    installed: Installed,
) -> None:
    installed.receive()
    (told,) = deliveries(installed, "--undelivered", "--partner", "xb")
    assert (told["kind"], told["movement"], told["partner"]) == ("acknowledgement", "sent", "XB")
    assert (told["outcome"], told["attempts"], told["sequence"]) == ("waiting", 0, 1)
    _, out, _ = installed.mra("delivery", "list")
    assert "answer to list 1" in out
    assert "sent to XB" in out
    assert str(told["digest"])[:16] in out


def test_refused_acknowledgement_is_dead_is_told_by_doctor_and_can_be_sent_again(
    installed: Installed,
) -> None:
    installed.receive()
    fail(installed, attempts=REFUSALS_UNTIL_DEAD - 1)
    (dead,) = deliveries(installed, "--dead")
    assert (dead["outcome"], dead["code"], dead["why"]) == (
        "dead",
        "SIGNER_UNKNOWN",
        "its key is not registered",
    )
    code, out, said = installed.mra("doctor")
    assert code == 0
    assert "1 not delivered, 1 of them given up" in out
    assert "mra delivery list --dead --partner XB" in out
    code, _, said = installed.mra("delivery", "redeliver", str(dead["id"]))
    assert code == 0
    assert "its redelivery; the next sync with XB sends it" in said
    assert deliveries(installed, "--dead") == []
    (again,) = deliveries(installed, "--undelivered")
    assert (again["redelivers"], again["digest"]) == (dead["id"], dead["digest"])
    _, out, _ = installed.mra("delivery", "show", str(again["id"]))
    assert f"redelivery of  {dead['id']}" in out
    assert "APPLIED, revision 1" in out


def test_dead_delivery_is_shown_with_its_reason_and_the_way_out(installed: Installed) -> None:
    installed.receive()
    fail(installed, attempts=REFUSALS_UNTIL_DEAD - 1)
    (dead,) = deliveries(installed)
    code, out, said = installed.mra("delivery", "show", str(dead["id"]))
    assert code == 0
    assert "SIGNER_UNKNOWN: its key is not registered" in out
    assert f"mra delivery redeliver {dead['id']}" in said


def test_delivery_that_is_not_there_is_not_found(installed: Installed) -> None:
    assert installed.mra("delivery", "show", "7")[0] == 66
    assert installed.mra("delivery", "redeliver", "7")[0] == 66


def test_what_the_partner_sent_cannot_be_sent_again(installed: Installed) -> None:
    answer(installed, issue(installed))
    (told,) = deliveries(installed)
    assert (told["movement"], told["outcome"]) == ("received", "delivered")
    code, _, said = installed.mra("delivery", "redeliver", str(told["id"]))
    assert (code, "it came from the partner" in said) == (64, True)


def status_of(installed: Installed) -> dict[str, dict[str, object]]:
    told = installed.mra_json("stream", "status", "XB")
    assert isinstance(told, dict)
    return told


def test_status_of_streams_without_lists_says_what_to_do(installed: Installed) -> None:
    status = status_of(installed)
    assert (status["sends"]["issued"], status["sends"]["roots"]) == (None, "unknown")
    assert (status["receives"]["health"], status["receives"]["data"]) == ("never run", "MISSING")
    code, out, _ = installed.mra("stream", "status", "XB")
    assert code == 0
    assert "mra publish XB" in out
    assert "mra sync XB" in out
    assert installed.mra("stream", "status")[1].split()[0] == "partner"


def test_exc_4_status_tells_what_the_partner_applied_and_how_far_it_is_behind(
    installed: Installed,
) -> None:
    first = issue(installed)
    answer(installed, first)
    status = status_of(installed)["sends"]
    assert (status["applied_sequence"], status["lists_behind"]) == (1, 0)
    assert (status["roots"], status["full_wanted"]) == ("equal", False)
    issue(installed)
    status = status_of(installed)["sends"]
    assert (status["applied_sequence"], status["lists_behind"]) == (1, 1)
    _, out, _ = installed.mra("stream", "status", "XB")
    assert "the same as ours" in out
    assert "1 list, since" in out


ASKING: dict[str, tuple[dict[str, object], str]] = {
    "another root": ({"applied_root": "77" * 32}, "NOT the same as ours"),
    "rejected": ({"outcome": Outcome.REJECTED}, "REJECTED"),
    "a gap": (
        {"outcome": Outcome.REFUSED, "reasons": (Reason(code="GAP", text="list 1 is missing"),)},
        "GAP: list 1 is missing",
    ),
}


@pytest.mark.parametrize(("changes", "told"), ASKING.values(), ids=ASKING)
def test_exc_4_status_tells_why_the_next_list_is_a_full(
    installed: Installed, changes: dict[str, object], told: str
) -> None:
    answer(installed, issue(installed), **changes)
    assert status_of(installed)["sends"]["full_wanted"] is True
    _, out, _ = installed.mra("stream", "status", "XB")
    assert told in out
    assert "a FULL: XB cannot go on" in out


def test_exc_4_doctor_fails_while_a_partner_has_another_root(installed: Installed) -> None:
    answer(installed, issue(installed), applied_root="77" * 32)
    code, out, _ = installed.mra("doctor")
    assert code == 1
    assert "✗ root XA-XB: XB applied our list 1 with another state root" in out


def _suspended(installed: Installed) -> None:
    profile = replace(installed.profile, enabled=False, agreement=make_agreement())
    installed.within(lambda gateway: gateway.store.profiles.apply(profile, OFFICER, installed.now))


HEALTH: dict[str, tuple[Callable[[Installed], None], str]] = {
    "accepted": (Installed.receive, "on time"),
    "switched off": (_suspended, "paused"),
}


@pytest.mark.parametrize(("happens", "health"), HEALTH.values(), ids=HEALTH)
def test_syn_6_status_tells_the_health_of_what_we_receive(
    installed: Installed, happens: Callable[[Installed], None], health: str
) -> None:
    happens(installed)
    assert status_of(installed)["receives"]["health"] == health


def test_status_of_a_partner_that_is_asked_tells_when_and_how_that_ended(
    installed: Installed,
) -> None:
    assert status_of(installed)["receives"]["last_asked"] is None
    assert installed.mra("sync", "XB")[0] != 0
    _, out, _ = installed.mra("stream", "status", "XB")
    assert "last asked" in out
