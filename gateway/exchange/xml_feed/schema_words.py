"""What xmlschema says of a value that lxml has refused.

Imported only then: xmlschema takes longer to import than everything else that reads a list.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import xmlschema
from lxml import etree
from xmlschema.validators import XMLSchemaValidationError, XsdPatternFacets


def words_of(file: Path, document: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield each refused element and why, as the schema's own documentation says it if it does."""
    schema = xmlschema.XMLSchema(file.as_uri())
    # xmlschema knows lxml's elements; its types know those of the standard library alone.
    for error in schema.iter_errors(cast("Any", document)):
        element: object = error.elem
        if etree.iselement(element):
            yield element, _said(error)


def _said(error: XMLSchemaValidationError) -> str:
    if isinstance(error.validator, XsdPatternFacets) and (words := _documented(error.validator)):
        return words
    return error.reason or "another value"


def _documented(facet: XsdPatternFacets) -> str | None:
    """Return what the schema says of the type, instead of its regular expression."""
    owner = facet.parent
    annotation = None if owner is None else getattr(owner, "annotation", None)
    return None if annotation is None else str(annotation).strip().rstrip(".") or None
