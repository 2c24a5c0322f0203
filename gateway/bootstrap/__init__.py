"""The only place that connects things: settings become one object graph."""

from gateway.bootstrap.admission import Door, read_issuer_keys
from gateway.bootstrap.clock import Clock, system_clock
from gateway.bootstrap.exchange import Exchange
from gateway.bootstrap.gateway import Gateway, open_gateway
from gateway.bootstrap.own_keys import load_keys
from gateway.config.check_digits import CHECKS

__all__ = [
    "CHECKS",
    "Clock",
    "Door",
    "Exchange",
    "Gateway",
    "load_keys",
    "open_gateway",
    "read_issuer_keys",
    "system_clock",
]
