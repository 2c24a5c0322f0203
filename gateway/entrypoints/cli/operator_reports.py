"""`mra operator report|set-status|suspend|remove`: one operator at a time, issued at once."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gateway.config.toml_text import why_unreadable
from gateway.domain.errors import InvalidRequestError, SchemaViolationError
from gateway.domain.operators import Operator, Status, StatusCode
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, opened
from gateway.entrypoints.cli.output import AsJson, print_json, say
from gateway.ports.home_programme import Reported, ReportOutcome
from gateway.services.home_desk import StatusReport, Terms

OperatorId = Annotated[str, typer.Argument(help="The operator's id, exactly as it stands.")]
AuthorisationId = Annotated[str, typer.Option("--authorisation", help="Which of its own.")]
Category = Annotated[
    str | None, typer.Option(help="Its type, where several authorisations have that id.")
]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"], help="UTC; else from now on."),
]
ValidateOnly = Annotated[
    bool, typer.Option("--validate-only", help="Judge it and tell the outcome; store nothing.")
]


class ReportFile(msgspec.Struct, forbid_unknown_fields=True):
    """What `mra operator report` reads: as `mra operator import --preview --json` writes it."""

    operator: Operator
    consents: tuple[str, ...]


def add_reports(app: typer.Typer) -> None:
    """Add the commands to `mra operator`."""
    app.command("report")(report)
    app.command("set-status")(set_status)
    app.command("suspend")(suspend)
    app.command("remove")(remove)


def report(
    file: Annotated[Path, typer.Argument(help='JSON: {"operator": …, "consents": …}; - is stdin.')],
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
    validate_only: ValidateOnly = False,
) -> None:
    """Make one operator what this file says, whether it is new or known."""
    read = _read(file)
    with opened(config) as gateway:
        terms = Terms(validate_only=validate_only)
        reported = gateway.home_desk().report(read.operator, read.consents, terms, actor_of(actor))
    _tell(reported, terms, as_json=as_json)


def set_status(
    operator_id: OperatorId,
    status: Annotated[StatusCode, typer.Argument(help="What it is from now on.")],
    authorisation: AuthorisationId,
    reason: Annotated[
        str | None, typer.Option(help="Goes to partners, if the agreement discloses it.")
    ] = None,
    category: Category = None,
    since: Since = None,
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
    validate_only: ValidateOnly = False,
) -> None:
    """Set the status of one authorisation."""
    with opened(config) as gateway:
        moment = gateway.clock() if since is None else since.replace(tzinfo=UTC)
        asked = StatusReport(
            operator_id=operator_id,
            authorisation_id=authorisation,
            category=category,
            status=Status(code=status, effective_at=moment, change_reason=reason),
        )
        terms = Terms(validate_only=validate_only)
        reported = gateway.home_desk().report_status(asked, terms, actor_of(actor))
    _tell(reported, terms, as_json=as_json)


def suspend(
    operator_id: OperatorId,
    authorisation: AuthorisationId,
    reason: Annotated[str, typer.Option(help="Goes to partners, if the agreement discloses it.")],
    category: Category = None,
    since: Since = None,
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
    validate_only: ValidateOnly = False,
) -> None:
    """Suspend one authorisation; `set-status ID ACTIVE` ends it."""
    set_status(
        operator_id,
        StatusCode.SUSPENDED,
        authorisation,
        reason,
        category,
        since,
        config,
        actor,
        as_json,
        validate_only,
    )


def remove(
    operator_id: OperatorId,
    reason: Annotated[str, typer.Option(help="For the audit trail; it goes to nobody.")],
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
    validate_only: ValidateOnly = False,
) -> None:
    """Take one operator out of the programme; partners are told a removal, not why."""
    with opened(config) as gateway:
        terms = Terms(validate_only=validate_only)
        reported = gateway.home_desk().remove(operator_id, reason, terms, actor_of(actor))
    _tell(reported, terms, as_json=as_json)


def _tell(reported: Reported, terms: Terms, *, as_json: bool) -> None:
    if as_json:
        print_json(reported)
        return
    if terms.validate_only:
        say(f"{reported.operator_id}: would be {reported.outcome}; nothing was stored")
        return
    say(f"{reported.operator_id}: {reported.outcome}")
    if reported.outcome is not ReportOutcome.UNCHANGED:
        say("a running gateway issues it at once; else: mra publish")


def _read(file: Path) -> ReportFile:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        message = f"{file}: cannot be read: {why_unreadable(error)}"
        raise InvalidRequestError(message, context={"file": str(file)}) from error
    try:
        read = msgspec.json.decode(data, type=ReportFile)
        plain = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise SchemaViolationError(f"{file}: {error}", context={"file": str(file)}) from error
    strange = _unknown(plain["operator"], msgspec.to_builtins(read.operator), "operator")
    if strange is not None:
        raise SchemaViolationError(f"{file}: unknown field {strange}", context={"field": strange})
    return read


def _unknown(given: object, known: object, path: str) -> str | None:
    """Return the first member that was not read; one that is empty says nothing."""
    if isinstance(given, dict) and isinstance(known, dict):
        for key, value in given.items():
            if key not in known and value not in (None, [], ""):
                return f"{path}.{key}"
            found = _unknown(value, known.get(key), f"{path}.{key}")
            if found is not None:
                return found
    if isinstance(given, list) and isinstance(known, list | tuple):
        pairs = enumerate(zip(given, known, strict=True))
        found_in = (_unknown(one, other, f"{path}[{at}]") for at, (one, other) in pairs)
        return next((found for found in found_in if found is not None), None)
    return None
