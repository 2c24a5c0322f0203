from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.operators import StatusCode
from gateway.domain.profiles import FeedKind
from tests.fakes.installed import Installed
from tests.fakes.partner_simulator import make_operator

DAY = timedelta(days=1)


@pytest.fixture
def installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Installed:
    """Two operators; the first is suspended a day later, and gone today."""
    made = Installed(tmp_path, FeedKind.GRPC, capsys)
    one, two = (make_operator(f"XB00000{n}", on=made.now) for n in (1, 2))
    suspended = make_operator("XB000001", on=made.now, code=StatusCode.SUSPENDED)
    for days, operators in ((2, (one, two)), (1, (suspended, two)), (0, (two,))):
        made.partner.now = made.now - days * DAY
        made.partner.publish_next(*operators)
        made.receive(at=made.partner.now)
    return made


def test_timeline_names_each_version_with_its_lists_and_times(installed: Installed) -> None:
    shown = installed.mra_json("operator", "show", "xb 000001")
    assert isinstance(shown, dict)
    (told,) = shown["told"]
    assert (shown["operator"], shown["home"], told["partner"]) == ("XB000001", None, "XB")
    first, second = told["versions"]
    assert (first["sequence"], first["replaced_by"]) == (1, 2)
    assert (second["sequence"], second["replaced_by"]) == (2, 3)
    assert first["known_until"] == second["known_from"]
    status = second["operator"]["authorisations"][0]["status"]["code"]
    assert status == "SUSPENDED"


def test_timeline_for_people_says_since_when_an_operator_is_gone(installed: Installed) -> None:
    code, out, _ = installed.mra("operator", "show", "XB000001")
    assert code == 0
    assert "told by XB under XA-XB" in out
    assert "SUSPENDED" in out
    assert "not listed by XB since" in out


def test_operator_that_is_listed_still_has_an_open_end(installed: Installed) -> None:
    shown = installed.mra_json("operator", "show", "XB000002", "--partner", "xb")
    assert isinstance(shown, dict)
    (version,) = shown["told"][0]["versions"]
    assert (version["known_until"], version["replaced_by"]) == (None, None)


def test_operator_that_nobody_ever_listed_is_not_found(installed: Installed) -> None:
    code, _, said = installed.mra("operator", "show", "XB999999")
    assert code == 66
    assert "NOT_FOUND: no list ever held operator XB999999" in said


def test_operator_of_home_is_shown_with_its_consents(installed: Installed) -> None:
    file = installed.folder / "operators.csv"
    file.write_text(
        "operator_id,names,authorisation_id,category,programme,issuing_office,effective,status,"
        "consents\nXA000001,Home Trader,A-1,AEOS,Exampleland AEO,XA01,2024-01-01,ACTIVE,XB\n"
    )
    assert installed.mra("operator", "import", file)[0] == 0
    shown = installed.mra_json("operator", "show", "XA000001")
    assert isinstance(shown, dict)
    assert shown["told"] == []
    assert shown["home"]["consents"] == ["XB"]
    assert "home's own, as it stands now" in installed.mra("operator", "show", "XA000001")[1]


def test_decision_is_recomputed_for_a_day_as_known_at_a_moment(installed: Installed) -> None:
    day = (installed.now - DAY).date().isoformat()
    moment = f"{installed.now - DAY - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    before = installed.mra_json("lookup", "XB000001", "--on", day, "--known-at", moment)
    now = installed.mra_json("lookup", "XB000001", "--on", day, code=10)
    assert isinstance(before, dict)
    assert isinstance(now, dict)
    assert (before["reason"], now["reason"]) == ("RECOGNISED", "NOT_LISTED")
    again = installed.mra_json("lookup", "XB000001", "--on", day, "--known-at", moment)
    assert again == before
