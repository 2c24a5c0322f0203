import subprocess
import sys

import pytest
from typer.core import TyperGroup

from gateway.entrypoints.cli.app import COMMANDS, make_app
from gateway.entrypoints.cli.lazy import LazyCommand
from gateway.entrypoints.error_catalogue import EXIT_CODES, EXIT_DIFFERENT, EXIT_OF_VERDICT
from gateway.entrypoints.error_rows import CATALOGUE
from tests.fakes.command_line import CommandLine


def lazy(name: str) -> LazyCommand:
    command = make_app().commands[name]
    assert isinstance(command, LazyCommand)
    return command


@pytest.mark.parametrize("module", COMMANDS)
def test_line_in_the_overview_is_how_the_commands_own_help_begins(module: str) -> None:
    command = lazy(module.partition(".")[0])
    own = command.load().help
    assert own is not None
    assert own.startswith(str(command.help).rstrip("."))


def test_overview_names_every_command_and_exit_code(mra: CommandLine) -> None:
    ended = mra("--help")
    assert ended.code == 0
    assert [name for name in make_app().commands if name not in ended.out] == []
    assert [code for code in ("0", "2", "10", "11", "64-79", "130") if code not in ended.out] == []


def test_every_command_has_help(mra: CommandLine) -> None:
    for name in make_app().commands:
        assert mra(name, "--help").code == 0
        loaded = lazy(name).load()
        for inner in loaded.commands if isinstance(loaded, TyperGroup) else ():
            assert f"mra {name} {inner}" in mra(name, inner, "--help").out


WRONG_USAGE = {
    "no command": [],
    "unknown command": ["nosuch"],
    "missing argument": ["lookup"],
    "group without command": ["partner"],
    "unknown command of a group": ["config", "chekc"],
    "unknown option": ["lookup", "XA1", "--nosuch"],
    "value that is none of the choices": ["lookup", "XA1", "--direction", "sideways"],
    "port that is none": ["init", "other", "--grpc-port", "0"],
}


@pytest.mark.parametrize("arguments", WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage_exits_2_without_a_traceback(mra: CommandLine, arguments: list[str]) -> None:
    ended = mra(*arguments)
    assert ended.code == 2
    assert "Traceback" not in ended.out + ended.err


def test_a_wrong_choice_is_told_without_the_name_of_a_class(mra: CommandLine) -> None:
    for arguments in (
        ["lookup", "XA1", "--direction", "no"],
        ["caller", "add", "x", "--scope", "no"],
    ):
        said = " ".join(mra(*arguments).err.replace("│", " ").split())
        assert "'no' is not one of" in said
        assert "Value error" not in said


@pytest.mark.parametrize("command", [("lookup",), ("operator", "search"), ("decision", "show")])
def test_what_a_terminal_of_another_encoding_sends_is_refused(
    mra: CommandLine, command: tuple[str, ...]
) -> None:
    ran = mra(*command, "SG\udcff\udcfe")
    assert (ran.code, ran.out) == (64, "")
    assert "SG\\udcff\\udcfe is not UTF-8" in ran.err


def test_near_command_is_suggested(mra: CommandLine) -> None:
    assert "'lookup'" in mra("lokup", "XA1").err


def test_wrong_usage_is_told_without_reading_brackets_as_markup(mra: CommandLine) -> None:
    assert "[bold]x[/bold]" in mra("[bold]x[/bold]").err


def test_every_exit_code_of_an_error_lies_in_the_documented_range() -> None:
    assert {row.exit_code for row in CATALOGUE.values()} - set(range(64, 80)) == {1}


def test_every_exit_code_has_a_meaning() -> None:
    codes = {row.exit_code for row in CATALOGUE.values()} | set(EXIT_OF_VERDICT.values())
    assert set(EXIT_CODES) == codes | {0, 2, EXIT_DIFFERENT, 130}


HEAVY = ("grpc", "lxml", "sqlalchemy", "cryptography", "litestar", "xmlschema", "pydantic_settings")


@pytest.mark.parametrize("arguments", [["--help"], ["explain", "ROLLBACK"]])
def test_light_commands_import_no_heavy_library(arguments: list[str]) -> None:
    # Another interpreter: in this one the other tests have imported everything.
    code = (
        "import sys\nfrom gateway.entrypoints.cli.app import main\n"
        f"try:\n main({arguments!r})\nfinally:\n"
        f" print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert ran.stderr.strip() == "[]"
