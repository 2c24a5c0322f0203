"""Logs: constant event names, facts as fields, JSON unless a person reads along. Never data."""

import logging
import sys
from typing import Literal

import structlog

from gateway.domain.errors import LONGEST_MESSAGE, shortened


def bounded(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Shorten texts: a message may repeat what a caller sent, and that may be megabytes."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = shortened(value, LONGEST_MESSAGE)
    return event


def configure(form: Literal["auto", "json", "console"] = "auto", level: str = "info") -> None:
    """Set up structlog and what libraries log, on standard error.

    Args:
        form: `auto` writes for people at a terminal and JSON elsewhere.
        level: Nothing below it is written.
    """
    readable = form == "console" or (form == "auto" and sys.stderr.isatty())
    threshold = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            bounded,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        # Standard error as it is when something is said: whoever runs several commands in one
        # process (the tests) may have replaced it since. A line is one write, so that those of
        # several processes stay apart.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(threshold, logging.WARNING), stream=sys.stderr, force=True)
    # A run that outlasts its interval is coalesced, as meant; its library would warn each time.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
