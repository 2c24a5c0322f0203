"""Who may look up: registered certificates, and tokens of the issuer that the settings name."""

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from gateway.bootstrap.own_keys import read_file
from gateway.config.lookup_tables import Tokens
from gateway.domain.errors import ConfigError, NotPermittedError, TransportError
from gateway.domain.parties import Caller
from gateway.domain.transport_faults import TransportFault
from gateway.services.admission import Admission
from gateway.services.issuer_keys import IssuerKeys
from gateway.services.known_callers import KnownCallers
from gateway.services.known_tokens import KnownTokens
from gateway.store.engines import Store
from gateway.trust.issuer_keys import MAX_BYTES, IssuerKey, read_key_set
from gateway.trust.tokens import TokenCheck, TokenRules

_FETCH_DEADLINE: Final = timedelta(seconds=10)
_OK: Final = 200


class Door(Struct, frozen=True):
    """What lets callers of lookups in, and the keys that it needs looked after."""

    admission: Admission
    issuer_keys: IssuerKeys[IssuerKey] | None

    def look_after(self, now: datetime) -> None:
        """Fetch keys and add up questions, off the request path; called every few seconds.

        Raises:
            GatewayError: The keys or the database could not be reached; what is known stays.
        """
        try:
            if self.issuer_keys is not None and self.issuer_keys.refresh(now):
                self.admission.forget_tokens()
        finally:
            self.admission.settle()


def make_door(store: Store, identify: Callable[[bytes], Caller], tokens: Tokens | None) -> Door:
    """Make what lets callers of lookups in; nothing is fetched yet."""
    callers = KnownCallers(identify, store.registry.version, store.callers.all)
    if tokens is None:
        return Door(Admission(callers, None, store.usage), None)
    keys = IssuerKeys(partial(read_issuer_keys, tokens), every=tokens.refresh)
    rules = TokenRules(
        issuer=tokens.issuer,
        audience=tokens.audience,
        algorithms=frozenset(tokens.algorithms),
        claim=tokens.claim,
        skew=tokens.skew,
        longest=tokens.longest,
    )
    known = KnownTokens(TokenCheck(rules, keys.find), lambda subject: _of_subject(store, subject))
    return Door(Admission(callers, known, store.usage), keys)


def _of_subject(store: Store, subject: str) -> Caller:
    caller = store.callers.find_subject(subject)
    if caller is None:
        # The subject is signed by the issuer: it may be told to whoever reads the log.
        raise NotPermittedError(
            "the token's subject is not registered", context={"subject": subject}
        )
    return caller


def read_issuer_keys(tokens: Tokens) -> Mapping[str, IssuerKey]:
    """Read the issuer's keys as they are now, from their file or address.

    Raises:
        ConfigError: The keys, or the CAs of the address, cannot be read or used.
        TransportError: The address is not reached.
        TooLargeError: It answers with more than a key set.
    """
    if tokens.keys is not None:
        return read_key_set(read_file(tokens.keys))
    assert tokens.keys_url is not None  # noqa: S101 - the settings have one of both
    return read_key_set(_fetch(tokens.keys_url, _issuer_tls(tokens.authorities)))


def _issuer_tls(authorities: Path | None) -> ssl.SSLContext:
    if authorities is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cadata=read_file(authorities).decode("ascii"))
    except (ssl.SSLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{authorities}: no PEM certificates") from error


def _fetch(url: str, context: ssl.SSLContext) -> bytes:
    # The library takes a tenth of a second to load.
    from gateway.exchange.xml_feed.transport import Call, send  # noqa: PLC0415 - slow, and rare

    call = Call(method="GET", url=url, max_bytes=MAX_BYTES, deadline=_FETCH_DEADLINE)
    reply = send(call, context)
    if reply.status != _OK:
        message = f"GET {url}: status {reply.status}"
        raise TransportError(message, TransportFault.STATUS, context={"url": url})
    return reply.body
