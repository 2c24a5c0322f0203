import pytest

from gateway.entrypoints.error_catalogue import all_codes
from tests.fakes.command_line import CommandLine


@pytest.mark.parametrize("code", all_codes())
def test_every_code_is_explained(mra: CommandLine, code: str) -> None:
    ended = mra("explain", code)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"{code}  ")
    assert "\nnext " in ended.out
    data = mra("explain", code.lower(), "--json").data
    assert isinstance(data, dict)
    assert data["code"] == code


def test_unknown_code_is_told_with_near_ones(mra: CommandLine) -> None:
    ended = mra("explain", "ROLBACK")
    assert ended.code == 66
    assert "did you mean ROLLBACK" in ended.err


def test_unknown_code_is_never_read_as_markup(mra: CommandLine) -> None:
    assert "[bold]" in mra("explain", "[bold]").err


def test_an_error_is_told_with_every_way_out(mra: CommandLine) -> None:
    told = " ".join(mra("explain", "TRANSPORT_FAILED").out.split())
    for way in (
        "gRPC UNAVAILABLE, ErrorInfo reason TRANSPORT_FAILED",
        "HTTP 502, urn:mra-gateway:problem:transport-failed",
        "XML ValidationCode TRANSPORT_FAILED",
        "exit 75, failed for now",
        "again may be tried again",
    ):
        assert way in told
