"""Draw the house from the code: the rooms' table of docs/architecture.md.

Each module's line is the first line of its docstring; the order of layers is that of the
import contract in pyproject.toml. `--check` fails if the committed page differs.
"""

import ast
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by tools/draw_architecture.py -->", "<!-- end of drawing -->"


def main() -> int:
    """Write the page, or with `--check` compare it."""
    text = PAGE.read_text("utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    drawn = f"{before}{BEGIN}\n\n{_drawing()}\n{END}{after}"
    if "--check" in sys.argv[1:]:
        if drawn != text:
            print(f"{PAGE.name} is stale: run tools/draw_architecture.py")
            return 1
        return 0
    PAGE.write_text(drawn, encoding="utf-8")
    return 0


def _layers() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    house = next(each for each in contracts if each["type"] == "layers")
    return [name.strip() for layer in house["layers"] for name in layer.split("|")]


def _drawing() -> str:
    parts = []
    for layer in _layers():
        path = ROOT / "gateway" / layer
        if path.with_suffix(".py").is_file():
            parts.append(f"**`{layer}`** — {_first_line(path.with_suffix('.py'))}\n")
            continue
        modules = sorted(path.rglob("*.py"))
        if layer == "pb":
            parts.append(f"**`{layer}`** — {_first_line(path / '__init__.py')}\n")
            continue
        parts.append(f"**`{layer}`** — {_first_line(path / '__init__.py')}\n")
        parts.append("| module | what it holds |\n|---|---|")
        for module in modules:
            if module.name == "__init__.py" or "versions" in module.parts:
                continue
            name = module.relative_to(path).with_suffix("").as_posix()
            parts.append(f"| `{name}` | {_first_line(module)} |")
        parts.append("")
    return "\n".join(parts)


def _first_line(module: Path) -> str:
    text = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
    paragraph = text.split("\n\n")[0]
    return " ".join(paragraph.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
