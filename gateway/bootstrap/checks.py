"""Check digits, from the library that has them, by the names that profiles use."""

from collections.abc import Callable, Mapping

from stdnum.au import abn
from stdnum.br import cnpj
from stdnum.ch import uid
from stdnum.cn import uscc
from stdnum.jp import cn as jp_corporate_number

CHECKS: Mapping[str, Callable[[str], bool]] = {
    "au.abn": abn.is_valid,
    "br.cnpj": cnpj.is_valid,
    "ch.uid": uid.is_valid,
    "cn.uscc": uscc.is_valid,
    "jp.cn": jp_corporate_number.is_valid,
}
"""The pure rules get them as functions."""
