"""What went wrong, for people who do not read English: of the errors that lookups end with.

The message of an error is for developers and in English; these stand beside it where a caller says
which language it wants.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.entrypoints.error_rows import Row

_CHINESE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "INTERNAL": "网关发生故障，未作任何更改。",
        "CONFIG_INVALID": "网关的设置有误。",
        "REQUEST_REFUSED": "无法答复该请求。",
        "REQUEST_INVALID": "请求中有字段缺失或格式不正确。",
        "NOT_PERMITTED": "调用方未登记，或无权进行此调用。",
        "TOKEN_REFUSED": "调用未出示证书，且所持令牌无法证明调用方身份。",
        "LIMIT_EXCEEDED": "查询超出该调用方的限额，未作任何判定。",
        "RATE_EXCEEDED": "每秒查询次数超出该调用方的限额。",
        "QUOTA_EXCEEDED": "该调用方当日（协调世界时）的查询限额已用完。",
        "NOT_FOUND": "查无此项，或该调用方无权查看。",
        "TOO_LARGE": "超出大小或数量限制。",
        "STORE_FAILED": "登记库无法完成该操作，未作任何更改。",
        "DATABASE_UNAVAILABLE": "登记库暂时没有响应，请稍后再试。",
        "DATABASE_VERSION": "登记库正在更新，请稍后再试。",
    }
)
_LANGUAGES: Final = {"zh": _CHINESE}


def in_words(row: Row, language: str) -> tuple[str, str]:
    """Return what went wrong in a language, and which one it is: English where there is no other.

    Args:
        row: Of the catalogue.
        language: BCP 47; only its first part counts.
    """
    spoken = language.replace("_", "-").partition("-")[0].lower()
    text = _LANGUAGES.get(spoken, {}).get(row.reason)
    return ("en", row.public_text) if text is None else (spoken, text)
