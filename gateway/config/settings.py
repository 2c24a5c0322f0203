"""Settings of this gateway: one TOML file and `MRA_` variables to one frozen object.

Read once, in the entry point; below `bootstrap` nobody knows that settings exist. A variable beats
the file: `MRA_DATABASE__URL` is `url` of `[database]`. Secrets are never settings, only the paths
of the files that hold them.
"""

import os.path
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from gateway.config.lookup_tables import Lookup
from gateway.config.problems import Problem, config_error, keys_of, near, problems_of
from gateway.config.tables import Administration, Count, Duration, Listen, Table
from gateway.config.toml_text import read_toml, why_unreadable

DEFAULT_FILE = Path("mra.toml")
PREFIX = "MRA_"
FILE_VARIABLE = "MRA_CONFIG"
"""The path of the file; the only variable that is no setting, but for those of the tests."""
_TESTS = "MRA_TEST_"
_SECRET = frozenset({"database.url"})

Model = TypeVar("Model", bound=BaseModel)


def _require_database(url: str) -> str:
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError as error:  # its text repeats the URL, and with it the password
        raise ValueError('not a database URL such as "sqlite:///mra.db"') from error
    if backend not in {"sqlite", "postgresql"}:
        raise ValueError(f"the database is sqlite or postgresql, not {backend!r}")
    return url


class Database(Table):
    """Where the registry is."""

    url: Annotated[str, AfterValidator(_require_database)] = Field("sqlite:///mra.db", repr=False)
    url_file: Path | None = None
    """A file that holds the URL, for one with a password."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.url_file is not None and "url" in self.model_fields_set:
            raise ValueError("url and url_file are both set; keep one")
        return self

    def read_url(self) -> str:
        """Return the URL, from its file if it has one.

        Raises:
            ConfigError: The file cannot be read or holds no database URL; it is named.
        """
        if self.url_file is None:
            return self.url
        try:
            return _require_database(self.url_file.read_text("utf-8").strip())
        except OSError as error:
            why = why_unreadable(error)
            raise config_error(self.url_file, [("", f"cannot be read: {why}")]) from error
        except UnicodeDecodeError as error:
            raise config_error(self.url_file, [("", "not UTF-8")]) from error
        except ValueError as error:
            raise config_error(self.url_file, [("", str(error))]) from error


class KeyPair(Table):
    """A certificate with its chain, and its private key, as PEM files."""

    certificate: Path
    key: Path


class SigningPair(KeyPair):
    """With what lists or acknowledgements are signed."""

    hybrid: KeyPair | None = None
    """An ML-DSA-65 key, for partners whose agreement wants a second signature (SIG-4)."""


class Tls(KeyPair):
    """What the servers show and what calls to partners use."""

    authorities: Path | None = None
    """PEM certificates of the CAs whose callers are let in the door."""


class AuditKey(KeyPair):
    """With what the head of the audit trail is signed daily (SIG-8)."""

    earlier: tuple[Path, ...] = ()
    """Certificates of the keys before, so that heads of theirs still verify."""


class Exchange(Table):
    """The process that talks to partners."""

    grpc_listen: Listen | None = None
    https_listen: Listen | None = None
    watch_listen: Listen | None = None
    """Where partners watch for new heads over gRPC (EXC-5)."""
    threads: Count = 16
    watches: Count = 64
    """How many may watch there at once; a thread each."""
    metrics_listen: Listen | None = None
    """Plain HTTP: figures for Prometheus, and whether this process lives, is ready and fresh."""


class Programme(Table):
    """Where the home programme's own system reports what changed; part of the exchange process.

    An address of its own: partners and the home system live in different networks, and who reaches
    the one port shall not reach the other.
    """

    listen: Listen | None = None
    threads: Count = 4


class Retry(Table):
    """Waits between attempts inside one run: doubled each time, never beyond the last (SYN-3)."""

    first_wait: Duration = timedelta(seconds=2)
    longest_wait: Duration = timedelta(minutes=5)
    lease: Duration = timedelta(seconds=30)
    """How long a job of a process that was killed waits for it (SYN-1)."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not timedelta(0) < self.first_wait <= self.longest_wait:
            raise ValueError("first_wait is more than 0s and at most longest_wait")
        # Of clocks in whole seconds, and of a database that is slow for one of them.
        if self.lease < timedelta(seconds=3):
            raise ValueError("lease is at least 3s")
        return self


class Retention(Table):
    """What is erased after its time."""

    lists: Duration = timedelta(days=90)
    """Bodies of issued lists that are older than that and than the last FULL (PUB-7)."""
    decisions: Duration = timedelta(days=1830)
    """What the decision log keeps: five years."""

    @model_validator(mode="after")
    def _not_at_once(self) -> Self:
        for name in ("lists", "decisions"):
            if getattr(self, name) < timedelta(days=1):
                raise ValueError(f"{name} is at least 1d")
        return self


