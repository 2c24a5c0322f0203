"""Which codes name an administration: ISO 3166-1 alpha-2, `EU`, and the user-assigned ones."""

import re

import pycountry

# ISO 3166-1, 8.1.3: AA, QM to QZ, XA to XZ and ZZ are never given to a country. `XI` (Northern
# Ireland in customs) and `XK` lie among them; the others serve examples and trials.
_USER_ASSIGNED = re.compile(r"AA|Q[M-Z]|X[A-Z]|ZZ")

GREECE_IN_TAX_NUMBERS = "EL"
"""What Greek identifiers begin with in the EU, beside `GR`; a prefix, never an administration."""


def require_administration(code: str) -> str:
    """Return `code` if it names an administration.

    Raises:
        ValueError: It does not.
    """
    if not is_administration(code):
        raise ValueError(
            f"{code!r} names no administration: wanted is an ISO 3166-1 alpha-2 code in capitals, "
            'or "EU"'
        )
    return code


def is_administration(code: str) -> bool:
    """Tell whether `code` names an administration."""
    return (
        code == "EU"
        or _USER_ASSIGNED.fullmatch(code) is not None
        # pycountry forgives lower case; a stream's name must not.
        or (code.isupper() and len(code) == 2 and _is_country(code))  # noqa: PLR2004 — alpha-2
    )


def _is_country(code: str) -> bool:
    return pycountry.countries.get(alpha_2=code) is not None
