"""`mra agreement` and `mra operator search` on a gateway with a partner's list in it."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.profiles import FeedKind
from tests.contract.profiles_suite import write_version
from tests.fakes.installed import Installed
from tests.fakes.partner_simulator import make_operator


@pytest.fixture
def installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Installed:
    made = Installed(tmp_path, FeedKind.GRPC, capsys)
    made.partner.publish_next(*(make_operator(f"XB00000{n}", on=made.now) for n in range(1, 4)))
    made.receive()
    return made


def test_agreements_are_listed_with_what_is_recognised(installed: Installed) -> None:
    code, out, _ = installed.mra("agreement", "list")
    assert code == 0
    assert "XA-XB" in out
    assert "AEOS" in out
    assert "CURRENT" in out
    listed = installed.mra_json("agreement", "list")
    assert isinstance(listed, dict)
    (view,) = listed["agreements"]
    assert (view["id"], view["rules"]["types"]) == ("XA-XB", ["AEOS"])
    assert view["freshness"]["sequence"] == 1


def test_an_agreement_whose_profile_is_damaged_is_named_and_left_out(installed: Installed) -> None:
    installed.within(lambda gateway: write_version(gateway.store, "XA-XB", 1, "no profile"))
    code, out, said = installed.mra("agreement", "list")
    assert (code, "XA-XB" in out) == (0, False)
    assert "XA-XB is left out, nothing is granted under it: version 1 of profile XA-XB" in said


def test_before_its_rules_an_agreement_recognises_nothing(installed: Installed) -> None:
    listed = installed.mra_json("agreement", "list", "--on", "2019-06-01")
    assert isinstance(listed, dict)
    assert "rules" not in listed["agreements"][0]
    assert "nothing" in installed.mra("agreement", "list", "--on", "2019-06-01")[1]
    assert "no rules hold" in installed.mra("agreement", "show", "XA-XB", "--on", "2019-06-01")[1]


def test_an_agreement_is_shown_with_its_measures_and_codes(installed: Installed) -> None:
    code, out, _ = installed.mra("agreement", "show", "xa-xb")
    assert code == 0
    for part in ("Customs of XB", "in force", "PRIO", "XB code", "list 1, usable until"):
        assert part in out
    assert installed.mra_json("agreement", "show", "XA-XB") is not None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("list", "--on", "1.6.2026"), 64), (("show", "XA-XZ"), 66)],
)
def test_what_cannot_be_shown_is_named(
    installed: Installed, arguments: tuple[str, ...], code: int
) -> None:
    ended, _, said = installed.mra("agreement", *arguments)
    assert ended == code
    assert arguments[-1] in said


def test_operators_are_searched_by_name_in_pages(installed: Installed) -> None:
    name = make_operator("XB000001", on=installed.now).operator.names[0].text
    code, out, said = installed.mra("operator", "search", name, "--page-size", "2")
    assert code == 0
    assert "XB000001" in out
    assert "more: --page-token" in said
    first = installed.mra_json("operator", "search", name, "--page-size", "2")
    assert isinstance(first, dict)
    token = first["next_page_token"]
    rest = installed.mra_json("operator", "search", name, "--page-token", token)
    assert isinstance(rest, dict)
    ids = [one["operator_id"] for one in (*first["operators"], *rest["operators"])]
    assert sorted(ids) == ["XB000001", "XB000002", "XB000003"]
    assert rest["next_page_token"] == ""


def test_search_that_finds_nobody_says_so(installed: Installed) -> None:
    code, out, said = installed.mra("operator", "search", "zyxwvut")
    assert (code, out) == (0, "")
    assert "nobody" in said


def test_a_token_of_yesterdays_list_says_to_search_anew(installed: Installed) -> None:
    name = make_operator("XB000001", on=installed.now).operator.names[0].text
    first = installed.mra_json("operator", "search", name, "--page-size", "1")
    assert isinstance(first, dict)
    installed.partner.now = installed.now + timedelta(seconds=1)
    installed.partner.publish_next(make_operator("XB000001", on=installed.now))
    installed.receive(at=installed.partner.now)
    token = first["next_page_token"]
    code, _, said = installed.mra("operator", "search", name, "--page-token", token)
    assert code == 66
    assert "START_ANEW" in said


def test_the_next_search_takes_the_index_of_the_one_before(installed: Installed) -> None:
    def kept() -> list[tuple[str, int]]:
        files = installed.folder.glob("mra.search-*")
        return [(file.name, file.stat().st_ino) for file in files]

    name = "Fictitious"
    first = installed.mra_json("operator", "search", name)
    before = kept()
    assert len(before) == 1
    assert installed.mra_json("operator", "search", name) == first
    assert kept() == before
    installed.partner.publish_next()
    installed.receive(at=installed.now)
    installed.mra_json("operator", "search", name)
    after = kept()
    assert (len(after), after != before) == (1, True)
