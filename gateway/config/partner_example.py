"""The commented partner file that `mra init` writes."""

from datetime import date

from gateway.config.toml_text import toml_text
from gateway.domain.agreements import Lifecycle

_EXAMPLE = """\
# The agreement of {home_code} with {partner_code}: what home recognises, and how lists travel.
# Only check this file: mra partner apply FILE --dry-run. Each change that is applied becomes a
# version of its own. Keys that are left out have a default: mra partner show {partner_code}

# Both sides write the same id: it is part of the name of every list.
id = {agreement}
home = {home}
partner = {partner}
name = {name}
# draft, memorandum, comparison, joint validation, signed: no lists travel yet;
# testing, shadow: lists travel, nothing is granted; in force; suspended; ended.
state = {state}
# grpc_feed; xml_feed: XML over HTTPS; asice_feed: the same in containers, for large lists.
kind = "grpc_feed"
# A date in this file begins at midnight here.
time_zone = "UTC"
# A list is promised this often. Older than one more period it is late, then stale: no grants.
period = "1d"
# Whom an officer asks; stands in every answer.
contact = {contact}

[in_force]
effective_at = {since}

# When home asks for the partner's list: every, or cron = "30 2 * * mon-fri".
[schedule]
every = {every}

# What the partner gets of home's operators that consented: these types; and beside names and
# authorisations these fields, of alternateIds, tradeNames, addresses, roles, acceptedAt and
# changeReason.
[disclosure]
types = ["GOLD"]
fields = ["roles"]

# A list that removes, deactivates or adds more than this share of the operators, and at least as
# many as the floor, is held until officers decide: mra hold list. Four eyes: two actors, each with
# a key of their own (mra actor). Until then its suspensions restrict, its additions do not act.
[review]
four_eyes = true
mass_change_share = 0.1
mass_change_floor = 20
restrict_held = true

# What home recognises of the partner's operators. A change of the agreement is a second table
# [[rules]] that begins when the first ends (until = 2027-01-01).
[[rules]]
effective_at = {since}
programme = {programme}
types = ["GOLD"]
directions = ["import", "export"]

[rules.measures]
PRIO = {{}}
INSP = {{ factor = "0.2" }}

[[rules.schemes]]
name = {scheme}
pattern = "^{partner_code}[0-9A-Z]{{4,33}}$"
example = "{partner_code}0000000001"
verified = {known}

# Where the partner listens, and the CA of its server. PEM files lie beside this one; compare the
# fingerprints with the partner's desk by telephone before you apply them.
{off}[endpoint]
{off}address = {address}
{off}server_authorities = ["keys/ca.pem"]

# How lists travel. receive: pull, by the schedule; watch, also at once when the partner says that
# there is a new one (then [endpoint] has a watch_address); push, the partner brings them.
# send: pull, the partner asks; push, each is brought as soon as it is issued.
[exchange]
receive = "pull"
send = "pull"

# Its three certificates: one for connections, one for lists, one for acknowledgements (SIG-6).
{off}[[trust]]
{off}use = "tls"
{off}pinned = ["keys/tls.pem"]
{off}authorities = ["keys/ca.pem"]

{off}[[trust]]
{off}use = "lists"
{off}pinned = ["keys/lists.pem"]
{off}algorithms = ["ecdsa-p256-sha256"]
# A key that others may have: lists of it that came since decide nothing (SIG-9).
# compromised = [{{ fingerprint = "…", since = 2026-11-01T00:00:00Z, reason = "stolen" }}]
# How long a revocation list is taken after its end.
# crl_grace = "24h"
# From then on each list has a second signature, by a pinned ML-DSA-65 certificate (SIG-4). What
# home signs for this partner: the same key in [exchange].
# hybrid_since = 2030-01-01

{off}[[trust]]
{off}use = "acknowledgements"
{off}pinned = ["keys/acknowledgements.pem"]
{off}algorithms = ["ecdsa-p256-sha256"]
"""

_COLUMNS = (
    "operator_id,names,roles,authorisation_id,category,programme,issuing_office,effective,status,"
    "status_effective,consents\n"
)
_OPERATORS = (
    ("示例公司@zh-Hans | Example Trading@en-Latn", "IM | EX", "Port", "ACTIVE", "*"),
    ("Sample Freight@en-Latn", "FW", "Airport", "SUSPENDED", "*"),
    ("Quiet Imports@en-Latn", "IM", "Port", "ACTIVE", ""),
)
"""Names, roles, office, status, consent."""


def write_partner_example(
    *,
    home: str,
    partner: str,
    name: str,
    since: date,
    agreement: str,
    address: str | None = None,
) -> str:
    """Return a partner file that applies as it is, with a comment for each choice.

    Args:
        home: The administration whose file it is.
        partner: The other side.
        name: The partner's name, for people.
        since: When agreement and rules begin.
        agreement: Its id, the same on both sides.
        address: Where the partner listens for gRPC; its certificates then lie in `keys/` beside the
            file, and the agreement is in force. Without it the file is a draft.
    """
    known = address is not None
    return _EXAMPLE.format(
        home_code=home,
        partner_code=partner,
        agreement=toml_text(agreement),
        home=toml_text(home),
        partner=toml_text(partner),
        name=toml_text(name),
        state=toml_text(Lifecycle.IN_FORCE if known else Lifecycle.DRAFT),
        contact=toml_text(f"AEO desk of {name}"),
        since=since.isoformat(),
        every=toml_text("30s" if known else "1h"),
        programme=toml_text(programme_of(partner)),
        scheme=toml_text(f"{partner} AEO code"),
        known=str(known).lower(),
        off="" if known else "# ",
        address=toml_text(address or "mra.customs.example:7443"),
    )


def write_operators_example(*, home: str, since: date) -> str:
    """Return an operator file of three synthetic operators: active, suspended, no consent."""
    rows = [
        ",".join(
            (
                f"{home}{number:010}",
                names,
                roles,
                f"{home}-{number}",
                "GOLD",
                programme_of(home),
                office,
                since.isoformat(),
                status,
                "" if status == "ACTIVE" else since.isoformat(),
                consent,
            )
        )
        for number, (names, roles, office, status, consent) in enumerate(_OPERATORS, start=1)
    ]
    return _COLUMNS + "".join(f"{row}\n" for row in rows)


def programme_of(country: str) -> str:
    """Return the name of an example's programme."""
    return f"AEO programme of {country}"
