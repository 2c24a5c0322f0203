"""Answers as JSON in a language: what `mra lookup --json` prints and HTTP sends."""

from typing import Final

import msgspec

from gateway.domain.answers import Answer

DEFAULT_LANGUAGE: Final = "en"
_ENCODE: Final = msgspec.json.Encoder(order="deterministic").encode


def answer_json(answer: Answer, language: str = DEFAULT_LANGUAGE) -> bytes:
    """Return the one JSON document of an answer: fields as declared, absent if empty.

    Args:
        answer: Any answer.
        language: BCP 47, of sentences; one that is not known gives English.
    """
    del language  # not yet: English is the only one
    return _ENCODE(answer)
