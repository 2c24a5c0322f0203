"""What is in the table stands in the profiles, and the other way round."""

import csv
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.config.partner_files import load_partners
from gateway.domain.agreements import Direction, Lifecycle
from gateway.domain.profiles import PartnerProfile

ROOT = Path(__file__).resolve().parents[3]
PARTNERS = ROOT / "partners"
TABLE = (PARTNERS / "china_mra_network.csv").read_text("utf-8")
ROWS = list(csv.DictReader(TABLE.splitlines()))
BY_PARTNER = pytest.mark.parametrize("row", ROWS, ids=[row["partner"] for row in ROWS])
DIRECTIONS = {"": set[Direction](), "import": {Direction.IMPORT}, "both": set(Direction)}


@pytest.fixture(scope="module")
def profiles() -> dict[str, PartnerProfile]:
    return {profile.partner: profile for profile in load_partners(PARTNERS)}


def test_every_row_has_a_profile_and_every_profile_a_row(
    profiles: dict[str, PartnerProfile],
) -> None:
    assert sorted(profiles) == sorted(row["partner"] for row in ROWS)
    assert len(ROWS) == 29


def test_profiles_are_what_the_tool_writes() -> None:
    command = [sys.executable, "tools/build_partners.py", "--check"]
    done = subprocess.run(  # noqa: S603 — our own tool
        command,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@BY_PARTNER
def test_profile_says_what_the_table_says(
    profiles: dict[str, PartnerProfile], row: dict[str, str]
) -> None:
    profile = profiles[row["partner"]]
    agreement = profile.agreement
    (rules,) = agreement.rules
    assert (agreement.home, agreement.partner_name) == ("CN", row["name"])
    assert agreement.id == f"CN-{row['partner']}"
    in_force = agreement.in_force
    found = in_force and in_force.effective_at.astimezone(ZoneInfo("Asia/Shanghai")).isoformat()
    assert found == (f"{row['in_force']}T00:00:00+08:00" if row["in_force"] else None)
    assert " ".join(rules.types) == row["recognised_types"]
    assert " ".join(measure.code for measure in rules.measures) == row["measures"]
    assert set(rules.directions) == DIRECTIONS[row["direction"]]
    if row["programme"]:
        assert rules.programme == row["programme"]


@BY_PARTNER
def test_draft_reaches_nobody_and_discloses_nothing(
    profiles: dict[str, PartnerProfile], row: dict[str, str]
) -> None:
    profile = profiles[row["partner"]]
    assert profile.agreement.state is Lifecycle.DRAFT
    assert (profile.endpoint, profile.trust) == (None, ())
    assert profile.agreement.disclosure.types == ()


@BY_PARTNER
def test_pattern_is_the_tables_or_takes_anything_and_says_so(
    profiles: dict[str, PartnerProfile], row: dict[str, str]
) -> None:
    (scheme,) = profiles[row["partner"]].agreement.rules[0].schemes
    assert scheme.verified == (row["pattern_status"] == "verified")
    assert scheme.example == (row["code_example"] or None)
    if row["code_pattern"]:
        assert scheme.pattern == row["code_pattern"]
        return
    assert not scheme.verified
    code = ("DE" if row["partner"] == "EU" else row["partner"]) + "0A" * 16
    assert re.fullmatch(scheme.pattern, code)
    assert not re.fullmatch(scheme.pattern, "ZZ123")


@BY_PARTNER
def test_every_profile_names_its_source(
    profiles: dict[str, PartnerProfile], row: dict[str, str]
) -> None:
    source = profiles[row["partner"]].agreement.source
    assert source is not None
    assert row["announcement"] in source
    assert row["note"] in source
    assert f"signed {row['signed']}" in source


def test_territory_of_the_union_is_its_members_with_both_prefixes_of_greece(
    profiles: dict[str, PartnerProfile],
) -> None:
    territory = profiles["EU"].agreement.territory
    assert len(territory) == len(set(territory)) == 28
    assert {"GR", "EL", "DE", "SK"} <= set(territory)
    assert not {"GB", "XI", "CH", "EU"} & set(territory)
    assert profiles["SG"].agreement.territory == ("SG",)


def test_rules_of_an_agreement_without_entry_into_force_date_from_its_signing(
    profiles: dict[str, PartnerProfile],
) -> None:
    agreement = profiles["GB"].agreement
    assert agreement.in_force is None
    assert agreement.rules[0].interval.effective_at == datetime(2019, 12, 31, 16, tzinfo=UTC)
