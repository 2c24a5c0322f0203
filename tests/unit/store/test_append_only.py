"""What is written once stays: no statement of the store changes or deletes it."""

import ast
from pathlib import Path

from gateway.store import schema, schema_actors, schema_deliveries, schema_publishing

_STORE = Path(schema.__file__).parent
_MAY_CHANGE = {
    "streams": {"revision", "floor"},
    "state_trees": {"tree"},
    "state_buckets": {"ids", "records"},
    "held_buckets": {"ids", "records"},
    "held_operators": {"canonical"},
    "restrictions": {"known_until", "ended_at_version"},
    "accepted_lists": {"known_until"},
    "operator_versions": {"replaced_by", "known_until"},
    "seen_lists": {"outcome", "transient", "acknowledgement_id"},
    "holds": {
        "tree",
        "marks",
        "rulebook",
        "ended_at",
        "ending",
        "released_as",
        "rolled_back_at",
    },
    "transmissions": {"state", "attempts", "tried_at", "next_attempt_at", "code", "why"},
    "contacts": {column.name for column in schema_deliveries.contacts.c} - {"stream_id"},
    "callers": {"scope", "limits", "revoked_at"},
    "caller_usage": {"day", "questions"},
    "home_blocks": {"lifted_at", "lifted_by", "lifting_reason"},
    "actors": {"revoked_at"},
    "leases": {"holder", "token", "expires_at", "began_at", "ended_at", "mark", "failures"},
    "evidence": {"chain", "revocation_lists", "verdict"},
    "publications": {"document", "erased_at"},
    "issued_states": {
        column.name for column in schema_publishing.issued_states.c if column.name != "stream_id"
    },
    "restores": {"heard_at", "ended_at"},
    "home_programme": {"change"},
    "audit_head": {"number", "digest"},
    "registry_version": {"version", "shown"},
}
_NOT_THE_REGISTRY = {"search_file.py"}
"""An index in a temporary file, which is made anew at any time."""
_MAY_DELETE = {
    "knowledge_snapshots",
    "decisions",
    "decision_bases",
    "home_operators",
    "home_removals",
    "issued_buckets",
    "publication_chunks",
    "transmissions",
}


def calls(name: str) -> list[ast.Call]:
    """Return all calls of `name(table)` in the store, migrations left out."""
    return [
        node
        for file in sorted(_STORE.glob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def table_of(call: ast.Call) -> str:
    return ast.unparse(call.args[0])


def test_only_what_the_schema_names_is_ever_deleted() -> None:
    assert {table_of(call) for call in calls("delete")} == _MAY_DELETE


def test_tables_that_only_grow_are_never_updated() -> None:
    assert {table_of(call) for call in calls("update")} == set(_MAY_CHANGE)
    assert "audit_events" not in _MAY_CHANGE


def test_columns_that_may_change_are_those_of_the_schema() -> None:
    assert schema_actors.actors.metadata is schema.metadata
    for table, columns in _MAY_CHANGE.items():
        assert columns <= set(schema.metadata.tables[table].columns.keys())


def test_no_statement_is_written_as_text_that_could_escape_this_check() -> None:
    for file in sorted(_STORE.glob("*.py")):
        if file.name in _NOT_THE_REGISTRY:
            continue
        source = file.read_text()
        assert "UPDATE " not in source
        assert "DELETE FROM" not in source
