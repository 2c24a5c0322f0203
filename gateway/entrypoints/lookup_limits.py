"""How long questions and batches may be, over gRPC and HTTP alike."""

from typing import Final

MAX_QUESTIONS: Final = 10_000
MAX_KEY: Final = 128
"""Characters of a caller's own key."""
MAX_CODE: Final = 70
MAX_NAME: Final = 512
