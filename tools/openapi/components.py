"""JSON schemas of the structs that are read and written, with the docstrings beside their fields.

What a field means stands beside it in the code, as a string after it, and is read from there: it
is said once. Structs that forbid unknown fields are requests, the others are answers.
"""

import ast
import inspect
from datetime import date, datetime
from enum import Enum
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Meta, Raw, Struct, UnsetType, structs

from gateway.domain.agreements import MeasureCode
from gateway.domain.answers import AnswerReason, FreshnessClass, Verdict
from gateway.entrypoints.answer_json import AnswerDocument
from gateway.entrypoints.http.questions import AskedQuestion
from gateway.entrypoints.reason_texts import ANSWER_REASONS
from gateway.entrypoints.wording import DEFAULT_LANGUAGE, find_language

Schema = dict[str, Any]

_RAW = {"answer": AnswerDocument, "question": AskedQuestion}
"""What stands unread in a batch, by the name of its field."""
_PLAIN: dict[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    NoneType: {"type": "null"},
}
_MEANINGS: dict[object, dict[str, str]] = {
    AnswerReason: {code: f"{text[0]}. {text[1]}" for code, text in ANSWER_REASONS.items()},
    MeasureCode: {
        one.value: find_language(DEFAULT_LANGUAGE).text(f"measure.{one}") for one in MeasureCode
    },
}
_EXAMPLES: dict[object, list[str]] = {
    datetime: ["2026-11-02T12:00:00Z"],
    date: ["2026-11-02"],
    Verdict: ["GRANT"],
    AnswerReason: ["RECOGNISED"],
    FreshnessClass: ["CURRENT"],
}


class Components:
    """Collects schemas by name."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}

    def reference(self, kind: type) -> Schema:
        """Return a reference to the schema of a struct or enumeration, which is added."""
        if kind.__name__ not in self.schemas:
            self.schemas[kind.__name__] = {}
            is_struct = issubclass(kind, Struct)
            self.schemas[kind.__name__] = self._struct(kind) if is_struct else _enumeration(kind)
        return {"$ref": f"#/components/schemas/{kind.__name__}"}

    def _struct(self, kind: type[Struct]) -> Schema:
        config = kind.__struct_config__
        hints = get_type_hints(kind, include_extras=True)
        texts = _field_texts(kind)
        properties: dict[str, Schema] = {}
        required = []
        for field in structs.fields(kind):
            schema = self._of(
                hints[field.name],
                field.name,
                nullable=config.forbid_unknown_fields or not config.omit_defaults,
            )
            if field.name in texts:
                # Beside a reference, a description is one of this use.
                schema = {**schema, "description": texts[field.name]}
            properties[field.encode_name] = schema
            is_optional = config.omit_defaults or config.forbid_unknown_fields
            is_unset = UnsetType in get_args(hints[field.name])
            if field.required or not (is_optional or is_unset):
                required.append(field.encode_name)
        schema = {
            "type": "object",
            "description": inspect.cleandoc(kind.__doc__ or ""),
            "properties": properties,
            "required": required,
        }
        if config.forbid_unknown_fields:
            schema["additionalProperties"] = False
        return schema

    def _of(self, hint: Any, name: str, *, nullable: bool) -> Schema:  # noqa: ANN401 - any type
        if get_origin(hint) is Annotated:
            kind, meta = get_args(hint)
            return _narrowed(self._of(kind, name, nullable=nullable), meta)
        if hint is Raw:
            read = self.reference(_RAW[name])
            # A question that is none gets an error of its own.
            return {"anyOf": [read, {}]} if name == "question" else read
        if hint in _PLAIN:
            examples = {"examples": _EXAMPLES[hint]} if hint in _EXAMPLES else {}
            return _PLAIN[hint] | examples
        if get_args(hint):
            return self._generic(hint, name, nullable=nullable)
        return self.reference(hint)

    def _generic(self, hint: Any, name: str, *, nullable: bool) -> Schema:  # noqa: ANN401 - any type
        origin, arguments = get_origin(hint), get_args(hint)
        if origin in {list, tuple}:
            return {"type": "array", "items": self._of(arguments[0], name, nullable=nullable)}
        if origin is dict:
            values = self._of(arguments[1], name, nullable=nullable)
            return {"type": "object", "additionalProperties": values}
        left_out = {UnsetType} if nullable else {UnsetType, NoneType}
        kept = [one for one in arguments if one not in left_out]
        return _either([self._of(one, name, nullable=nullable) for one in kept])


def _either(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _narrowed(schema: Schema, meta: Meta) -> Schema:
    told = {
        "minLength": meta.min_length,
        "maxLength": meta.max_length,
        "pattern": meta.pattern,
        "description": meta.description,
        "examples": meta.examples,
    }
    return (
        schema
        | {key: value for key, value in told.items() if value is not None}
        | (meta.extra_json_schema or {})
    )


def _enumeration(kind: type[Enum]) -> Schema:
    values = [one.value for one in kind]
    lines = [inspect.cleandoc(kind.__doc__ or "")]
    if kind in _MEANINGS:
        lines += ["", *(f"- `{value}`: {_MEANINGS[kind][value]}" for value in values)]
    schema = {"type": "string", "description": "\n".join(lines), "enum": values}
    return schema | ({"examples": _EXAMPLES[kind]} if kind in _EXAMPLES else {})


def _field_texts(kind: type[Struct]) -> dict[str, str]:
    """Return the strings that stand after the fields of a class."""
    (definition,) = ast.parse(inspect.cleandoc("\n" + inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 - it is the source of a class
    texts = {}
    for before, after in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(before, ast.AnnAssign) and isinstance(after, ast.Expr):
            assert isinstance(before.target, ast.Name)  # noqa: S101 - a field
            text = ast.literal_eval(after.value)
            texts[before.target.id] = " ".join(text.split())
    return texts
