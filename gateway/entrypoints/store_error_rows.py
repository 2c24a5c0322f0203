"""Rows of what is wrong with the database."""

from gateway.domain import errors
from gateway.domain.errors import GatewayError
from gateway.entrypoints.error_row import EXIT_UNEXPECTED, Row, error_row

STORE: dict[type[GatewayError], Row] = dict(
    (
        error_row(
            errors.StoreError,
            ("INTERNAL", 500, EXIT_UNEXPECTED),
            "Registry failed",
            "The registry could not do what was asked; nothing was changed.",
            "Look into the log; `mra db check` tells the state of the database.",
        ),
        error_row(
            errors.AuditTrailError,
            ("INTERNAL", 500, 65),
            "Audit trail broken",
            "The gateway's audit trail was changed by something else than the gateway.",
            "Treat it as an incident: keep a copy of the database, compare the events from the one "
            "named on with a backup, and find out who could write to the database.",
        ),
        error_row(
            errors.ConflictError,
            ("ABORTED", 409, 75),
            "Another process was first",
            "It was changed before, or by another process first; nothing was written.",
            "Look at what is there now; ask again if that is still wanted.",
        ),
        error_row(
            errors.DatabaseUnavailableError,
            ("UNAVAILABLE", 503, 69),
            "Database is not available",
            "The registry does not answer at the moment.",
            "Ask again later; if it lasts, start the database or correct its address.",
        ),
        error_row(
            errors.DecisionLogFullError,
            ("UNAVAILABLE", 503, 69),
            "Decision log is full",
            "No decision was made: it could not be logged at the moment.",
            "Ask again; until then normal controls apply. Free the disk or start the database of "
            "the decision log; see lookup.decision_log in docs/operations.md.",
        ),
        error_row(
            errors.UnreadableRecordError,
            ("INTERNAL", 500, 65),
            "Stored record cannot be read",
            "What the registry holds of this is damaged; nothing is granted on it.",
            "Treat it as an incident: find out which program or disk wrote to the database, "
            "restore it from a backup, and restart the lookup.",
        ),
        error_row(
            errors.MissingDatabaseError,
            ("UNAVAILABLE", 503, 69),
            "Database is missing",
            "The registry is not where it should be.",
            "Put it back, correct database.url, or restore a backup and run `mra db restored`. "
            "Only for a first installation, or for a decision log that is lost for good, run "
            "`mra db upgrade`: it makes an empty one.",
        ),
        error_row(
            errors.SchemaVersionError,
            ("UNAVAILABLE", 503, 69),
            "Database is of another release",
            "The registry is being updated.",
            "Run `mra db upgrade`, or install the release that the database was made by.",
        ),
    )
)
