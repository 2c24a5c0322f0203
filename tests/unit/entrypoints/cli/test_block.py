from tests.fakes.command_line import CommandLine

XB = ("-c", "XB/mra.toml")
CODE = "XA0000000001"
ADD = ("block", "add", CODE, "--reason", "open offence case", *XB)


def blocks_of(mra: CommandLine, *options: str) -> list[dict[str, object]]:
    data = mra("block", "list", *options, *XB, "--json").data
    assert isinstance(data, list)
    return data


def test_blocked_operator_gets_no_facilitation_until_the_block_is_lifted(
    mra_exchanged: CommandLine,
) -> None:
    added = mra_exchanged(*ADD, "--actor", "olga")
    assert added.code == 0
    assert f"block 1: {CODE} is blocked from" in added.err
    assert "until it is lifted" in added.err
    blocked = mra_exchanged("lookup", CODE, *XB)
    assert blocked.out.splitlines()[:2] == [
        "NO_GRANT  LOCAL_BLOCK",
        "Home has blocked this operator: open offence case.",
    ]
    lifted = mra_exchanged("block", "lift", "1", "--reason", "case closed", "--actor", "olga", *XB)
    assert "block 1 is lifted" in lifted.err
    assert mra_exchanged("lookup", CODE, *XB).out.startswith("GRANT")


def test_block_has_its_dates_and_they_are_asked_about(mra_exchanged: CommandLine) -> None:
    mra_exchanged(*ADD, "--from", "2031-01-01", "--until", "2031-02-01")
    for day, decision in (
        ("2030-12-31", "GRANT  RECOGNISED"),
        ("2031-01-01", "NO_GRANT  LOCAL_BLOCK"),
        ("2031-01-31", "NO_GRANT  LOCAL_BLOCK"),
        ("2031-02-01", "GRANT  RECOGNISED"),
    ):
        assert mra_exchanged("lookup", CODE, "--on", day, *XB).out.startswith(decision), day


def test_code_may_be_written_in_an_old_form(mra_exchanged: CommandLine) -> None:
    added = mra_exchanged("block", "add", f"AEO<{CODE}>", "--reason", "why", *XB, "--json").data
    assert isinstance(added, dict)
    assert added["operator_id"] == CODE


def test_operator_that_nobody_lists_is_blocked_with_a_warning(mra_exchanged: CommandLine) -> None:
    added = mra_exchanged("block", "add", "xa 99", "--reason", "why", *XB)
    assert (added.code, "no accepted list has this operator" in added.err) == (0, True)
    assert blocks_of(mra_exchanged)[0]["operator_id"] == "XA99"


def test_list_shows_what_acts_and_with_all_what_ended(mra_exchanged: CommandLine) -> None:
    assert "nobody is blocked" in mra_exchanged("block", "list", *XB).err
    mra_exchanged(*ADD)
    mra_exchanged("block", "lift", "1", "--reason", "case closed", "--actor", "olga", *XB)
    assert blocks_of(mra_exchanged) == []
    (ended,) = blocks_of(mra_exchanged, "--all")
    assert (ended["reason"], ended["operator_id"]) == ("open offence case", CODE)
    shown = mra_exchanged("block", "list", "--all", *XB).out
    assert "by olga: case closed" in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80
    assert blocks_of(mra_exchanged, "--all", "--known-at", "2001-01-01T00:00:00Z") == []


def test_both_are_in_the_audit_trail(mra_exchanged: CommandLine) -> None:
    mra_exchanged(*ADD, "--actor", "olga")
    mra_exchanged("block", "lift", "1", "--reason", "case closed", "--actor", "olga", *XB)
    trail = mra_exchanged("audit", "list", *XB).out
    assert "block.added" in trail
    assert "block.lifted" in trail
    assert mra_exchanged("audit", "verify", *XB).code == 0


def test_wrong_uses_are_told(mra_exchanged: CommandLine) -> None:
    mra_exchanged(*ADD)
    for arguments, code, told in (
        (ADD, 75, "block 1 acts on XA0000000001"),
        (("block", "add", CODE, "--reason", " ", *XB), 64, "reason starts or ends with a space"),
        (("block", "add", "", "--reason", "why", *XB), 64, "code is empty"),
        (("block", "add", "X" * 36, "--reason", "why", *XB), 64, "code has 36 characters"),
        ((*ADD, "--until", "2001-01-01"), 64, "is not after from"),
        ((*ADD, "--from", "soon"), 64, "'soon' is neither"),
        (("block", "lift", "9", "--reason", "why", *XB), 66, "there is no block 9"),
    ):
        ended = mra_exchanged(*arguments)
        assert (ended.code, told in ended.err) == (code, True), ended.err
    assert len(blocks_of(mra_exchanged, "--all")) == 1
