"""Gateways of a kind that `mra init` makes, as fixtures for tests of the command line."""

import os
import shutil
from pathlib import Path

import pytest

from gateway.entrypoints.cli import output
from gateway.entrypoints.cli.app import main
from tests.fakes.command_line import CommandLine, hand_over


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """XA with its trial partner XB, fresh from `mra init`; copied for each test."""
    folder = tmp_path_factory.mktemp("founded") / "my"
    with pytest.raises(SystemExit) as ended:
        main(["init", str(folder), "--home", "XA", "--trial-partner", "XB"])
    assert ended.value.code == 0
    return folder


@pytest.fixture(scope="session")
def exchanged(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after XA has imported its operators, and XB has accepted its list."""
    folder = tmp_path_factory.mktemp("exchanged") / "my"
    shutil.copytree(founded, folder)
    config = str(folder / "mra.toml")
    for arguments in (
        ["operator", "import", str(folder / "operators.csv"), "-c", config],
        ["partner", "apply", str(folder / "partners/XA-XB"), "-c", config],
    ):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
    hand_over(folder / "mra.toml", folder / "XB/mra.toml")
    return folder


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("MRA_")]:  # noqa: TID251 - removed for the test
        monkeypatch.delenv(name)
    monkeypatch.setattr(output.data, "width", 80)


@pytest.fixture
def mra(
    founded: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    """The command line, in the folder of a fresh gateway."""
    return in_copy(founded, tmp_path, monkeypatch, capsys)


@pytest.fixture
def mra_exchanged(
    exchanged: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    """The command line, in the folder of a gateway that has exchanged with its partner."""
    return in_copy(exchanged, tmp_path, monkeypatch, capsys)


def in_copy(
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    """The command line, in a copy of a gateway's folder."""
    folder = tmp_path / "my"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    return CommandLine(capsys, folder)
