from typing import NoReturn, cast

import grpc
import pytest
from structlog.testing import capture_logs

from gateway.domain.errors import BusyError, NotFoundError
from gateway.entrypoints.rpc import error_translation
from gateway.entrypoints.rpc.error_translation import QUIET, abort


class EndedError(Exception):
    """A call that was ended."""


class Context:
    def abort_with_status(self, status: grpc.Status) -> NoReturn:
        raise EndedError(status.details)


CONTEXT = cast("grpc.ServicerContext", Context())


def test_a_flood_of_refusals_is_told_once_in_a_while_and_other_refusals_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [50.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr(error_translation, "_told", {})
    with capture_logs() as told:
        for error in (*[BusyError("busy")] * 1000, NotFoundError("no"), NotFoundError("no")):
            with pytest.raises(EndedError):
                abort(CONTEXT, "/a/B", error)
        now[0] += QUIET
        with pytest.raises(EndedError):
            abort(CONTEXT, "/a/B", BusyError("busy"))
    assert [one["code"] for one in told] == ["BUSY", "NOT_FOUND", "NOT_FOUND", "BUSY"]
