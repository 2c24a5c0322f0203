import pickle
import re
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.config.example import write_example
from gateway.config.problems import keys_of
from gateway.config.settings import Settings, describe, load_settings
from gateway.domain.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mra.toml"
    path.write_text(write_example(home="XA", name='Customs of "Exampleland"'), "utf-8")
    return path


def refusal(file: Path, **variables: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(file, variables)
    return caught.value.message


def test_example_loads_with_paths_relative_to_its_file(file: Path) -> None:
    settings = load_settings(file, {})
    assert (settings.home, settings.name) == ("XA", 'Customs of "Exampleland"')
    assert settings.tls.key == file.parent / "keys/tls.key"
    assert settings.partners == file.parent / "partners"
    assert settings.database.read_url() == f"sqlite:///{file.parent}/mra.db"
    assert settings.retry.longest_wait == timedelta(minutes=5)


def test_example_mentions_every_setting(file: Path) -> None:
    text = file.read_text("utf-8")
    tables = [key for key, is_table in keys_of(Settings) if is_table]
    leaves = [key.rpartition(".")[2] for key, is_table in keys_of(Settings) if not is_table]
    assert [table for table in tables if f"[{table}]" not in text] == []
    assert [leaf for leaf in leaves if f"{leaf} = " not in text] == []


def test_example_values_are_the_defaults(file: Path) -> None:
    written = load_settings(file, {})
    for section in ("lookup", "retry", "log"):
        assert getattr(written, section) == Settings.model_fields[section].default


def test_every_address_of_the_example_is_another_one(file: Path) -> None:
    addresses = re.findall(r"127\.0\.0\.1:[0-9]+", file.read_text("utf-8"))
    assert len(addresses) > 5
    assert len(addresses) == len(set(addresses))


def test_variables_beat_the_file(file: Path) -> None:
    settings = load_settings(file, {"MRA_LOOKUP__PROCESSES": "3", "MRA_TEST": "true"})
    assert (settings.lookup.processes, settings.lookup.threads) == (3, 3)
    assert settings.test is True


def test_paths_of_variables_are_relative_to_the_file(file: Path) -> None:
    settings = load_settings(file, {"MRA_TLS__KEY": "other.key", "MRA_LISTS__KEY": "/abs.key"})
    assert settings.tls.key == file.parent / "other.key"
    assert settings.lists.key == Path("/abs.key")


def test_process_environment_is_not_read_behind_the_callers_back(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MRA_NAME", "from the process")
    assert load_settings(file, {}).name == 'Customs of "Exampleland"'


def test_file_is_named_by_a_variable(file: Path) -> None:
    assert load_settings(None, {"MRA_CONFIG": str(file)}).home == "XA"


def test_variables_of_tests_and_of_others_are_left_alone(file: Path) -> None:
    load_settings(file, {"MRA_TEST_POSTGRES": "x", "PATH": "/bin", "MRAX": "y"})


def test_settings_are_frozen_and_travel_to_child_processes(file: Path) -> None:
    settings = load_settings(file, {})
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 — our own bytes
    with pytest.raises(ValueError, match="frozen"):
        settings.home = "XB"  # type: ignore[misc]  # the very thing that must fail


def test_missing_file_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.toml") == (
        f"{tmp_path}/no.toml: no such file; `mra init` writes one"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'home = "XA"\nname = \n', "not TOML: invalid value (at line 2, column 8)"),
        (b'home = "XA"\nname = "\xe9"\n', "not TOML: line 2 is not UTF-8"),
        (b"home = " + b"[" * 5_000, "not TOML: nested too deeply"),
    ],
    ids=["syntax", "encoding", "depth"],
)
def test_broken_toml_is_named_with_its_line(file: Path, content: bytes, reason: str) -> None:
    file.write_bytes(content)
    assert refusal(file) == f"{file}: {reason}"


def test_a_number_that_python_cannot_read_is_refused(file: Path) -> None:
    file.write_text(f"home = {'9' * 5_000}\n")
    assert refusal(file).startswith(f"{file}: not TOML: exceeds the limit")


