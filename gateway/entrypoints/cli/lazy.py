"""Commands that are imported when they are called: `mra --help` need not import them all."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


class LazyCommand(TyperCommand):
    """A name and a line of help; the command itself is imported once somebody calls it.

    Args:
        name: As typed. The module holds a function of this name, or a group of commands `app`.
        module: Where it is.
        help: Its line in `mra --help`: the first line of its own help, as a test holds.
    """

    def __init__(self, name: str, module: str, *, help: str) -> None:  # noqa: A002 - Typer's name
        super().__init__(name, help=help)
        self._module = module

    def make_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - handed on as it is
        """Let the command itself read its arguments."""
        return self.load().make_context(*args, **kwargs)

    def load(self) -> TyperCommand | TyperGroup:
        """Import the command."""
        module = import_module(self._module)
        outer = typer.Typer(add_completion=False)
        outer.callback()(_nothing)
        if app := getattr(module, "app", None):
            outer.add_typer(app, name=self.name)
        else:
            outer.command(self.name)(getattr(module, str(self.name)))
        group = get_command(outer)
        # Typer does not export the classes that it promises here.
        assert isinstance(group, TyperGroup)  # noqa: S101 - for the type checker
        loaded = group.commands[str(self.name)]
        assert isinstance(loaded, TyperCommand | TyperGroup)  # noqa: S101 - for the type checker
        return loaded


def _nothing() -> None:
    """Make a group also of what holds one command."""
