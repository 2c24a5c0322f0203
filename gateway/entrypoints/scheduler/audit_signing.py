"""Once a day, the head of the audit trail is signed (SIG-8)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from gateway.domain.audit_heads import AuditHead
from gateway.domain.errors import GatewayError

LOOK_EVERY: Final = timedelta(minutes=10)
"""Whether a day has passed; so that a failure costs minutes and not a day."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def sign_and_tell(sign_if_due: Callable[[], AuditHead | None]) -> None:
    """Sign the head if it is due; the log holds it too, where whoever rewrites the trail is not."""
    try:
        head = sign_if_due()
    except GatewayError as error:
        log.warning("audit.sign_failed", code=error.code, why=error.message)
        return
    if head is not None:
        log.info("audit.signed", event_number=head.number, digest=head.digest)