def test_unknown_variable_is_named_with_what_may_have_been_meant(file: Path) -> None:
    assert refusal(file, MRA_LOKUP__PROCESSES="3") == (
        f"{file}: MRA_LOKUP__PROCESSES: unknown variable; did you mean MRA_LOOKUP__PROCESSES?"
    )


def test_table_as_a_variable_is_refused(file: Path) -> None:
    assert "MRA_TLS: unknown variable" in refusal(file, MRA_TLS="{}")


def test_all_problems_are_told_at_once(file: Path) -> None:
    file.write_text(
        'home = "xa"\ntest = "maybe"\n[tls]\nkey = 1\ncertifcate = "x"\n[lookup]\nthreads = 0\n'
        '[log]\nlevel = "loud"\n[lists]\ncertificate = "a"\nkey = "b"\n'
        '[retry]\nfirst_wait = "2"\n',
        "utf-8",
    )
    lines = refusal(file, MRA_EXCHANGE__GRPC_LISTEN="7443").splitlines()
    assert lines[0] == f"{file}: 11 problems"
    assert [line.split(": ")[0].strip() for line in lines[1:]] == [
        "home",
        "name",
        "test",
        "tls.certificate",
        "tls.key",
        "tls.certifcate",
        "acknowledgements",
        "MRA_EXCHANGE__GRPC_LISTEN",
        "lookup.threads",
        "retry.first_wait",
        "log.level",
    ]
    assert "unknown key; did you mean tls.certificate?" in lines[6]


BAD_VALUES = {
    "a lower-case country": ("MRA_HOME", "cn", "names no administration"),
    "no country": ("MRA_HOME", "XYZ", "names no administration"),
    "an empty name": ("MRA_NAME", "", "at least 1 character"),
    "a port alone": ("MRA_LOOKUP__LISTEN", "7443", "not a host and a port"),
    "a port too high": ("MRA_LOOKUP__LISTEN", "a:65536", "not a host and a port"),
    "port zero": ("MRA_LOOKUP__LISTEN", "a:0", "not a host and a port"),
    "IPv6 without brackets": ("MRA_LOOKUP__LISTEN", "::1:7443", "in brackets"),
    "a foreign database": ("MRA_DATABASE__URL", "mysql://h/d", "sqlite or postgresql"),
    "a span without a unit": ("MRA_RETRY__FIRST_WAIT", "2", "not a span of time"),
    "a number in words": ("MRA_LOOKUP__THREADS", "eight", "valid integer"),
}


@pytest.mark.parametrize(("name", "value", "reason"), BAD_VALUES.values(), ids=BAD_VALUES.keys())
def test_bad_value_is_told_in_words(file: Path, name: str, value: str, reason: str) -> None:
    message = refusal(file, **{name: value})
    assert message.startswith(f"{file}: {name}: ")
    assert reason in message


TOKENS = {
    "MRA_LOOKUP__TOKENS__ISSUER": "https://login.example",
    "MRA_LOOKUP__TOKENS__AUDIENCE": "mra-gateway",
}


def test_tokens_of_an_issuer_are_set_with_paths_and_algorithms(file: Path) -> None:
    tokens = load_settings(
        file,
        TOKENS
        | {
            "MRA_LOOKUP__TOKENS__KEYS": "issuer.json",
            "MRA_LOOKUP__TOKENS__ALGORITHMS": '["ES384"]',
        },
    ).lookup.tokens
    assert tokens is not None
    assert tokens.keys == file.parent / "issuer.json"
    assert tokens.algorithms == ("ES384",)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("KEYS_URL", "http://login.example/keys", "is no address such as"),
        ("KEYS_URL", "https://user@login.example/keys", "is no address such as"),
        ("KEYS_URL", "https://", "is no address such as"),
        ("ALGORITHMS", '["HS256"]', "'ES256'"),
        ("ALGORITHMS", '["none"]', "'ES256'"),
        ("ALGORITHMS", "[]", "at least 1 item"),
        ("SKEW", "1h", "skew is at most 5m"),
        ("LONGEST", "2d", "at most 1d"),
        ("REFRESH", "1s", "at least 10s"),
        ("KEYS_URL", "https://login.example/keys", "either keys, a file, or keys_url"),
    ],
)
def test_tokens_that_prove_too_little_are_refused(
    file: Path, name: str, value: str, reason: str
) -> None:
    variables = TOKENS | {"MRA_LOOKUP__TOKENS__KEYS": "x", f"MRA_LOOKUP__TOKENS__{name}": value}
    assert reason in refusal(file, **variables)


