"""Once a day what is over its time is erased: bodies of issued lists (PUB-7), logged decisions."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from gateway.domain.errors import GatewayError
from gateway.ports.decision_log import ErasedDecisions
from gateway.ports.publications import Erased

DAY: Final = timedelta(days=1)

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def erase_and_tell(erase: Callable[[], Sequence[Erased]]) -> None:
    """Erase what is due, and tell it or why it failed; a failure is tried again tomorrow.

    Several processes may do so: erased is erased.
    """
    try:
        for erased in erase():
            log.info(
                "retention.erased",
                stream=str(erased.stream),
                lists=len(erased.sequences),
                last=erased.sequences[-1],
                bytes=erased.size,
            )
    except GatewayError as error:
        log.warning("retention.failed", code=error.code, why=error.message)


def erase_decisions_and_tell(erase: Callable[[], ErasedDecisions]) -> None:
    """Erase the decisions that are due, and tell how many; see `erase_and_tell`."""
    try:
        erased = erase()
        if erased.count:
            log.info("retention.decisions_erased", decisions=erased.count)
    except GatewayError as error:
        log.warning("retention.failed", code=error.code, why=error.message)
