import grpc
import pytest

from gateway.domain.answers import AnswerReason
from gateway.domain.decisions import ReasonCode
from gateway.domain.errors import (
    ConfigError,
    DatabaseUnavailableError,
    GatewayError,
    NotFoundError,
    SchemaViolationError,
)
from gateway.domain.transport_faults import TransportFault
from gateway.entrypoints.error_catalogue import (
    EXIT_CODES,
    EXIT_OF_VERDICT,
    all_codes,
    explain,
    find_explanation,
    public_message,
    row_of,
)
from gateway.entrypoints.error_rows import CATALOGUE


def _tree(kind: type[GatewayError]) -> list[type[GatewayError]]:
    children = [grand for child in kind.__subclasses__() for grand in _tree(child)]
    return [kind, *(child for child in children if child.__module__.startswith("gateway."))]


@pytest.mark.parametrize("kind", _tree(GatewayError), ids=lambda kind: kind.__name__)
def test_every_class_has_a_row_that_tells_its_code(kind: type[GatewayError]) -> None:
    row = CATALOGUE[kind]
    assert row.reason == kind.code
    assert row.retryable == kind.retryable
    assert row.grpc_status in grpc.StatusCode.__members__
    assert 400 <= row.http_status < 600
    assert row.exit_code in EXIT_CODES
    assert all((row.title, row.public_text, row.next_step))


def test_codes_are_told_apart() -> None:
    codes = [row.reason for row in CATALOGUE.values()]
    assert len(set(codes)) == len(codes)
    assert not {*ReasonCode} & set(codes)
    assert not {*AnswerReason} & set(codes)
    assert not {*AnswerReason} & {*ReasonCode}
    assert not {fault.upper() for fault in TransportFault} & {*all_codes()}


@pytest.mark.parametrize(
    "code",
    [*(kind.code for kind in _tree(GatewayError)), *ReasonCode, *AnswerReason, *TransportFault],
)
def test_every_code_is_explained(code: str) -> None:
    explanation = explain(code)
    assert explanation.code == code
    assert all((explanation.title, explanation.meaning, explanation.next_step))
    assert code in all_codes()


def test_codes_are_understood_as_people_type_them() -> None:
    assert explain(" signature-invalid ").code == "SIGNATURE_INVALID"
    assert find_explanation("no such thing") is None


def test_unknown_code_names_near_ones() -> None:
    with pytest.raises(NotFoundError, match="SIGNATURE_INVALID"):
        explain("SIGNATURE_INVALD")


def test_error_from_elsewhere_is_internal() -> None:
    assert row_of(ValueError("x")) is CATALOGUE[GatewayError]
    assert row_of(ConfigError) is CATALOGUE[ConfigError]


def test_subclass_without_a_row_takes_its_parents() -> None:
    class LocalError(ConfigError):
        pass

    assert row_of(LocalError("x")) is CATALOGUE[ConfigError]


def test_messages_about_our_inside_are_not_told() -> None:
    assert "secret" not in public_message(DatabaseUnavailableError("at host secret"))
    assert "secret" not in public_message(RuntimeError("secret"))
    assert "names/0" in public_message(SchemaViolationError("names/0 is empty"))


def test_exc_9_what_is_not_found_is_told_in_one_way() -> None:
    assert public_message(NotFoundError("no such stream")) == public_message(
        NotFoundError("stream of another partner")
    )


def test_decided_no_is_told_apart_from_no_decision() -> None:
    assert len(set(EXIT_OF_VERDICT.values())) == 3
