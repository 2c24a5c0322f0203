"""The commented settings that `mra init` writes."""

from gateway.config.toml_text import toml_text

_EXAMPLE = """\
# Settings of one installation of mra-gateway. Paths are relative to this file.
# A variable beats the file: MRA_DATABASE__URL is url of [database]. Check: mra config check

# The administration whose gateway this is: ISO 3166-1 alpha-2, or EU.
home = {home}
name = {name}
# An installation for trials says so wherever it speaks.
test = {test}
# One folder for each agreement: partners/CN-SG/partner.toml
partners = {partners}

[database]
# SQLite, or PostgreSQL: "postgresql+psycopg://mra@db.example/mra".
url = {database_url}
# A URL with a password belongs into a file of its own: then drop url.
# url_file = "database.url"

# Each use has a key of its own (SIG-6): PEM files; the key is readable by its owner alone.
[tls]
certificate = "keys/tls.pem"
key = "keys/tls.key"
# CAs whose callers are let in the door; who a caller is, its registration decides.
{authorities}authorities = "keys/ca.pem"

[lists]
certificate = "keys/lists.pem"
key = "keys/lists.key"

[acknowledgements]
certificate = "keys/acknowledgements.pem"
key = "keys/acknowledgements.key"

# Second keys, of ML-DSA-65, for partners whose profile says hybrid_since (docs/operations.md).
# [lists.hybrid]
# certificate = "keys/lists-hybrid.pem"
# key = "keys/lists-hybrid.key"
# [acknowledgements.hybrid]
# certificate = "keys/acknowledgements-hybrid.pem"
# key = "keys/acknowledgements-hybrid.key"

# The head of the audit trail is signed daily with a key of its own; without it, it is not signed.
# earlier = ["keys/audit-2026.pem"] names certificates of keys that were used before.
{audit_off}[audit]
{audit_off}certificate = "keys/audit.pem"
{audit_off}key = "keys/audit.key"

# The process that talks to partners; without an address that way in stays shut.
[exchange]
grpc_listen = {grpc_listen}
https_listen = {https_listen}
# Where partners watch for new lists over gRPC, and how many at once; over HTTPS they ask above.
{watch_off}watch_listen = {watch_listen}
watches = 64
threads = 16
# Plain HTTP for Prometheus and health checks: /metrics, /livez, /readyz, /freshness. It tells no
# secrets and asks nobody who they are: keep it inside.
# metrics_listen = "127.0.0.1:7450"

# The processes that answer border systems.
[lookup]
listen = {lookup_listen}
processes = {processes}
threads = 3
# Every decision is logged. When it cannot be: "required" refuses it, "best effort" gives it without
# a reference, "off" logs none.
decision_log = "required"
# As above; of several processes each has the next port.
# metrics_listen = "127.0.0.1:7451"
# Where the same is asked over HTTP, in JSON; without an address nobody can.
{lookup_https_off}https_listen = {lookup_https_listen}
# Where callers come in over gRPC without a certificate, by bearer tokens of the issuer below.
# bearer_listen = "127.0.0.1:7447"
# Where border systems watch operators for changes, and how many at once; without it nobody can.
# watch_listen = "127.0.0.1:7449"
# The same without a certificate, by bearer tokens.
# watch_bearer_listen = "127.0.0.1:7441"
watches = 64

# Whose tokens count; callers are registered by `mra caller add NAME --subject SUBJECT`.
# [lookup.tokens]
# issuer = "https://login.example/realms/customs"
# audience = "mra-gateway"
# keys = "keys/issuer.jwks.json"                 # a file, or:
# keys_url = "https://login.example/realms/customs/keys"
# authorities = "keys/issuer-ca.pem"             # of keys_url; else the system's
# algorithms = ["ES256", "EdDSA", "RS256"]
# claim = "sub"
# skew = "30s"
# longest = "1h"
# refresh = "5m"

# Where the home programme's own system reports changes one by one (callers of purpose programme);
# without an address nobody can.
[programme]
# listen = "127.0.0.1:7442"
threads = 4

# Attempts inside one scheduled run: the wait doubles from the first to the longest. The jobs of a
# process that was killed wait for it as long as its lease lasts.
[retry]
first_wait = "2s"
longest_wait = "5m"
lease = "30s"

# Bodies of issued lists are erased after this time, below the last FULL; signed heads stay. So are
# logged decisions.
[retention]
lists = "90d"
decisions = "1830d"

[log]
# auto: for people at a terminal, json elsewhere.
format = "auto"
# debug, info, warning or error
level = "info"
"""


def write_example(
    *,
    home: str,
    name: str,
    test: bool = False,
    partners: str = "partners",
    database_url: str = "sqlite:///mra.db",
    authorities: bool = False,
    audit: bool = False,
    grpc_listen: str = "127.0.0.1:7443",
    https_listen: str = "127.0.0.1:7444",
    watch_listen: str | None = None,
    lookup_listen: str = "127.0.0.1:7445",
    lookup_https_listen: str | None = None,
    processes: int = 1,
) -> str:
    """Return a settings file that loads as it is, with a comment for each choice.

    Args:
        home: The administration.
        name: Its name, for people.
        test: Whether this is an installation for trials.
        partners: The folder of partner files.
        database_url: The registry.
        authorities: Whether `keys/ca.pem` exists; else its line is a comment.
        audit: Whether `keys/audit.pem` and its key exist; else their lines are comments.
        grpc_listen: Where partners reach us by gRPC.
        https_listen: Where partners reach us by XML over HTTPS.
        watch_listen: Where partners watch for new lists over gRPC; without it nobody can.
        lookup_listen: Where border systems reach us by gRPC.
        lookup_https_listen: Where they reach us by HTTP; without it nobody can.
        processes: How many processes answer them.
    """
    return _EXAMPLE.format(
        home=toml_text(home),
        name=toml_text(name),
        test=str(test).lower(),
        partners=toml_text(partners),
        database_url=toml_text(database_url),
        authorities="" if authorities else "# ",
        audit_off="" if audit else "# ",
        grpc_listen=toml_text(grpc_listen),
        https_listen=toml_text(https_listen),
        watch_off="" if watch_listen else "# ",
        watch_listen=toml_text(watch_listen or "127.0.0.1:7446"),
        lookup_listen=toml_text(lookup_listen),
        lookup_https_off="" if lookup_https_listen else "# ",
        lookup_https_listen=toml_text(lookup_https_listen or "127.0.0.1:7448"),
        processes=processes,
    )