def test_a_port_for_tokens_needs_an_issuer(file: Path) -> None:
    assert "whose tokens?" in refusal(file, MRA_LOOKUP__BEARER_LISTEN="a:7447")
    assert "whose tokens?" in refusal(file, MRA_LOOKUP__WATCH_BEARER_LISTEN="a:7441")
    alone = TOKENS | {
        "MRA_LOOKUP__TOKENS__KEYS": "x",
        "MRA_LOOKUP__WATCH_BEARER_LISTEN": "a:7441",
    }
    assert "needs watch_listen beside it" in refusal(file, **alone)


def test_waits_out_of_order_are_refused(file: Path) -> None:
    assert "retry: first_wait" in refusal(file, MRA_RETRY__FIRST_WAIT="2h")


def test_lease_that_ends_before_it_is_extended_is_refused(file: Path) -> None:
    assert "retry: lease" in refusal(file, MRA_RETRY__LEASE="2s")


def test_sig_6_one_key_file_for_two_uses_is_refused(file: Path) -> None:
    assert "SIG-6" in refusal(file, MRA_TLS__KEY="keys/../keys/lists.key")


def test_database_url_is_read_from_its_file(file: Path) -> None:
    file.write_text(file.read_text("utf-8").replace("url = ", "# url = "), "utf-8")
    settings = load_settings(file, {"MRA_DATABASE__URL_FILE": "secret.url"})
    with pytest.raises(ConfigError, match=r"secret\.url: cannot be read: no such file"):
        settings.database.read_url()
    (file.parent / "secret.url").write_text("postgresql://u:geheim@h/d\n", "utf-8")
    assert settings.database.read_url() == "postgresql://u:geheim@h/d"
    (file.parent / "secret.url").write_text("geheim", "utf-8")
    with pytest.raises(ConfigError, match="not a database URL") as caught:
        settings.database.read_url()
    assert "geheim" not in caught.value.message


def test_url_and_url_file_together_are_refused(file: Path) -> None:
    assert "keep one" in refusal(file, MRA_DATABASE__URL_FILE="secret.url")


@pytest.mark.parametrize("url", ["sqlite:////abs/mra.db", "sqlite://", "sqlite:///:memory:"])
def test_absolute_and_memory_databases_stay(file: Path, url: str) -> None:
    assert load_settings(file, {"MRA_DATABASE__URL": url}).database.url == url


def test_passwords_show_nowhere(file: Path) -> None:
    url = "postgresql://u:geheim@h/d?sslpassword=geheim"
    settings = load_settings(file, {"MRA_DATABASE__URL": url})
    assert settings.database.read_url() == url
    assert "geheim" not in str(settings) + repr(settings) + str(describe(settings))
    bad = "nix:geheim"
    assert "geheim" not in refusal(file, MRA_DATABASE__URL=bad)


def test_description_is_plain_and_effective(file: Path) -> None:
    plain = describe(load_settings(file, {"MRA_LOG__LEVEL": "debug"}))
    assert plain["log"] == {"format": "auto", "level": "debug"}
    assert plain["retention"] == {"lists": "90d", "decisions": "1830d"}
    assert plain["retry"] == {"first_wait": "2s", "longest_wait": "5m", "lease": "30s"}
