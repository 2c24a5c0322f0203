"""Write partners/CN-XX/partner.toml from partners/china_mra_network.csv; --check only compares.

The table holds what public announcements of China Customs say. What it does not say stays open: an
unknown code has a pattern that takes anything and `verified = false`, unknown types, directions and
measures are empty, so that nothing is granted before an administrator has completed the profile.
"""

import argparse
import csv
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.config.partner_files import FILE_NAME, dump_partner
from gateway.config.partner_tables import instant
from gateway.domain.agreements import (
    Agreement,
    Direction,
    Disclosure,
    IdentifierScheme,
    Interval,
    Lifecycle,
    Measure,
    MeasureCode,
    Rules,
)
from gateway.domain.profiles import FeedKind, PartnerProfile, Schedule

ROOT = Path(__file__).resolve().parent.parent
PARTNERS = ROOT / "partners"
TABLE = PARTNERS / "china_mra_network.csv"
HOME = "CN"
ZONE = ZoneInfo("Asia/Shanghai")
"""The announcements are China's: their dates begin at midnight there."""
DAY = timedelta(days=1)
EU_MEMBERS = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
)
DIRECTIONS = {
    "import": (Direction.IMPORT,),
    "both": (Direction.IMPORT, Direction.EXPORT),
    "": (),
}
HEADER = """\
# Reference profile, built by tools/build_partners.py from partners/china_mra_network.csv.
# A draft without endpoint and keys: copy it before you complete it. Empty means not found in public
# announcements; kind, period and what is disclosed are placeholders until both sides agree.
"""


def main() -> int:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    written = {path: profile_text(row) for row in rows() for path in [path_of(row)]}
    stale = [path for path, text in written.items() if _text_in(path) != text]
    stale += [path for path in PARTNERS.glob(f"{HOME}-*/{FILE_NAME}") if path not in written]
    if not check:
        for path, text in written.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        print(f"partners: {len(written)} profiles, {len(stale)} changed")
        return 0
    for path in stale:
        print(f"stale: {path.relative_to(ROOT)}", file=sys.stderr)
    if stale:
        print("run `python tools/build_partners.py` and commit the result", file=sys.stderr)
    return 1 if stale else 0


def rows() -> list[dict[str, str]]:
    """Return the rows of the table."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def path_of(row: dict[str, str]) -> Path:
    """Return where the profile of a row belongs."""
    return PARTNERS / f"{HOME}-{row['partner']}" / FILE_NAME


def profile_text(row: dict[str, str]) -> str:
    """Return the partner file of a row."""
    return HEADER + "\n" + dump_partner(profile_of(row))


def profile_of(row: dict[str, str]) -> PartnerProfile:
    """Return the draft profile that a row of the table amounts to."""
    in_force = _midnight(date.fromisoformat(row["in_force"])) if row["in_force"] else None
    # Rules need a date from which they are known: without entry into force, the year of signing.
    # They decide nothing then, because the ladder asks first whether the agreement is in force.
    known_from = in_force or _midnight(date(int(row["signed"]), 1, 1))
    agreement = Agreement(
        id=f"{HOME}-{row['partner']}",
        home=HOME,
        partner=row["partner"],
        partner_name=row["name"],
        state=Lifecycle.DRAFT,
        in_force=None if in_force is None else Interval(effective_at=in_force),
        rules=(_rules(row, known_from),),
        territory=_territory(row["partner"]),
        time_zone=str(ZONE),
        period=DAY,
        grace=DAY,
        max_age=7 * DAY,
        max_next_update=2 * DAY,
        disclosure=Disclosure(types=(), fields=()),
        source=_source(row),
    )
    return PartnerProfile(agreement=agreement, kind=FeedKind.XML, schedule=Schedule(every=DAY))


def _rules(row: dict[str, str], known_from: datetime) -> Rules:
    return Rules(
        interval=Interval(effective_at=known_from),
        programme=row["programme"] or f"AEO programme of {row['name']}",
        types=tuple(row["recognised_types"].split()),
        directions=DIRECTIONS[row["direction"]],
        measures=tuple(Measure(code=MeasureCode(code)) for code in row["measures"].split()),
        schemes=(_scheme(row),),
    )


def _scheme(row: dict[str, str]) -> IdentifierScheme:
    return IdentifierScheme(
        name=f"{row['partner']} AEO code",
        pattern=row["code_pattern"] or _anything_of(_territory(row["partner"])),
        example=row["code_example"] or None,
        verified=row["pattern_status"] == "verified",
    )


def _anything_of(territory: tuple[str, ...]) -> str:
    prefix = territory[0] if len(territory) == 1 else f"(?:{'|'.join(territory)})"
    return f"^{prefix}[0-9A-Z]{{1,33}}$"


def _territory(partner: str) -> tuple[str, ...]:
    # Greek identifiers begin with GR or, as in tax numbers, with EL (ACC-4).
    return (*EU_MEMBERS, "EL") if partner == "EU" else (partner,)


def _source(row: dict[str, str]) -> str:
    facts = (
        f"announcement {row['announcement']}" if row["announcement"] else "no announcement found",
        f"signed {row['signed']}",
        f"in force {row['in_force']}" if row["in_force"] else "entry into force not found",
        f"code pattern {row['pattern_status']}",
        row["note"],
    )
    return "; ".join(filter(None, facts))


def _midnight(day: date) -> datetime:
    return instant(day, ZONE).astimezone(UTC)


def _text_in(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