class Log(Table):
    """The log on standard error."""

    format: Literal["auto", "json", "console"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(BaseSettings):
    """Everything that one installation can be told. Made by `load_settings` only."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
    )

    home: Administration
    name: Annotated[str, Field(min_length=1, max_length=200)]
    """The administration's name, for people."""
    test: bool = False
    """An installation for trials: says so wherever it speaks."""
    partners: Path = Path("partners")
    database: Database = Database()
    tls: Tls
    lists: SigningPair
    acknowledgements: SigningPair
    audit: AuditKey | None = None
    exchange: Exchange = Exchange()
    lookup: Lookup = Lookup()
    programme: Programme = Programme()
    retry: Retry = Retry()
    retention: Retention = Retention()
    log: Log = Log()

    @model_validator(mode="after")
    def _one_key_one_use(self) -> Self:
        pairs = [self.tls, self.lists, self.acknowledgements]
        pairs += [self.audit] if self.audit else []
        files = {os.path.normpath(path) for pair in pairs for path in (pair.certificate, pair.key)}
        # SIG-6: TLS, lists, acknowledgements and audit have a key and a certificate each
        if len(files) != 2 * len(pairs):
            raise ValueError("tls, lists, acknowledgements, audit name one file twice (SIG-6)")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing behind the caller's back: `load_settings` hands over what it merged."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


class _Variables(EnvSettingsSource):
    """The library's source of variables, over a mapping that is handed in."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {name.lower(): value for name, value in environment.items()}
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._environment


def load_settings(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Read the settings; relative paths are relative to the file, also those of variables.

    Args:
        path: The file; none means what `MRA_CONFIG` names, else `mra.toml` here.
        environment: The process's variables; those that do not begin with `MRA_` are not looked at.

    Raises:
        ConfigError: The file is missing or no TOML, a variable is unknown, or values are wrong:
            all of them are named at once.
    """
    path = path or Path(environment.get(FILE_VARIABLE) or DEFAULT_FILE)
    ours = {name: value for name, value in environment.items() if _is_ours(name)}
    tables = read_toml(path, hint="; `mra init` writes one")
    variables = _variable_names()
    problems: list[Problem] = [
        (name, f"unknown variable{near(name, variables)}")
        for name in sorted(ours)
        if name.upper() not in variables
    ]
    try:
        known = {name: value for name, value in ours.items() if name.upper() in variables}
        merged = _merge(tables, _Variables(known)())
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        found = problems_of(error, Settings, _SECRET)
        problems += [(_named(key, variables, ours), reason) for key, reason in found]
        raise config_error(path, problems) from error
    if problems:
        raise config_error(path, problems)
    return _anchored(settings, path.absolute().parent)


def describe(settings: Settings) -> dict[str, object]:
    """Return the effective settings as plain values, without secrets."""
    plain = settings.model_dump(mode="json")
    if settings.database.url_file is None:
        plain["database"]["url"] = _without_password(make_url(settings.database.url))
    else:
        del plain["database"]["url"]
    return plain


def _is_ours(name: str) -> bool:
    upper = name.upper()
    return upper.startswith(PREFIX) and upper != FILE_VARIABLE and not upper.startswith(_TESTS)


def _variable_names() -> dict[str, str]:
    return {
        PREFIX + key.replace(".", "__").upper(): key
        for key, is_table in keys_of(Settings)
        if not is_table
    }


def _named(key: str, variables: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """Name the variable instead of the key where it was the variable that said it."""
    return next((name for name in ours if variables.get(name.upper()) == key), key)


def _merge(under: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[key] = _merge(below, value)
            continue
        merged[key] = value
    return merged


def _anchored(settings: Settings, folder: Path) -> Settings:
    moved = _with_paths(settings, folder)
    url = _anchored_url(moved.database.url, folder)
    database = moved.database.model_copy(update={"url": url})
    return moved.model_copy(update={"database": database})


def _with_paths(model: Model, folder: Path) -> Model:
    changed: dict[str, object] = {}
    for name in type(model).model_fields:
        value: object = getattr(model, name)
        if isinstance(value, Path):
            changed[name] = folder / value
        elif isinstance(value, tuple):
            changed[name] = tuple(
                folder / each if isinstance(each, Path) else each for each in value
            )
        elif isinstance(value, BaseModel):
            changed[name] = _with_paths(value, folder)
    return model.model_copy(update=changed)


def _anchored_url(text: str, folder: Path) -> str:
    # SQLite would take the folder that the process happens to stand in.
    url = make_url(text)
    named = url.get_backend_name() == "sqlite" and url.database
    if not named or named.startswith(("/", ":", "file:")):
        return text
    return url.set(database=str(folder / named)).render_as_string(hide_password=False)


def _without_password(url: URL) -> str:
    hidden = {key: "***" for key in url.query if "password" in key.lower()}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)
