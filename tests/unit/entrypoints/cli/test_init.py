import stat
from pathlib import Path

from gateway.config.partner_files import load_partner
from gateway.config.settings import load_settings
from gateway.domain.agreements import Lifecycle
from tests.fakes.command_line import CommandLine


def test_new_gateway_is_complete_and_its_keys_are_its_owners(mra: CommandLine) -> None:
    made = mra("init", "other", "--home", "XC", "--name", "Customs [red]XC[/red]")
    assert made.code == 0
    assert made.out == ""
    assert "mra config check" in made.err
    folder = mra.folder / "other"
    assert mra("config", "check", "-c", folder / "mra.toml").code == 0
    keys = list((folder / "keys").glob("*.key"))
    assert [stat.S_IMODE(key.stat().st_mode) for key in keys] == [0o600] * 5
    settings = load_settings(folder / "mra.toml", {})
    assert (settings.home, settings.test) == ("XC", True)
    assert settings.name == "Customs [red]XC[/red]"


def test_border_systems_ask_over_https_where_a_port_is_given(mra: CommandLine) -> None:
    without = mra.folder / "without/mra.toml"
    mra("init", "without")
    assert load_settings(without, {}).lookup.https_listen is None
    mra("init", "other", "--trial-partner", "XC", "--lookup-https-port", "7600")
    listens = [
        load_settings(mra.folder / file, {}).lookup.https_listen
        for file in ("other/mra.toml", "other/XC/mra.toml")
    ]
    assert listens == ["127.0.0.1:7600", "127.0.0.1:7700"]


def test_partner_file_of_a_new_gateway_is_a_draft_that_applies(mra: CommandLine) -> None:
    mra("init", "other", "--home", "XB")
    config = mra.folder / "other/mra.toml"
    file = mra.folder / "other/partners/XB-XA/partner.toml"
    profile = load_partner(file)
    assert (profile.agreement.state, profile.endpoint, profile.trust) == (Lifecycle.DRAFT, None, ())
    assert mra("partner", "apply", file, "-c", config).code == 0
    listed = mra("partner", "list", "-c", config)
    assert "XB-XA" in listed.out
    assert "draft" in listed.out


def test_operator_file_of_a_new_gateway_imports(mra: CommandLine) -> None:
    ended = mra("operator", "import", "operators.csv", "--json")
    assert ended.data == {"added": 3, "changed": 0, "removed": 0, "unchanged": 0}


def test_trial_partner_and_home_know_each_other(mra: CommandLine) -> None:
    ours = load_partner(mra.folder / "partners/XA-XB/partner.toml")
    theirs = load_partner(mra.folder / "XB/partners/XA-XB/partner.toml")
    assert ours.sends == theirs.receives
    assert ours.receives == theirs.sends
    assert ours.agreement.state is Lifecycle.IN_FORCE
    assert mra("partner", "list", "--json", "-c", "XB/mra.toml").data != []


def test_folder_with_something_in_it_stays_as_it_is(mra: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/precious").write_text("mine")
    ended = mra("init", tmp_path / "mine")
    assert ended.code == 78
    assert f"{tmp_path}/mine" in ended.err
    assert [each.name for each in (tmp_path / "mine").iterdir()] == ["precious"]


def test_file_in_the_place_of_the_folder_is_refused(mra: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    assert mra("init", tmp_path / "mine").code == 78


def test_country_that_is_none_is_refused_before_anything_is_written(mra: CommandLine) -> None:
    ended = mra("init", "other", "--home", "Exampleland")
    assert ended.code == 64
    assert "'EXAMPLELAND'" in ended.err
    assert not (mra.folder / "other").exists()


def test_home_is_not_its_own_trial_partner(mra: CommandLine) -> None:
    assert mra("init", "other", "--home", "XA", "--trial-partner", "xa").code == 64
    assert not (mra.folder / "other").exists()


def test_what_was_made_is_told_as_json(mra: CommandLine) -> None:
    made = mra("init", "other", "--home", "XC", "--trial-partner", "XD", "--json")
    assert made.err == ""
    assert made.data == {
        "home": "XC",
        "settings": "other/mra.toml",
        "keys": "other/keys",
        "partner_file": "other/partners/XC-XD/partner.toml",
        "trial_partner": "other/XD/mra.toml",
    }
