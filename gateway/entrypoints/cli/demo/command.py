"""`mra demo`: the main job, on three real gateways on loopback."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
import typer

from gateway.domain.errors import ConfigError, GatewayError
from gateway.entrypoints.cli.demo import network as demo_network
from gateway.entrypoints.cli.demo.endpoints import write_endpoints
from gateway.entrypoints.cli.demo.network import Network
from gateway.entrypoints.cli.demo.processes import STOP_PATIENCE, Processes
from gateway.entrypoints.cli.demo.stage import Stage, Step
from gateway.entrypoints.cli.demo.story import story
from gateway.entrypoints.cli.output import AsJson, data, print_json, print_table, say


def demo(
    keep: Annotated[
        Path | None,
        typer.Option(help="Work in this new folder, leave all running, write endpoints.json."),
    ] = None,
    stop: Annotated[
        Path | None, typer.Option(help="Stop the gateways that --keep left running in this folder.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="NZ changes to ASiC-E over SFTP at the end.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Play the main job: CN, SG over gRPC, NZ over XML; synthetic operators; under a minute.

    Exit 0 only if every step held.
    """
    if stop is not None:
        return _stop(stop)
    if everything and keep is not None:
        raise ConfigError("--all ends the machine with SFTP that it starts: not with --keep")
    started = time.monotonic()
    _leave_in_order()
    with _folder(keep) as folder:
        if not as_json:
            say("three gateways on loopback; all operators are synthetic, the rules are those of")
            say("the reference agreements CN-SG and CN-NZ")
        network = demo_network.build(folder)
        processes = Processes()
        path: Path | None = None
        clean, seconds = True, 0.0
        try:
            played = story(Stage(network, processes, folder), everything=everything)
            steps = list(_played(played, as_json=as_json))
            if keep is not None:
                path = write_endpoints(network, folder, processes.ids, suspended=True)
        finally:
            if path is None:
                stopping = time.monotonic()
                clean = processes.stop()
                seconds = round(time.monotonic() - stopping, 2)
        if path is None:
            said = "each ended by itself" if clean else "not all ended by themselves"
            step = Step(step="stop three gateways", held=clean, said=said, seconds=seconds)
            steps.append(step)
            _show(len(steps), step, as_json=as_json)
        held = all(step.held for step in steps)
        if not as_json:
            _print_summary(steps, time.monotonic() - started)
        if path is not None:
            _print_usage(network, path)
    return 0 if held else 1


def _leave_in_order() -> None:
    """Let signals be exceptions, as Ctrl-C is: gateways are stopped, the folder is removed."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, leave)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep.absolute()
        return
    with TemporaryDirectory(prefix="mra-demo-") as name:
        yield Path(name) / "network"


def _played(steps: Iterator[Step], *, as_json: bool) -> Iterator[Step]:
    """Show every step as it ends; an error ends the story as a step that did not hold."""
    number = 0
    while True:
        try:
            step = next(steps)
        except StopIteration:
            return
        except GatewayError as error:
            step = Step(step="go on", held=False, said=f"{error.code}: {error.message}")
        number += 1
        _show(number, step, as_json=as_json)
        yield step


def _show(number: int, step: Step, *, as_json: bool) -> None:
    if as_json:
        print_json(step)
        return
    mark = "✓" if step.held else "✗"
    data.print(f"{mark} {number:>2} {step.step}", markup=False)
    data.print(f"     {step.said}", markup=False, style="dim")


def _print_summary(steps: list[Step], seconds: float) -> None:
    data.print()
    print_table(
        ("", "step", "seconds"),
        [("✓" if step.held else "✗", step.step, f"{step.seconds:.1f}") for step in steps],
    )
    held = sum(step.held for step in steps)
    data.print(f"\n{held} of {len(steps)} steps held, in {seconds:.0f} s")


def _print_usage(network: Network, path: Path) -> None:
    settings = network.home.settings
    say("")
    say(f"all three gateways are running; how to reach them as whom: {path}")
    say(f"  mra lookup SG26SYN0000001 -c {settings}")
    say(f"  mra partner list -c {settings}")
    say(f"  mra sync -c {settings}")
    say(f"stop them: mra demo --stop {path.parent}")


def _stop(folder: Path) -> int:
    path = folder / "endpoints.json"
    try:
        processes: dict[str, int] = msgspec.json.decode(path.read_bytes())["processes"]
    except (OSError, msgspec.DecodeError, KeyError) as error:
        raise ConfigError(f"{path}: no demo was left running there ({error})") from error
    alive = {country: pid for country, pid in processes.items() if _is_gateway(pid)}
    for pid in alive.values():
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_PATIENCE
    while any(map(_is_gateway, alive.values())) and time.monotonic() < deadline:
        time.sleep(0.1)
    left = [country for country, pid in alive.items() if _is_gateway(pid)]
    say(f"stopped {', '.join(sorted(alive.keys() - set(left))) or 'nothing: none was running'}")
    return 1 if left else 0


def _is_gateway(pid: int) -> bool:
    """Tell whether the process is there and is one of ours: numbers are used again."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"gateway" in arguments and b"serve" in arguments
