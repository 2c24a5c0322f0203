import shutil
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine

FILE = Path("partners/XA-XB/partner.toml")


def test_no_partners_yet_is_said_with_what_adds_one(mra: CommandLine) -> None:
    ended = mra("partner", "list")
    assert (ended.code, ended.out) == (0, "")
    assert "mra partner apply" in ended.err
    assert mra("partner", "list", "--json").data == []


def test_applying_twice_makes_one_version(mra: CommandLine) -> None:
    first = mra("partner", "apply", FILE, "--json").data
    assert isinstance(first, list)
    assert (first[0]["agreement"], first[0]["version"], first[0]["changed"]) == ("XA-XB", 1, True)
    assert len(first[0]["new_callers"]) == 1
    again = mra("partner", "apply", FILE, "--json").data
    assert again == [{"agreement": "XA-XB", "version": 1, "changed": False, "new_callers": []}]
    assert "unchanged, still version 1" in mra("partner", "apply", FILE).err


def test_dry_run_stores_nothing(mra: CommandLine) -> None:
    assert mra("partner", "apply", FILE.parent, "--dry-run").code == 0
    assert mra("partner", "apply", FILE, "--dry-run", "--json").data == [{"agreement": "XA-XB"}]
    assert mra("partner", "list", "--json").data == []


def test_shown_profile_is_a_file_that_applies_unchanged(mra: CommandLine) -> None:
    mra("partner", "apply", FILE)
    shown = mra("partner", "show", "xb")
    assert shown.code == 0
    Path("shown.toml").write_text(shown.out)
    again = mra("partner", "apply", "shown.toml", "--json").data
    assert isinstance(again, list)
    assert again[0]["changed"] is False
    assert isinstance(mra("partner", "show", "XB", "--json").data, dict)


def test_unknown_partner_is_told_with_the_known_ones(mra: CommandLine) -> None:
    assert "none yet (mra partner apply)" in mra("partner", "show", "XZ").err
    mra("partner", "apply", FILE)
    ended = mra("partner", "show", "XZ")
    assert ended.code == 66
    assert "no partner XZ; known: XB" in ended.err


def test_list_fits_eighty_columns_and_reads_brackets_as_they_are(mra: CommandLine) -> None:
    text = FILE.read_text()
    FILE.write_text(text.replace("Trial customs of XB", "Customs [red]of[/red] XB"))
    mra("partner", "apply", FILE)
    listed = mra("partner", "list")
    assert max(len(line) for line in listed.out.splitlines()) <= 80
    assert "Customs [red]of[/red] XB" in listed.out
    assert "^XB[0-9A-Z]{4,33}$" in listed.out
    assert "· both · PRIO INSP · ^XB" in listed.out


def test_all_reference_profiles_fit_a_hundred_and_twenty_columns(
    mra: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.entrypoints.cli.output.data.width", 120)
    mra("init", "china", "--home", "CN")
    shutil.rmtree("china/partners")
    shutil.copytree(Path(__file__).parents[4] / "partners", "china/partners")
    assert mra("partner", "apply", "china/partners", "-c", "china/mra.toml").code == 0
    listed = mra("partner", "list", "-c", "china/mra.toml")
    assert listed.out.count("draft") == 29
    assert max(len(line) for line in listed.out.splitlines()) <= 120


BAD = {
    "wrong key": ("kind =", "knid =", "knid: unknown key; did you mean kind?"),
    "wrong value": ('kind = "grpc_feed"', 'kind = "pigeon"', "kind: "),
    "no TOML": ("id =", "id", "not TOML"),
    "missing certificate": ("keys/lists.pem", "keys/none.pem", "trust[1].pinned[0]"),
    "key of another use": ("keys/lists.pem", "keys/tls.pem", "SIG-6"),
}


@pytest.mark.parametrize(("old", "new", "told"), BAD.values(), ids=BAD)
def test_bad_file_is_named_with_its_key_and_nothing_is_stored(
    mra: CommandLine, old: str, new: str, told: str
) -> None:
    FILE.write_text(FILE.read_text().replace(old, new, 1))
    ended = mra("partner", "apply", FILE)
    assert ended.code == 78
    assert f"{FILE}: " in ended.err
    assert told in ended.err
    assert mra("partner", "list", "--json").data == []


def test_agreement_of_another_home_is_refused(mra: CommandLine) -> None:
    ended = mra("partner", "apply", "XB/partners/XA-XB")
    assert ended.code == 64
    assert "XB's agreement, and home is XA" in ended.err


def test_rules_announced_ahead_are_shown_and_do_not_stand_for_those_of_now(
    mra: CommandLine,
) -> None:
    text = FILE.read_text("utf-8")
    rules = text[text.index("\n[[rules]]") + 1 : text.index("# Where the partner listens")]
    begins = rules.splitlines()[1]
    now = rules.replace(begins, f"{begins}\nuntil = 2090-01-01")
    later = rules.replace(begins, "effective_at = 2090-01-01").replace("PRIO = {}\n", "")
    FILE.write_text(text.replace(rules, now + later), "utf-8")
    assert mra("partner", "apply", FILE).code == 0
    told = "from 2090-01-01 00:00:00Z: other rules: measures INSP (factor 0.2), before PRIO INSP"
    assert told in mra("partner", "show", "XB").err
    (listed,) = _list(mra("partner", "list", "--json").data)
    assert listed["measures"] == ["PRIO", "INSP"]


def test_gap_between_rules_is_refused_and_nothing_is_stored(mra: CommandLine) -> None:
    text = FILE.read_text("utf-8")
    begins = text[text.index("\n[[rules]]") + 1 :].splitlines()[1]
    rules = f"[[rules]]\n{begins}"
    FILE.write_text(text.replace(rules, "[[rules]]\neffective_at = 2090-01-01"), "utf-8")
    refused = mra("partner", "apply", FILE)
    assert refused.code == 78
    assert "rules[0].effective_at: after in_force begins" in refused.err
    assert mra("partner", "list", "--json").data == []


def _list(data: object) -> list[dict[str, object]]:
    assert isinstance(data, list)
    return data
