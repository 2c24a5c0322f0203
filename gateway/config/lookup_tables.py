"""Settings of the processes that answer border systems."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from gateway.config.listen import require_https
from gateway.config.tables import Count, Duration, Listen, Table

Algorithm = Literal["ES256", "ES384", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
"""Of tokens: those with a public key. With a shared one, whoever checks could sign as well."""


class Tokens(Table):
    """Bearer tokens of one issuer, for callers of lookups that have no certificate."""

    issuer: Annotated[str, Field(min_length=1, max_length=500)]
    """As its tokens name it."""
    audience: Annotated[str, Field(min_length=1, max_length=500)]
    """As its tokens name this gateway."""
    keys: Path | None = None
    """A file with the issuer's key set (JWKS)."""
    keys_url: Annotated[str, AfterValidator(require_https)] | None = None
    """Or where the issuer publishes it."""
    authorities: Path | None = None
    """PEM certificates of the CAs that vouch for that address; absent: those of the system."""
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("ES256", "EdDSA", "RS256")
    claim: Annotated[str, Field(min_length=1, max_length=100)] = "sub"
    """The claim that names the caller, as `mra caller add --subject` does."""
    skew: Duration = timedelta(seconds=30)
    longest: Duration = timedelta(hours=1)
    """Tokens that are good for longer are refused."""
    refresh: Duration = timedelta(minutes=5)
    """How often the keys are looked at."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if (self.keys is None) == (self.keys_url is None):
            raise ValueError("set either keys, a file, or keys_url")
        if not timedelta(0) <= self.skew <= timedelta(minutes=5):
            raise ValueError("skew is at most 5m")
        if not timedelta(0) < self.longest <= timedelta(days=1):
            raise ValueError("longest is more than 0s and at most 1d")
        if not timedelta(seconds=10) <= self.refresh <= timedelta(days=1):
            raise ValueError("refresh is at least 10s and at most 1d")
        return self


class Lookup(Table):
    """The processes that answer border systems."""

    listen: Listen = "127.0.0.1:7445"
    https_listen: Listen | None = None
    """Where the same is asked over HTTP, in JSON; by certificate or token."""
    bearer_listen: Listen | None = None
    """Where callers come in over gRPC without a certificate, by a token of `tokens`."""
    tokens: Tokens | None = None
    watch_listen: Listen | None = None
    """Where border systems watch operators over gRPC."""
    watch_bearer_listen: Listen | None = None
    """Where they do so without a certificate, by a token of `tokens`; beside `watch_listen`."""
    watches: Count = 64
    """How many may watch there at once, in each process; a thread each."""
    processes: Count = 1
    threads: Count = 3
    """Calls in hand at once; a lookup waits for nothing, so that more only stand in each other's
    way. As many batches of the longest kind keep everybody else waiting while they last."""
    decision_log: Literal["required", "best effort", "off"] = "required"
    """What becomes of decisions that cannot be logged: refused, or given without a reference."""
    metrics_listen: Listen | None = None
    """As in the exchange; of several processes each has the next port."""

    @model_validator(mode="after")
    def _tokens_of_somebody(self) -> Self:
        for name in ("bearer_listen", "watch_bearer_listen"):
            if getattr(self, name) is not None and self.tokens is None:
                raise ValueError(f"{name} needs [lookup.tokens]: whose tokens?")
        if self.watch_bearer_listen is not None and self.watch_listen is None:
            raise ValueError("watch_bearer_listen needs watch_listen beside it")
        return self
