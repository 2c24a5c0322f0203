"""The columns of an operator file, and the fields of the canonical form that they carry."""

from collections.abc import Mapping

from gateway.services.operator_cells import ADDRESS_COLUMNS

COLUMNS: Mapping[str, bool] = {
    "operator_id": True,
    "alternate_ids": False,
    "names": True,
    "trade_names": False,
    "roles": False,
    **dict.fromkeys(ADDRESS_COLUMNS, False),
    "authorisation_id": True,
    "category": True,
    "programme": False,
    "issuing_office": True,
    "accepted": False,
    "effective": True,
    "expires": False,
    "status": True,
    "status_effective": False,
    "reason": False,
    "consents": True,
}
"""Every column in the order that is written, and whether a file must have it."""
_COLUMN_OF = {
    "id": "operator_id",
    "operator": "operator_id",
    "alternateIds": "alternate_ids",
    "names": "names",
    "tradeNames": "trade_names",
    "roles": "roles",
    **{f"addresses/{column.removeprefix('address_')}": column for column in ADDRESS_COLUMNS},
    "addresses": "address_country",
    "authorisations/id": "authorisation_id",
    "authorisations/category": "category",
    "authorisations/programme": "programme",
    "authorisations/issuingOffice": "issuing_office",
    "authorisations/acceptedAt": "accepted",
    "authorisations/effectiveAt": "effective",
    "authorisations/expiresAt": "expires",
    "authorisations/status": "status",
    "authorisations/status/effectiveAt": "status_effective",
    "authorisations/status/changeReason": "reason",
    "authorisations": "authorisation_id",
}
"""The column that a field of the canonical form stands in."""


def column_of(field: str) -> str:
    """Return the column that a field of the canonical form stands in, or nothing.

    Fields come as `names/text` or `addresses/0/lines/1`.
    """
    parts = [part for part in field.split("/") if not part.isdecimal()]
    prefixes = ("/".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((_COLUMN_OF[prefix] for prefix in prefixes if prefix in _COLUMN_OF), "")
