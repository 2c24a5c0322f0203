"""Check digits, from the library that has them, by the names that profiles use."""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final

_NUMBERS: Final = (
    "ar.cuit",
    "au.abn",
    "br.cnpj",
    "by.unp",
    "ch.uid",
    "cl.rut",
    "cn.uscc",
    "co.nit",
    "cr.cpj",
    "ec.ruc",
    "eu.vat",
    "gb.vat",
    "id.npwp",
    "il.hp",
    "jp.cn",
    "kr.brn",
    "lei",
    "mx.rfc",
    "no.orgnr",
    "nz.ird",
    "pe.ruc",
    "rs.pib",
    "ru.inn",
    "sg.uen",
    "th.tin",
    "tr.vkn",
    "uy.rut",
    "za.tin",
)
"""Modules of python-stdnum."""

_BEFORE: Final = {"ch.uid": "CH"}
"""What a check wants before the rest of a code after its country: the UID is `CHE` and digits."""


def _check(name: str) -> Callable[[str], bool]:
    before = _BEFORE.get(name, "")

    def passes(national: str) -> bool:
        # Imported when a scheme asks for it: no agreement needs more than one or two.
        valid: bool = import_module(f"stdnum.{name}").is_valid(before + national)
        return valid

    return passes


CHECKS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {name: _check(name) for name in _NUMBERS}
)
"""The pure rules get them as functions, each of the code after its country."""
