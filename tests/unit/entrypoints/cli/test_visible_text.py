import pytest

from gateway.entrypoints.cli.visible_text import visible
from tests.fakes.command_line import CommandLine

SHOWN = {
    "an escape sequence that clears the screen": ("a\x1b[2Jb", r"a\x1b[2Jb"),
    "a title of the window": ("\x1b]0;x\x07", r"\x1b]0;x\x07"),
    "a control of eight bits": ("a\x9b31mb", r"a\x9b31mb"),
    "a line end that would start a line of our own": ("X\nGRANT", r"X\nGRANT"),
    "a separator of lines": ("X\u2028GRANT", r"X\u2028GRANT"),
    "a turn of the line": ("abc\u202egpj", r"abc\u202egpj"),
    "an isolate": ("a\u2066b\u2069", r"a\u2066b\u2069"),
    "a space of no width": ("a\u200bb", r"a\u200bb"),
    "a tag outside the basic plane": ("a\U000e0041", r"a\U000e0041"),
    "half of a surrogate pair": ("a\udc80", r"a\udc80"),
    "Chinese with its space": ("示例\u3000公司", "示例\u3000公司"),
    "Persian with its joiner": ("می\u200cخواهم", "می\u200cخواهم"),
    "Hebrew and accents": ("שלום Müller-Łódź", "שלום Müller-Łódź"),
    "markup is only text": ("[red]x[/red]", "[red]x[/red]"),
}


@pytest.mark.parametrize(("given", "shown"), SHOWN.values(), ids=SHOWN)
def test_what_a_terminal_would_obey_is_shown_as_an_escape(given: str, shown: str) -> None:
    assert visible(given) == shown


def test_declared_code_and_role_reach_no_terminal_as_commands(mra: CommandLine) -> None:
    evil = "XB00\x1b[2J\x1b]0;x\x07\u202eX\nGRANT  RECOGNISED"
    decided = mra("lookup", evil, "--name", evil)
    refused = mra("lookup", evil, "--role", "\x1b[31m")
    printed = decided.out + decided.err + refused.out + refused.err
    assert (decided.code in {10, 11}, refused.code) == (True, 64)
    assert not any(sign in printed for sign in "\x1b\x07\u202e")
    assert [line for line in printed.splitlines() if line.strip().startswith("GRANT")] == []


def test_unknown_partner_is_named_without_its_control_sequences(mra: CommandLine) -> None:
    ended = mra("partner", "show", "\x1b[2Jx")
    assert ended.code == 66
    assert "\x1b" not in ended.err
