"""Operators and their authorisations, as section 2 of the protocol names them.

The fields in this module *are* the canonical form (STA-1): `rename="camel"` gives the published
keys, `omit_defaults` makes empty equal absent. Rules on the values are in `canonical`. They hold
no circles, so the garbage collector need not walk a million of them (`gc=False`).
"""

from datetime import datetime

from msgspec import Struct

from gateway.domain.words import Words

LIMITS = {"operator_id": 35, "alternate_id": 70, "text": 512, "repeats": 64, "postcode": 17}
"""Characters or repeats: WCO R143 widened to an..35, an..17 for PostcodeID, 64 of one field."""


class StatusCode(Words):
    """Status of one authorisation. Expiry follows from dates and is no status."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    WITHDRAWN = "WITHDRAWN"


ROLES = frozenset({"IM", "EX", "MF", "CA", "CB", "FW", "WH", "TR", "CS", "ZZZ"})
"""EDIFACT 3035, the codes of section 2. `OT` is not "other"."""


class Identifier(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """Another identifier of the operator: EORI, MID, LEI, USCC, certificate number."""

    scheme: str
    value: str


class Name(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """A name, code point for code point as received (STA-1)."""

    text: str
    language: str | None = None
    """BCP 47 tag."""
    script: str | None = None
    """ISO 15924 code."""


class Address(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """An address; `lines` alone keeps its order in the canonical form."""

    lines: tuple[str, ...] = ()
    city: str | None = None
    country: str
    """ISO 3166-1 alpha-2."""
    subdivision: str | None = None
    """ISO 3166-2 without the country, 1 to 3 characters."""
    postcode: str | None = None


class Status(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """What the authorisation is worth since `effective_at`."""

    code: StatusCode
    effective_at: datetime
    change_reason: str | None = None


class Authorisation(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False
):
    """One AEO authorisation: valid in the half-open interval [effective_at, expires_at)."""

    id: str
    category: str
    """The programme's type or tier: AEOS, STP-PLUS, TYPE-3."""
    programme: str
    issuing_office: str
    accepted_at: datetime | None = None
    effective_at: datetime
    expires_at: datetime | None = None
    status: Status


class KnownOperator(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False
):
    """An operator as far as decisions rest on it: no rung of the ladder reads an address."""

    id: str
    alternate_ids: tuple[Identifier, ...] = ()
    names: tuple[Name, ...]
    trade_names: tuple[Name, ...] = ()
    roles: tuple[str, ...] = ()
    authorisations: tuple[Authorisation, ...]


class Operator(
    KnownOperator, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False
):
    """A trader that holds at least one authorisation."""

    addresses: tuple[Address, ...] = ()
