"""The lookups that the demo shows, with the decision that each must get."""

from typing import Final

from msgspec import Struct

from gateway.entrypoints.cli.demo.programmes import Landmark, get_programme

SUSPENDED_LATER: Final = get_programme("SG").landmarks[Landmark.SUSPENDED_LATER]


class Expected(Struct, frozen=True, kw_only=True):
    """One lookup and its decision."""

    title: str
    code: str
    verdict: str
    reason: str
    direction: str | None = None
    hinted: bool = False


def expected_lookups() -> list[Expected]:
    """Return the lookups in the order in which they are shown."""
    sg, nz = get_programme("SG").landmarks, get_programme("NZ").landmarks
    active = sg[Landmark.ACTIVE]
    mistyped = active[:-1] + "O"
    return [
        _grant("granted with measures (SG, gRPC)", active, "import"),
        _grant("granted with measures (NZ, XML)", nz[Landmark.ACTIVE], "import"),
        _no("suspended", sg[Landmark.SUSPENDED], "SUSPENDED"),
        _no("suspended (NZ)", nz[Landmark.SUSPENDED], "SUSPENDED"),
        _no("revoked", nz[Landmark.REVOKED], "REVOKED"),
        _no("expired", sg[Landmark.EXPIRED], "EXPIRED"),
        _no("not yet effective", sg[Landmark.NOT_YET_EFFECTIVE], "NOT_YET_EFFECTIVE"),
        _no("not listed", "SG99SYN9999999", "NOT_LISTED"),
        _no("without consent: as not listed", sg[Landmark.WITHHELD], "NOT_LISTED"),
        Expected(
            title="mistyped, with a hint",
            code=active[:-1],
            verdict="NO_GRANT",
            reason="CODE_MALFORMED",
            hinted=True,
        ),
        Expected(
            title="letter O for zero, with a hint",
            code=mistyped,
            verdict="NO_GRANT",
            reason="NOT_LISTED",
            hinted=True,
        ),
        _grant("legacy form", f"AEO<{active}>", "import"),
        _no("type not covered", sg[Landmark.TYPE_NOT_COVERED], "TYPE_NOT_COVERED"),
        _no("wrong direction", active, "DIRECTION_NOT_COVERED", "export"),
        _no("no agreement", "ZZ1234567890", "NO_AGREEMENT"),
        _grant("to be suspended soon", SUSPENDED_LATER, "import"),
    ]


def _grant(title: str, code: str, direction: str) -> Expected:
    return Expected(
        title=title, code=code, verdict="GRANT", reason="RECOGNISED", direction=direction
    )


def _no(title: str, code: str, reason: str, direction: str | None = None) -> Expected:
    return Expected(title=title, code=code, verdict="NO_GRANT", reason=reason, direction=direction)
