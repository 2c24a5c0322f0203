"""Write gateway/pb from protos/; with --check, fail if what is committed is stale.

protoc writes `from mra.types.v1 import x_pb2`, which does not resolve inside `gateway.pb`: one
regular expression rewrites it. The same input gives the same bytes.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
TARGET = ROOT / "gateway" / "pb"
SERVICE = re.compile(r"^service \w+", re.MULTILINE)
IMPORT = re.compile(r"^(\s*)(from|import) mra\b", re.MULTILINE)


def main() -> int:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        generated = _generate(Path(folder))
    stale = _differences(generated)
    if not check:
        _write(generated, stale)
        print(f"gateway/pb: {len(generated)} files, {len(stale)} changed")
        return 0
    for name in stale:
        print(f"stale: gateway/pb/{name}", file=sys.stderr)
    if stale:
        print("run `make proto` and commit the result", file=sys.stderr)
    return 1 if stale else 0


def _generate(folder: Path) -> dict[str, str]:
    protos = sorted(PROTOS.rglob("*.proto"))
    services = [path for path in protos if SERVICE.search(path.read_text(encoding="utf-8"))]
    _protoc(protos, f"--python_out={folder}", f"--pyi_out={folder}")
    _protoc(services, f"--grpc_python_out={folder}", f"--mypy_grpc_out=quiet:{folder}")
    generated = {
        str(path.relative_to(folder)): _rewritten(path.read_text(encoding="utf-8"))
        for path in folder.rglob("*.py*")
    }
    return generated | _package_files(generated)


def _protoc(protos: list[Path], *outputs: str) -> None:
    well_known = files("grpc_tools") / "_proto"
    plugin = Path(sys.executable).parent / "protoc-gen-mypy_grpc"
    subprocess.run(  # noqa: S603 - our own arguments, no shell
        [
            *(sys.executable, "-m", "grpc_tools.protoc"),
            *(f"-I{PROTOS}", f"-I{well_known}"),
            f"--plugin=protoc-gen-mypy_grpc={plugin}",
            *outputs,
            *(str(path.relative_to(PROTOS)) for path in protos),
        ],
        check=True,
    )


def _rewritten(text: str) -> str:
    return IMPORT.sub(r"\1\2 gateway.pb.mra", text)


def _package_files(generated: dict[str, str]) -> dict[str, str]:
    folders = {parent for name in generated for parent in Path(name).parents}
    lines = '"""Generated from protos/ by tools/genproto.py; never edited."""\n'
    return {str(folder / "__init__.py"): lines for folder in folders}


def _differences(generated: dict[str, str]) -> list[str]:
    found = {
        str(path.relative_to(TARGET)): path.read_text(encoding="utf-8")
        for path in TARGET.rglob("*.py*")
        if path.suffix in {".py", ".pyi"}
    }
    return sorted(
        name for name in found.keys() | generated.keys() if found.get(name) != generated.get(name)
    )


def _write(generated: dict[str, str], stale: list[str]) -> None:
    for name in stale:
        path = TARGET / name
        if name not in generated:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generated[name], encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
