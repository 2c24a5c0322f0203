"""The gateways on which commands are tried."""

from tests.fakes.gateways import exchanged, founded, mra, mra_exchanged, plain_terminal

__all__ = ["exchanged", "founded", "mra", "mra_exchanged", "plain_terminal"]
