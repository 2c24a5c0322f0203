from pathlib import Path

import pytest

from gateway.domain.canonical import list_digest
from gateway.domain.operators import StatusCode
from gateway.domain.profiles import FeedKind
from tests.fakes.installed import Installed
from tests.fakes.partner_simulator import make_operator


@pytest.fixture
def installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Installed:
    made = Installed(tmp_path, FeedKind.GRPC, capsys)
    header = made.partner.publish_next(
        make_operator("XB000001", on=made.now, code=StatusCode.SUSPENDED)
    )
    made.receive()
    sealed = made.partner.offered()
    made.within(
        lambda gateway: gateway.store.proofs.keep_head(
            header.stream, list_digest(header), sealed.document
        )
    )
    return made


def test_sta_5_proof_is_written_and_checked_offline(installed: Installed, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    prove = ("operator", "prove", "XB000001", "--partner", "XB", "--out", file)
    assert installed.mra(*prove)[0] == 0
    profile = installed.profile_file()
    code, out, said = installed.mra("list", "check-proof", file, "--profile", profile)
    assert code == 0, said
    assert "XB000001 is listed" in out
    assert "SUSPENDED since" in out
    assert "as of" in said
    assert installed.mra(*prove)[0] == 78
    told = installed.mra_json("list", "check-proof", file, "--partner", "XB")
    assert isinstance(told, dict)
    assert told["listed"] is True


def test_sta_5_absence_names_the_auditor_in_the_trail(installed: Installed, tmp_path: Path) -> None:
    file = tmp_path / "absence.json"
    prove = ("operator", "prove", "XB999999", "--partner", "XB", "--out", file, "--absence")
    assert installed.mra(*prove)[0] == 64
    assert installed.mra(*prove, "--auditor", "Court of XA")[0] == 0
    out = installed.mra("list", "check-proof", file, "--partner", "XB")[1]
    assert "XB999999 is NOT listed" in out
    assert "auditor=Court of XA" in installed.mra("audit", "list", "--action", "bucket.")[1]
