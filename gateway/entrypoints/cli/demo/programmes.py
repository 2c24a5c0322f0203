"""The three programmes that the demo plays, and the operators in them that its script names.

Codes follow the patterns of the reference agreements; the operators are invented.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from gateway.domain.errors import ConfigError


class Landmark(StrEnum):
    """A fixed operator that the demo looks up, by what is to be seen on it."""

    ACTIVE = "active"
    """Active, covered, with a general consent."""
    SUSPENDED = "suspended"
    SUSPENDED_LATER = "suspended later"
    """Active until the demo suspends it."""
    TYPE_NOT_COVERED = "type not covered"
    """Active, of a type that the agreement does not recognise; New Zealand has one type only."""
    EXPIRED = "expired"
    NOT_YET_EFFECTIVE = "not yet effective"
    REVOKED = "revoked"
    WITHHELD = "withheld"
    """Active without consent: partners never hear of it."""


class Programme(Struct, frozen=True, kw_only=True):
    """One administration's programme, as far as operators are made from it."""

    country: str
    name: str
    covered: str
    """The type that agreements recognise."""
    uncovered: tuple[str, ...]
    """Types that exist and are not recognised."""
    alphabet: str
    national_length: int
    offices: tuple[str, ...]
    subdivisions: tuple[str, ...]
    """ISO 3166-2 without the country."""
    postcode_digits: int
    home_locale: str
    """Of addresses, and of most names."""
    locales: tuple[str, ...]
    """Of the other names."""
    partners: tuple[str, ...]
    """To whom operators may have consented one by one."""
    landmarks: Mapping[Landmark, str]
    """Operator ids."""


_DIGITS = "0123456789"
_ALPHANUMERIC = _DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

PROGRAMMES: Mapping[str, Programme] = {
    "CN": Programme(
        country="CN",
        name="China Customs AEO",
        covered="ADVANCED",
        uncovered=("REGULAR",),
        alphabet=_ALPHANUMERIC,
        national_length=10,
        offices=("0100", "2200", "4600", "5100", "5300"),
        subdivisions=("BJ", "SH", "GD", "ZJ", "JS", "SD", "FJ"),
        postcode_digits=6,
        home_locale="zh_CN",
        locales=("zh_CN", "zh_CN", "en_GB", "ja_JP", "ko_KR", "ru_RU", "th_TH", "ar_SA", "el_GR"),
        partners=("SG", "NZ"),
        landmarks={
            Landmark.ACTIVE: "CN26SYN00001",
            Landmark.SUSPENDED: "CN26SYN00002",
            Landmark.SUSPENDED_LATER: "CN26SYN00003",
            Landmark.TYPE_NOT_COVERED: "CN26SYN00004",
            Landmark.EXPIRED: "CN26SYN00005",
            Landmark.NOT_YET_EFFECTIVE: "CN26SYN00006",
            Landmark.REVOKED: "CN26SYN00007",
            Landmark.WITHHELD: "CN26SYN00008",
        },
    ),
    "SG": Programme(
        country="SG",
        name="Secure Trade Partnership",
        covered="STP-PLUS",
        uncovered=("STP",),
        alphabet=_ALPHANUMERIC,
        national_length=12,
        offices=("SGHQ",),
        subdivisions=("01", "02", "03", "04", "05"),
        postcode_digits=6,
        home_locale="en_GB",
        locales=("en_GB", "en_GB", "zh_CN", "th_TH", "ja_JP", "ar_SA"),
        partners=("CN",),
        landmarks={
            Landmark.ACTIVE: "SG26SYN0000001",
            Landmark.SUSPENDED: "SG26SYN0000002",
            Landmark.SUSPENDED_LATER: "SG26SYN0000003",
            Landmark.TYPE_NOT_COVERED: "SG26SYN0000004",
            Landmark.EXPIRED: "SG26SYN0000005",
            Landmark.NOT_YET_EFFECTIVE: "SG26SYN0000006",
            Landmark.REVOKED: "SG26SYN0000007",
            Landmark.WITHHELD: "SG26SYN0000008",
        },
    ),
    "NZ": Programme(
        country="NZ",
        name="Secure Exports Scheme",
        covered="SES",
        uncovered=(),
        alphabet=_DIGITS,
        national_length=8,
        offices=("AKL", "WLG", "CHC"),
        subdivisions=("AUK", "WGN", "CAN", "OTA", "BOP"),
        postcode_digits=4,
        home_locale="en_NZ",
        locales=("en_NZ", "en_NZ", "en_NZ", "el_GR", "ko_KR", "zh_CN", "ru_RU"),
        partners=("CN",),
        landmarks={
            Landmark.ACTIVE: "NZ26000001",
            Landmark.SUSPENDED: "NZ26000002",
            Landmark.SUSPENDED_LATER: "NZ26000003",
            Landmark.EXPIRED: "NZ26000005",
            Landmark.NOT_YET_EFFECTIVE: "NZ26000006",
            Landmark.REVOKED: "NZ26000007",
            Landmark.WITHHELD: "NZ26000008",
        },
    ),
}
"""By administration."""


def get_programme(country: str) -> Programme:
    """Return the programme that the demo plays for an administration.

    Raises:
        ConfigError: The demo does not play this administration.
    """
    programme = PROGRAMMES.get(country)
    if programme is None:
        played = ", ".join(PROGRAMMES)
        raise ConfigError(f"the demo plays {played}, not {country}", context={"country": country})
    return programme
