"""What each way out says of each class of error; a test fails on a class without a row."""

from gateway.domain.errors import GatewayError
from gateway.entrypoints.error_row import Row
from gateway.entrypoints.partner_error_rows import PARTNERS
from gateway.entrypoints.request_error_rows import REQUESTS
from gateway.entrypoints.store_error_rows import STORE

CATALOGUE: dict[type[GatewayError], Row] = REQUESTS | PARTNERS | STORE
"""Every class of the tree; a test walks it."""
