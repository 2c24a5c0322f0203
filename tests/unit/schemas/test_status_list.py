import tomllib
from pathlib import Path

import pytest
import xmlschema
from lxml import etree

from gateway.domain.errors import SchemaViolationError
from gateway.domain.operators import LIMITS, ROLES, StatusCode
from gateway.domain.profiles import Limits
from gateway.exchange.xml_feed.schema import SchemaName, require_valid, schema_path
from gateway.trust.xml_parsing import parse

FOLDER = Path(__file__).resolve().parents[3] / "schemas" / "mra" / "status-list" / "1"
EXAMPLES = sorted((FOLDER / "examples").glob("*.xml"))
COUNTEREXAMPLES = sorted((FOLDER / "counterexamples").glob("*.xml"))
REASONS = tomllib.loads((FOLDER / "counterexamples" / "reasons.toml").read_text())
XS = "{http://www.w3.org/2001/XMLSchema}"


def schema_of(path: Path) -> SchemaName:
    return SchemaName(path.stem.partition("-")[0])


def name_of(path: Path) -> str:
    return path.stem.replace("-", " ")


@pytest.fixture(scope="module")
def second_opinions() -> dict[SchemaName, xmlschema.XMLSchema]:
    return {name: xmlschema.XMLSchema(str(schema_path(name))) for name in SchemaName}


@pytest.mark.parametrize("path", EXAMPLES, ids=name_of)
def test_acc_3_an_example_passes(path: Path) -> None:
    require_valid(parse(path.read_bytes(), Limits()), schema_of(path))


@pytest.mark.parametrize("path", EXAMPLES, ids=name_of)
def test_xmlschema_agrees_that_an_example_passes(
    path: Path, second_opinions: dict[SchemaName, xmlschema.XMLSchema]
) -> None:
    second_opinions[schema_of(path)].validate(str(path))


@pytest.mark.parametrize("path", COUNTEREXAMPLES, ids=name_of)
def test_acc_3_a_counterexample_is_refused_where_its_reason_says(path: Path) -> None:
    with pytest.raises(SchemaViolationError) as refused:
        require_valid(parse(path.read_bytes(), Limits()), schema_of(path))
    context = refused.value.context
    assert context["path"].endswith(REASONS[path.stem]["path"])
    assert int(context["line"]) > 0
    assert context["expected"]
    assert context["found"]
    assert len(refused.value.message) < 1000


@pytest.mark.parametrize("path", COUNTEREXAMPLES, ids=name_of)
def test_xmlschema_agrees_that_a_counterexample_is_refused(
    path: Path, second_opinions: dict[SchemaName, xmlschema.XMLSchema]
) -> None:
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        second_opinions[schema_of(path)].validate(str(path))


def test_every_counterexample_has_its_reason() -> None:
    assert {path.stem for path in COUNTEREXAMPLES} == REASONS.keys()
    assert all(reason["because"] for reason in REASONS.values())


def test_the_facets_are_the_limits_of_the_domain() -> None:
    types = etree.XML((FOLDER / "types.xsd").read_bytes())
    operator = etree.XML((FOLDER / "list.xsd").read_bytes())

    def longest(name: str) -> int:
        facet = types.find(f"{XS}simpleType[@name='{name}']/{XS}restriction/{XS}maxLength")
        assert facet is not None
        return int(facet.get("value", "0"))

    assert longest("Text") == LIMITS["text"]
    assert longest("OperatorIdentifier") == LIMITS["operator_id"]
    assert longest("Identifier70") == LIMITS["alternate_id"]
    assert longest("Postcode") == LIMITS["postcode"]
    bounds = {element.get("maxOccurs") for element in operator.iter(f"{XS}element")}
    assert bounds == {None, "unbounded", str(LIMITS["repeats"])}


def test_the_codes_are_those_of_the_domain() -> None:
    types = etree.XML((FOLDER / "types.xsd").read_bytes())

    def codes(name: str) -> set[str | None]:
        found = types.find(f"{XS}simpleType[@name='{name}']")
        assert found is not None
        return {value.get("value") for value in found.iter(f"{XS}enumeration")}

    assert codes("Role") == ROLES
    assert codes("StatusName") == set(StatusCode)
