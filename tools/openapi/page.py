"""The document as one page to read: no script, nothing from any other host."""

import json
import re
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: 0.3rem 0.6rem; border-bottom: 1px solid; }
section { border-top: 2px solid; margin-top: 2rem; }
h2 code { font-weight: 600; }
"""


def page(document: dict[str, Any]) -> str:
    """Return the page."""
    info = document["info"]
    schemas: dict[str, Any] = document["components"]["schemas"]
    operations = [
        (verb, path, operation)
        for path, item in document["paths"].items()
        for verb, operation in item.items()
    ]
    contents = [
        *(
            f'<li><a href="#{operation["operationId"]}"><code>{verb.upper()} {escape(path)}</code>'
            f"</a> {escape(operation['summary'])}</li>"
            for verb, path, operation in operations
        ),
        *(f'<li><a href="#{name}">{name}</a></li>' for name in schemas),
    ]
    return "".join(
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{escape(info['title'])}</title>\n<style>{STYLE}</style></head>\n<body>\n",
            f"<h1>{escape(info['title'])}</h1>\n{_prose(info['description'])}",
            '<p>For machines: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>\n',
            f"<nav><ul>{''.join(contents)}</ul></nav>\n",
            *(_operation(*each, document) for each in operations),
            *(_schema(name, schema) for name, schema in schemas.items()),
            "</body>\n</html>\n",
        )
    )


def _operation(verb: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> str:
    parts = [
        f'<section id="{operation["operationId"]}"><h2><code>{verb.upper()} {escape(path)}</code>',
        f"</h2>\n<p><strong>{escape(operation['summary'])}</strong></p>\n",
        _prose(operation["description"]),
        "<h3>Parameters</h3>\n",
        _table(
            ("name", "in", "meaning"),
            (
                (f"<code>{one['name']}</code>", one["in"], _inline(one["description"]))
                for one in (_resolved(each, document) for each in operation["parameters"])
            ),
        ),
    ]
    if "requestBody" in operation:
        parts += ["<h3>Request</h3>\n", _content(operation["requestBody"]["content"])]
    parts.append("<h3>Answer</h3>\n")
    parts.append(_content(operation["responses"]["200"]["content"]))
    refusals = (
        (f"{status}", _prose(response["description"]))
        for status, response in operation["responses"].items()
        if status != "200"
    )
    parts += ["<h3>Otherwise</h3>\n", _table(("status", "meaning"), refusals), "</section>\n"]
    return "".join(parts)


def _content(content: dict[str, Any]) -> str:
    parts = []
    for media_type, described in content.items():
        parts.append(f"<p><code>{media_type}</code>: {_kind(described['schema'])}</p>\n")
        for name, example in described["examples"].items():
            text = json.dumps(example["value"], indent=1, ensure_ascii=False)
            parts.append(f"<p>{escape(name)}:</p>\n<pre>{escape(text)}</pre>\n")
    return "".join(parts)


def _schema(name: str, schema: dict[str, Any]) -> str:
    rows = (
        (
            f"<code>{escape(field)}</code>",
            _kind(described) + ("" if field in schema["required"] else ", optional"),
            _inline(described.get("description", "")),
        )
        for field, described in schema.get("properties", {}).items()
    )
    table = _table(("field", "kind", "meaning"), rows) if "properties" in schema else ""
    if "enum" in schema:
        table = f"<p>One of {_kind(schema)}.</p>\n"
    return (
        f'<section id="{name}"><h2>{name}</h2>\n{_prose(schema["description"])}{table}</section>\n'
    )


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{name}">{name}</a>'
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"] if one)
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"] if one)
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    told = str(schema.get("format", schema.get("type", "anything")))
    return escape(told)


def _resolved(item: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in item:
        return item
    found: Any = document
    for step in item["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _table(head: tuple[str, ...], rows: Any) -> str:  # noqa: ANN401 - any iterable of rows
    lines = [f"<tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows]
    return f"<table>\n{chr(10).join(lines)}\n</table>\n"


def _prose(text: str) -> str:
    """Return paragraphs, and lists of lines that begin with a hyphen."""
    blocks = []
    for block in text.strip().split("\n\n"):
        lines = block.split("\n")
        if lines[0].startswith("- "):
            items = "".join(f"<li>{_inline(line[2:])}</li>" for line in lines)
            blocks.append(f"<ul>{items}</ul>")
        else:
            blocks.append(f"<p>{_inline(block)}</p>")
    return "\n".join(blocks) + "\n"


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
