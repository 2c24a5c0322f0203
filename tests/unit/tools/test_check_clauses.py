import json
from pathlib import Path

import pytest
from check_clauses import main
from clauses.mutants import switch_off
from clauses.tags import Form, read_places

PROTOCOL = """\
**ABC-1** Negative numbers are refused.

**ABC-2** Spaces are trimmed. **ABC-3** Later.

| clause | built | required | note |
|---|---|---|---|
| ABC-1 | whole | yes | |
| ABC-2 | part | yes | |
| ABC-3 | later | | |
"""
CODE = """\
def number(text: str) -> int:
    # ABC-2: trimmed
    text = text.strip(" ")
    # ABC-1: below zero,
    # whatever the size
    if (value := parse(text)) < 0:
        raise ValueError(value)
    return value


def parse(text: str) -> int:
    if " " in text:
        raise RuntimeError(text)
    return int(text)
"""
TESTS = """\
import pytest
from gateway.rules import number


def test_abc_1_negative_number_is_refused():
    with pytest.raises(ValueError):
        number("-1")


class TestSpaces:
    @pytest.mark.parametrize("text", [" 1", "1 "])
    def test_abc_2_spaces_are_trimmed(self, text):
        assert number(text) == 1
"""
MARKERS = '[tool.pytest.ini_options]\nmarkers = ["postgres", "e2e"]\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {
        "docs/protocol.md": PROTOCOL,
        "gateway/__init__.py": "",
        "gateway/rules.py": CODE,
        "tests/test_rules.py": TESTS,
        "pyproject.toml": MARKERS,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def _mutate(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, dict[str, str]]]:
    code = main(["--root", str(tree), "--mutate", "--json", "--seconds", "60"])
    return code, {trial["clause"]: trial for trial in json.loads(capsys.readouterr().out)}


def test_complete_tree_passes(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tree)]) == 0
    out = capsys.readouterr().out
    assert "code gateway/rules.py:6" in out
    assert "test tests/test_rules.py:12 test_abc_2_spaces_are_trimmed" in out


PROBLEMS = {
    "a required clause without a test": (
        ("tests/test_rules.py", "test_abc_2_", "test_"),
        "ABC-2: required, but no test is named for it",
    ),
    "a required clause without code": (
        ("gateway/rules.py", "# ABC-2:", "# see ABC-2:"),
        "ABC-2: required, but no code enforces it",
    ),
    "a tag for an unknown clause": (
        ("gateway/rules.py", "# ABC-2:", "# ABC-9:"),
        "gateway/rules.py:3: unknown clause ABC-9",
    ),
    "a test for an unknown clause": (
        ("tests/test_rules.py", "test_abc_2_", "test_abc_22_"),
        "unknown clause ABC-22",
    ),
    "a return that cannot be switched off": (
        ("gateway/rules.py", "    return value", "    # ABC-1: value\n    return value"),
        "gateway/rules.py:9: ABC-1 stands above a statement that cannot be switched off",
    ),
    "a tag above an empty line": (
        ("gateway/rules.py", "# ABC-2: trimmed", "# ABC-2: trimmed\n"),
        "gateway/rules.py:2: ABC-2 stands above a statement that cannot be switched off",
    ),
    "a new name, which later statements need": (
        ("gateway/rules.py", "text = text.strip", "more = text.strip"),
        "gateway/rules.py:3: ABC-2 stands above a statement that cannot be switched off",
    ),
}


@pytest.mark.parametrize(("edit", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_problem_is_told_and_fails(
    tree: Path, capsys: pytest.CaptureFixture[str], edit: tuple[str, str, str], problem: str
) -> None:
    file, old, new = edit
    _edit(tree / file, old, new)
    assert main(["--root", str(tree)]) == 1
    assert problem in capsys.readouterr().err


def test_every_mutant_of_a_good_tree_is_caught(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (tree / "gateway/rules.py").read_bytes()
    code, trials = _mutate(tree, capsys)
    assert code == 0
    assert trials["ABC-1"]["test"].endswith("test_abc_1_negative_number_is_refused")
    assert "DID NOT RAISE" in trials["ABC-1"]["message"]
    assert "test_abc_2_spaces_are_trimmed[" in trials["ABC-2"]["test"]
    assert (tree / "gateway/rules.py").read_bytes() == before


def test_surviving_mutant_is_told(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _edit(tree / "tests/test_rules.py", 'number("-1")', 'number("one")')
    code, trials = _mutate(tree, capsys)
    assert code == 1
    assert trials["ABC-1"]["verdict"] == "SURVIVED"
    assert trials["ABC-2"]["verdict"] == "caught"


def test_failure_of_another_clause_does_not_count(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _edit(tree / "tests/test_rules.py", "test_abc_1_", "test_")
    code, trials = _mutate(tree, capsys)
    assert code == 1
    assert trials["ABC-1"]["verdict"] == "NO TEST"


def test_error_at_collection_does_not_count(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _edit(tree / "tests/test_rules.py", "\n\n\nclass", '\n\n\nassert number(" 3") == 3\n\n\nclass')
    code, trials = _mutate(tree, capsys)
    assert code == 1
    assert trials["ABC-2"]["verdict"] == "ERROR, no test failed"


def test_contract_suite_runs_in_the_files_that_import_it(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "tests/test_rules.py").rename(tree / "tests/rules_suite.py")
    (tree / "tests/test_all.py").write_text("from rules_suite import *\n", encoding="utf-8")
    code, trials = _mutate(tree, capsys)
    assert code == 0
    assert trials["ABC-1"]["test"].startswith("tests/test_all.py::")


def test_tests_that_fail_already_prove_nothing(tree: Path) -> None:
    _edit(tree / "tests/test_rules.py", "== 1", "== 2")
    with pytest.raises(SystemExit, match="do not pass in the unchanged copy"):
        main(["--root", str(tree), "--mutate"])


FORMS = {
    "a condition": (b"if a < 1:\n    raise E\n", b"if False:\n    raise E\n"),
    "a condition over two lines": (
        b"if (\n  a  # why\n  < 1\n):\n    raise E\n",
        b"if (\n  False\n):\n    raise E\n",
    ),
    "a condition that binds a name": (
        b"if (b := a) < 1:\n    raise E\n",
        b"if ((b := a) < 1) and False:\n    raise E\n",
    ),
    "a call": (b"check(a, 'x\xc3\xa9')  # why\n", b"pass  # why\n"),
    "a re-assignment": (b"a, b = f(b,\n  a)\r\n", b"pass\r\n"),
}


@pytest.mark.parametrize(("before", "after"), FORMS.values(), ids=FORMS)
def test_only_the_statement_changes(before: bytes, after: bytes) -> None:
    head, tail = "x = 'é'\n# ABC-1: why\n".encode(), b"# end"
    (place,) = read_places(head + before + tail, "rules.py")
    assert switch_off(head + before + tail, place) == head + after + tail


def test_statement_may_enforce_two_clauses() -> None:
    places = read_places(b"# ABC-1, ABC-2: why\nf()\n# SHA-256: no clause\ng()\n", "rules.py")
    assert [(place.clause, place.form) for place in places] == [
        ("ABC-1", Form.CALL),
        ("ABC-2", Form.CALL),
    ]
