import json
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine

REPORT: dict[str, object] = {
    "operator": {
        "id": "XA0000000009",
        "names": [{"text": "Ninth Trading"}],
        "authorisations": [
            {
                "id": "A-9",
                "category": "GOLD",
                "programme": "Example AEO",
                "issuingOffice": "Port",
                "effectiveAt": "2025-01-01T00:00:00Z",
                "status": {"code": "ACTIVE", "effectiveAt": "2025-01-01T00:00:00Z"},
            }
        ],
    },
    "consents": ["*"],
}


def write(report: object) -> Path:
    file = Path("report.json")
    file.write_text(json.dumps(report))
    return file


def test_an_operator_is_reported_suspended_and_removed(mra: CommandLine) -> None:
    assert "XA0000000009: added" in mra("operator", "report", write(REPORT)).err
    suspended = mra(
        *("operator", "suspend", "XA0000000009", "--authorisation", "A-9"),
        *("--reason", "audit", "--since", "2026-01-01", "--json"),
    )
    assert isinstance(suspended.data, dict)
    assert suspended.data["outcome"] == "changed"
    shown = mra("operator", "show", "XA0000000009")
    assert "SUSPENDED" in shown.out + shown.err
    again = mra(
        *("operator", "set-status", "XA0000000009", "ACTIVE", "--authorisation", "A-9"),
        *("--since", "2026-01-02T00:00:00Z"),
    )
    assert "changed" in again.err
    removed = mra("operator", "remove", "XA0000000009", "--reason", "moved away")
    assert "XA0000000009: removed" in removed.err


def test_what_is_only_validated_is_not_stored(mra: CommandLine) -> None:
    ended = mra("operator", "report", write(REPORT), "--validate-only")
    assert "would be added; nothing was stored" in ended.err
    assert mra("operator", "remove", "XA0000000009", "--reason", "x", "--json").data == {
        "operator_id": "XA0000000009",
        "outcome": "unchanged",
        "etag": None,
    }


BAD = {
    "no JSON": ("{", 65, "report.json"),
    "no object": ("[]", 65, "report.json"),
    "strange member": ({**REPORT, "more": 1}, 65, "more"),
    "strange field": (
        {**REPORT, "operator": {**REPORT["operator"], "vat": "1"}},  # type: ignore[dict-item]
        65,
        "operator.vat",
    ),
    "territory": (
        {**REPORT, "operator": {**REPORT["operator"], "id": "XB0000000009"}},  # type: ignore[dict-item]
        64,
        "does not begin with XA",
    ),
}


@pytest.mark.parametrize(("report", "code", "told"), BAD.values(), ids=BAD)
def test_pub_1_a_bad_report_is_told(mra: CommandLine, report: object, code: int, told: str) -> None:
    file = write(report)
    if isinstance(report, str):
        file.write_text(report)
    ended = mra("operator", "report", file)
    assert (ended.code, told in ended.err) == (code, True)


def test_a_suspension_needs_an_operator_that_is_there(mra: CommandLine) -> None:
    ended = mra("operator", "suspend", "XA1", "--authorisation", "A", "--reason", "audit")
    assert ended.code == 66
    assert "XA1 is not in the home programme" in ended.err
