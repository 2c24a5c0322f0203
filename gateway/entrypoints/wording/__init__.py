"""What answers say, in every language that has a file here."""

from gateway.entrypoints.wording.catalogue import (
    DEFAULT_LANGUAGE,
    LONGEST_TAG,
    find_language,
    languages,
)
from gateway.entrypoints.wording.language import Language

__all__ = ["DEFAULT_LANGUAGE", "LONGEST_TAG", "Language", "find_language", "languages"]
