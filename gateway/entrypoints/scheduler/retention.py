"""Once a day, the bodies of issued lists whose time is over are erased (PUB-7)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from gateway.domain.errors import GatewayError
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
