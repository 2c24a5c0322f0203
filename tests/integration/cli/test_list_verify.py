from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.profiles import FeedKind
from tests.fakes.hybrid import SecondKeys, hybrid_from
from tests.fakes.installed import Installed, run
from tests.fakes.partner_simulator import Keys, make_operator
from tests.fakes.zip_forger import tamper


@pytest.fixture(params=list(FeedKind))
def installed(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Installed:
    made = Installed(tmp_path, request.param, capsys)
    made.partner.list_operators(*(make_operator(f"XB{n:06d}", on=made.now) for n in range(1, 31)))
    return made


def test_good_list_is_told_with_signer_sequence_root_and_operators(installed: Installed) -> None:
    header = installed.partner.publish_next()
    told = installed.mra_json("list", "verify", *installed.offer_files(), "--partner", "XB")
    assert isinstance(told, dict)
    assert told["accepted"] is True
    assert told["header"]["sequence"] == 1
    assert told["root"] == header.state_root
    assert told["operators"] == 30
    assert told["signer"]["fingerprint"] == installed.keys.lists.fingerprint
    code, out, _ = installed.mra("list", "verify", *installed.offer_files(), "--partner", "XB")
    assert code == 0
    assert "XB-XA-XA-XB-production-1" in out
    assert f"{header.state_root} as signed" in out


def test_delta_is_judged_as_far_as_it_speaks_for_itself(installed: Installed) -> None:
    installed.partner.publish_delta(7)
    told = installed.mra_json("list", "verify", *installed.offer_files(), "--partner", "XB")
    assert isinstance(told, dict)
    assert (told["accepted"], told["reasons"], told["operators"]) == (True, [], 0)
    assert told["root"] is None
    code, out, _ = installed.mra("list", "verify", *installed.offer_files(), "--partner", "XB")
    assert code == 0
    assert "a DELTA alone has none to compute" in out


def test_profile_from_a_file_needs_no_registry(
    installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    installed.partner.publish_next()
    files = [str(path) for path in installed.offer_files()]
    profile = str(installed.profile_file())
    code, out, said = run(capsys, "list", "verify", *files, "--profile", profile)
    assert code == 0, said
    assert "good" in out


def test_old_list_is_judged_as_of_the_time_it_was_received(installed: Installed) -> None:
    installed.partner.now = installed.now - timedelta(days=20)
    installed.partner.publish_next()
    at = f"{installed.partner.now:%Y-%m-%dT%H:%M:%SZ}"
    files = installed.offer_files()
    assert installed.mra("list", "verify", *files, "--partner", "XB", "--at", at)[0] == 0


def test_changed_byte_is_refused_with_its_code(installed: Installed) -> None:
    installed.partner.publish_next()
    first, *rest = installed.offer_files()
    changed = rest[0] if rest else first
    content = changed.read_bytes()
    changed.write_bytes(tamper(content, lambda it: it.replace(b"Trading", b"Tradinh", 1)))
    code, _, said = installed.mra("list", "verify", first, *rest, "--partner", "XB")
    assert code == 76
    assert said.startswith("SIGNATURE_INVALID: ")


def test_stranger_is_refused_with_its_code(installed: Installed, tmp_path: Path) -> None:
    installed.partner.sign_with(Keys(tmp_path / "stranger", "XB", installed.now))
    installed.partner.publish_next()
    code, _, said = installed.mra("list", "verify", *installed.offer_files(), "--partner", "XB")
    assert (code, said.partition(":")[0]) == (76, "SIGNER_UNKNOWN")


def test_list_of_another_stream_is_refused_with_its_code(installed: Installed) -> None:
    installed.partner.claims = {"epoch": 2}
    installed.partner.publish_next()
    code, _, said = installed.mra("list", "verify", *installed.offer_files(), "--partner", "XB")
    assert (code, said.partition(":")[0]) == (65, "WRONG_STREAM")


def test_sta_4_wrong_root_is_told_beside_the_computed_one(installed: Installed) -> None:
    installed.partner.claims = {"state_root": "ab" * 32}
    installed.partner.publish_next()
    files = installed.offer_files()
    told = installed.mra_json("list", "verify", *files, "--partner", "XB", code=65)
    assert isinstance(told, dict)
    assert told["accepted"] is False
    assert [reason["code"] for reason in told["reasons"]] == ["ROOT_MISMATCH"]
    code, out, said = installed.mra("list", "verify", *files, "--partner", "XB")
    assert code == 65
    assert "REFUSED" in out
    assert "ROOT_MISMATCH" in said


def test_partner_or_profile_has_to_be_named(installed: Installed) -> None:
    installed.partner.publish_next()
    code, _, said = installed.mra("list", "verify", *installed.offer_files())
    assert code == 64
    assert "--partner or --profile" in said


def test_chunks_that_are_missing_are_no_empty_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = Installed(tmp_path, FeedKind.GRPC, capsys)
    installed.partner.publish_next(make_operator("XB000001", on=installed.now))
    envelope, *_ = installed.offer_files()
    code, _, said = installed.mra("list", "verify", envelope, "--partner", "XB")
    assert (code, said.partition(":")[0]) == (76, "SIGNATURE_INVALID")


def test_sig_4_list_of_a_hybrid_stream_is_told_with_both_signers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = Installed(tmp_path, FeedKind.GRPC, capsys)
    seconds = SecondKeys(installed.keys, installed.now, number=5)
    installed.profile = hybrid_from(seconds, installed.profile, installed.now)
    installed.partner.publish_next(make_operator("XB000001", on=installed.now))
    files, profile = installed.offer_files(), installed.profile_file()
    code, _, said = installed.mra("list", "verify", *files, "--profile", profile)
    assert (code, said.partition(":")[0]) == (76, "ALGORITHM_REFUSED")
    installed.partner.is_hybrid = True
    installed.partner.publish_next()
    files = installed.offer_files()
    told = installed.mra_json("list", "verify", *files, "--profile", profile)
    assert isinstance(told, dict)
    assert told["second_signer"]["algorithm"] == "ml-dsa-65"
    _, out, _ = installed.mra("list", "verify", *files, "--profile", profile)
    assert f"{told['second_signer']['fingerprint']} (ml-dsa-65)" in out
