import shutil
from pathlib import Path

import pytest

from gateway.bootstrap import Gateway
from gateway.domain.acknowledgements import Reason
from gateway.domain.agreements import Review
from gateway.domain.business_difference import Difference, Example, Happened
from gateway.domain.holds import HoldState
from gateway.entrypoints.cli.app import main
from tests.fakes.command_line import CommandLine, Ended
from tests.fakes.gateways import in_copy
from tests.fakes.held_lists import HeldLists, make_hold

REASON = ("--reason", "XB confirmed it by telephone")


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> HeldLists:
    lists = HeldLists(make_hold(3), make_hold(4, review=Review(four_eyes=False)))
    monkeypatch.setattr(Gateway, "holds", lambda _: lists)
    return lists


@pytest.fixture(scope="module")
def staffed(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway with an administrator, an officer, an approver and an observer."""
    folder = tmp_path_factory.mktemp("staffed") / "my"
    shutil.copytree(founded, folder)
    roles = {"admin": "administrator", "alice": "officer", "carol": "approver", "olga": "observer"}
    for name, role in roles.items():
        by = [] if name == "admin" else ["--sign-with", str(folder / "admin.pem")]
        new = ["--role", role, "--key", str(folder / f"{name}.pub.pem")]
        for arguments in (
            ["actor", "key", str(folder / f"{name}.pem"), "--unencrypted"],
            ["actor", "add", name, *new, *by, "--config", str(folder / "mra.toml")],
        ):
            with pytest.raises(SystemExit) as ended:
                main(arguments)
            assert ended.value.code == 0
    return folder


@pytest.fixture
def officers(
    staffed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    return in_copy(staffed, tmp_path, monkeypatch, capsys)


def decide(mra: CommandLine, verb: str, hold: int, name: str, *more: str) -> Ended:
    return mra("hold", verb, str(hold), *REASON, "--as", name, "--key", f"{name}.pem", *more)


def test_nothing_held_is_said_with_the_last_list_of_each_stream(
    mra: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gateway, "holds", lambda _: HeldLists())
    assert "nothing is held; last list of each stream: no partners yet" in mra("hold", "list").err
    mra("partner", "apply", "partners/XA-XB")
    ended = mra("hold", "list")
    assert (ended.code, ended.out) == (0, "")
    assert "XB-XA-XA-XB-production-1: none yet" in ended.err
    assert mra("hold", "list", "--json").data == []


def test_last_list_is_told(mra_exchanged: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gateway, "holds", lambda _: HeldLists())
    ended = mra_exchanged("hold", "list", "-c", "XB/mra.toml")
    assert "XA-XB-XA-XB-production-1: 1, issued 20" in ended.err


def test_holds_are_listed_with_counts_approvals_and_what_is_wanted(
    officers: CommandLine, held: HeldLists
) -> None:
    decide(officers, "release", 3, "alice")
    out = " ".join(officers("hold", "list").out.split())
    assert "3 XB held mass change 7-8 2026-03-01 12:00:00Z 2" in out
    assert "120 removed, 2 suspended; alice (officer) approved to release it" in out
    assert "wanted: one more approval by an approver or administrator other than alice" in out
    listed = officers("hold", "list", "--json").data
    assert isinstance(listed, list)
    assert listed[0]["view"]["counts"] == {"removed": 120, "suspended": 2}
    assert listed[0]["proposals"][0]["standing"]["type"] == "wanted"
    held.grow(3)
    assert "1 approval lapsed" in " ".join(officers("hold", "list").out.split())


def test_hold_that_has_ended_wants_nothing_more(officers: CommandLine, held: HeldLists) -> None:
    decide(officers, "reject", 3, "alice")
    decide(officers, "reject", 3, "carol")
    assert held.views[3].state is HoldState.REJECTED
    out = " ".join(officers("hold", "list", "--all").out.split())
    assert "alice (officer) and carol (approver) approved to reject it" in out
    assert "the same command again" not in out


def test_hold_is_shown_in_business_words_with_examples(mra: CommandLine, held: HeldLists) -> None:
    out = mra("hold", "show", "3").out
    assert "120 removed (119 not shown)" in out
    assert "示例公司" in out
    assert "MASS_CHANGE: 120 of 400 operators are removed" in out
    assert "120 removed (120 not shown)" in mra("hold", "show", "3", "--examples", "0").out
    shown = mra("hold", "show", "3", "--json").data
    assert isinstance(shown, dict)
    assert shown["differences"][0]["count"] == 120
    assert held.approvals == []


def test_names_of_a_partner_do_not_reach_the_terminal_as_commands(
    mra: CommandLine, held: HeldLists
) -> None:
    evil = "\x1b[2J\u202eevil\nfour eyes  no"
    held.differences = (
        Difference(
            happened=Happened.REUSED,
            count=1,
            examples=(Example(operator_id=f"XB{evil}", before=evil, after="[red]x"),),
        ),
    )
    view = held.views[3]
    held.views[3] = type(view)(
        **{
            **{name: getattr(view, name) for name in view.__struct_fields__},
            "reasons": (Reason(code="MASS_CHANGE", text=evil),),
        }
    )
    out = mra("hold", "show", "3").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "\\x1b[2J" in out
    assert "[red]x" in out
    assert "\nfour eyes  no" not in out


def test_first_approval_is_recorded_and_tells_who_is_wanted_and_the_next_command(
    officers: CommandLine, held: HeldLists
) -> None:
    ended = decide(officers, "release", 3, "alice", "--config", "mra.toml")
    assert ended.code == 0
    assert "recorded: alice (officer) approves to release hold 3" in ended.err
    assert "by an approver or administrator other than alice" in ended.err
    assert (
        'next: mra hold release 3 --reason "…" --as NAME --key FILE --config mra.toml' in ended.err
    )
    assert held.approvals == []


def test_second_approval_acts_and_tells_what_changed(
    officers: CommandLine, held: HeldLists
) -> None:
    decide(officers, "release", 3, "alice")
    ended = decide(officers, "release", 3, "carol")
    assert ended.code == 0
    assert "released, by alice (officer) and carol (approver)" in ended.err
    assert "in force: list 8 (120 removed, 2 suspended)" in ended.err
    assert "the partner is told: APPLIED, sequence 8" in ended.err
    assert "undo: mra hold rollback 3" in ended.err
    assert held.views[3].state is HoldState.RELEASED
    assert "hold.release  hold 3  carol (approver, proven by key" in (
        officers("audit", "approvals").out
    )
    assert officers("audit", "verify").code == 0


def test_rejection_tells_what_goes_on_and_who_stays_restricted(
    officers: CommandLine, held: HeldLists
) -> None:
    decide(officers, "reject", 3, "carol")
    ended = decide(officers, "reject", 3, "alice")
    assert "the partner is told: REJECTED, sequence 8" in ended.err
    assert "only a FULL goes on from here" in ended.err
    assert "restricted still: 2 operators" in ended.err
    assert held.approvals[0].reason == REASON[1]


def test_rollback_and_lift_are_asked_for_in_the_same_way(
    officers: CommandLine, held: HeldLists
) -> None:
    assert decide(officers, "rollback", 4, "alice").code == 64
    lifted = decide(officers, "lift", 4, "alice")
    assert (lifted.code, "restrictions lifted, by alice (officer)" in lifted.err) == (0, True)
    assert decide(officers, "release", 4, "alice").code == 0
    assert "rolled back, by" in decide(officers, "rollback", 4, "alice").err
    assert [each.action for each in held.approvals] == [
        "hold.lift",
        "hold.release",
        "hold.rollback",
    ]


def test_machines_are_told_whether_it_acted(officers: CommandLine, held: HeldLists) -> None:
    first = decide(officers, "release", 3, "alice", "--json").data
    second = decide(officers, "release", 3, "carol", "--json").data
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert (first["result"]["type"], second["result"]["type"]) == ("wanted", "done")
    assert (second["hold"], second["action"], second["dry_run"]) == (3, "hold.release", False)
    assert len(held.approvals) == 1


def test_dry_run_changes_nothing_and_tells_what_would_happen(
    officers: CommandLine, held: HeldLists
) -> None:
    ended = decide(officers, "release", 3, "alice", "--dry-run")
    assert ended.code == 0
    assert "would record: alice (officer)" in ended.err
    assert "nothing was changed (--dry-run)" in ended.err
    decide(officers, "release", 3, "alice")
    enough = decide(officers, "release", 3, "carol", "--dry-run")
    assert "enough approvals to release hold 3, by alice (officer) and carol" in enough.err
    assert "would change: 120 removed, 2 suspended" in enough.err
    as_json = decide(officers, "release", 3, "carol", "--dry-run", "--json").data
    assert isinstance(as_json, dict)
    assert (as_json["dry_run"], as_json["result"]["type"]) == (True, "approved")
    assert held.approvals == []


def test_without_four_eyes_a_name_is_enough(mra: CommandLine, held: HeldLists) -> None:
    ended = mra("hold", "release", "4", *REASON, "--as", "officer of the day")
    assert (ended.code, "by officer of the day (officer)" in ended.err) == (0, True)
    (approval,) = held.approvals
    assert approval.actor.key is None


def test_refusals_have_codes_and_change_nothing(officers: CommandLine, held: HeldLists) -> None:
    for arguments, code, told in (
        (("release", "3", *REASON, "--as", "carol"), 77, "XA-XB wants four eyes"),
        (("release", "3", *REASON, "--as", "alice", "--key", "carol.pem"), 77, "ACTOR_UNPROVEN"),
        (("release", "3", *REASON, "--key", "olga.pem"), 77, "olga is observer"),
        (("release", "3", "--reason", "", "--key", "alice.pem"), 64, "reason is empty"),
        (("release", "3", "--reason", "x" * 513, "--key", "alice.pem"), 64, "at most 512"),
        (("release", "9", *REASON, "--key", "alice.pem"), 66, "no hold 9; open ones: 3, 4"),
        (("show", "9"), 66, "no hold 9"),
        (("release", "3", "--key", "alice.pem"), 2, "--reason"),
        (("rollback", "3", *REASON, "--key", "alice.pem"), 64, "hold 3 is held"),
    ):
        ended = officers("hold", *arguments)
        assert (ended.code, told in ended.err) == (code, True), (arguments, ended)
    assert held.approvals == []
    assert officers("audit", "approvals", "--json").data != []
    assert "hold" not in officers("audit", "approvals").out
