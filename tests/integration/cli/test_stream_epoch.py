"""`mra stream epoch`: two people begin a new epoch; a file cannot."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.config.partner_files import dump_partner
from gateway.domain.parties import Role
from gateway.domain.profiles import FeedKind
from tests.fakes.actors import make_person, register
from tests.fakes.installed import Installed
from tests.fakes.partner_simulator import make_operator

REASON = ("--reason", "the key was stolen")


@pytest.fixture
def installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Installed:
    made = Installed(tmp_path, FeedKind.GRPC, capsys)
    people = [
        make_person(tmp_path, name, role)
        for name, role in (("carol", Role.ADMINISTRATOR), ("alice", Role.OFFICER))
    ]
    made.within(lambda gateway: register(gateway.store, *people))
    made.partner.list_operators(make_operator("XB000001", on=made.now))
    made.partner.publish_next()
    made.receive()
    return made


def begin(installed: Installed, name: str, *options: str) -> tuple[int, str, str]:
    key = installed.folder.parent / f"{name}.pem"
    return installed.mra("stream", "epoch", "XB", *REASON, "--as", name, "--key", key, *options)


def test_seq_3_two_people_begin_an_epoch_and_the_old_list_serves(installed: Installed) -> None:
    code, _, said = begin(installed, "alice", "--receive", "--dry-run")
    assert (code, "would be missing, of an approver" in said) == (0, True), said
    assert begin(installed, "alice", "--receive")[0] == 0
    code, out, said = begin(installed, "carol", "--receive")
    assert (code, "epoch 2 begins, by alice and carol" in said) == (0, True), out + said
    code, out, _ = installed.mra("stream", "status", "XB")
    assert "list 1 of epoch 1, which serves until the next" in out
    code, out, _ = installed.mra("lookup", "XB000001", "--json")
    assert json.loads(out)["verdict"] == "GRANT", out
    assert installed.mra("audit", "verify")[0] == 0
    assert "the key was stolen" in installed.mra("audit", "approvals")[1]


def test_seq_3_a_file_with_another_epoch_is_refused(installed: Installed, tmp_path: Path) -> None:
    path = tmp_path / "partner.toml"
    path.write_text(dump_partner(replace(installed.profile, send_epoch=2)), encoding="utf-8")
    code, _, said = installed.mra("partner", "apply", path)
    assert code != 0
    assert "mra stream epoch XB --send" in said


def test_an_epoch_needs_a_key_and_one_way(installed: Installed) -> None:
    code, _, said = installed.mra("stream", "epoch", "XB", *REASON, "--send")
    assert (code, "takes two people" in said) == (77, True), (code, said)
    code, _, said = begin(installed, "alice")
    assert (code, "--receive or --send" in said) == (64, True), (code, said)
