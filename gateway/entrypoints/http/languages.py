"""Which language a caller reads best (RFC 9110, section 12.5.4)."""

from functools import lru_cache
from typing import Final

from gateway.entrypoints.wording import DEFAULT_LANGUAGE, languages

LANGUAGES: Final = tuple(one.tag for one in languages().values())


@lru_cache(maxsize=256)
def language_of(accepted: bytes) -> str:
    """Return the language for an `Accept-Language` field; none that is known gives English."""
    weighed = [_weighed(one) for one in accepted.decode("latin-1").lower().split(",")]
    weighed.sort(key=lambda one: one[0], reverse=True)
    tags = [tag for weight, tag in weighed if weight > 0]
    known = (one for tag in tags for one in LANGUAGES if tag == one or tag.startswith(f"{one}-"))
    return next(known, DEFAULT_LANGUAGE)


def _weighed(text: str) -> tuple[float, str]:
    tag, _, weight = text.replace(" ", "").partition(";q=")
    try:
        return float(weight or "1"), tag
    except ValueError:
        return 0.0, tag
