"""The only place that connects things: settings become one object graph."""

from gateway.bootstrap.admission import Door, read_issuer_keys
from gateway.bootstrap.certificate_ends import certificate_ends
from gateway.bootstrap.clock import Clock, system_clock
from gateway.bootstrap.decisions import (
    RELEASE,
    erase_old_decisions,
    log_one,
    make_recorder,
    open_log,
    replay_desk,
)
from gateway.bootstrap.exchange import Exchange
from gateway.bootstrap.gateway import Gateway, open_gateway
from gateway.bootstrap.own_keys import load_keys
from gateway.config.check_digits import CHECKS

__all__ = [
    "CHECKS",
    "RELEASE",
    "Clock",
    "Door",
    "Exchange",
    "Gateway",
    "certificate_ends",
    "erase_old_decisions",
    "load_keys",
    "log_one",
    "make_recorder",
    "open_gateway",
    "open_log",
    "read_issuer_keys",
    "replay_desk",
    "system_clock",
]
