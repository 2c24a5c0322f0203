"""Who proves with a key to be whom: `--as NAME --key FILE`, and the passphrase of the key.

A passphrase comes from a file or from the terminal: never from an argument, which others see, and
never from the environment.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.bootstrap import Gateway
from gateway.domain.errors import ConfigError, UnprovenActorError
from gateway.domain.parties import RegisteredActor
from gateway.entrypoints.cli.output import say
from gateway.trust.actor_keys import (
    ActorKey,
    is_encrypted,
    load_actor_key,
    read_passphrase,
    require_passphrase,
)

AsName = Annotated[
    str | None, typer.Option("--as", help="Who you are: the name that your key is registered for.")
]
SigningKeyFile = Annotated[
    Path | None,
    typer.Option("--sign-with", help="Your private key (mra actor key): PEM, for you alone."),
]
OwnKeyFile = Annotated[
    Path | None,
    typer.Option("--key", "--sign-with", help="Your private key (mra actor key): PEM, 0600."),
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="File with the key's passphrase, 0600; else you are asked at the terminal."),
]


def load_signer(path: Path, passphrase_file: Path | None) -> ActorKey:
    """Read a private key, asking for its passphrase if it has one.

    Raises:
        ConfigError: Missing, open to others, no key, or the passphrase is missing or wrong.
    """
    if passphrase_file is not None:
        return load_actor_key(path, read_passphrase(passphrase_file))
    if is_encrypted(path):
        return load_actor_key(path, _ask(f"passphrase of {path}", path))
    say(f"warning: {path} has no passphrase; whoever gets the file signs as you")
    return load_actor_key(path, None)


def registered_signer(gateway: Gateway, key: ActorKey, name: str | None) -> RegisteredActor:
    """Return the actor with this key.

    Raises:
        UnprovenActorError: The key is nobody's, revoked, or not that of `name`.
    """
    actor = gateway.prover().whose(key.fingerprint)
    if name is not None and name != actor.name:
        text = f"the key is registered for {actor.name}, not for {name}"
        raise UnprovenActorError(text, context={"fingerprint": key.fingerprint})
    return actor


def new_passphrase(file: Path | None, path: Path) -> bytes:
    """Read the passphrase of a new key from a file, or ask twice at the terminal.

    Raises:
        ConfigError: There is neither, both answers differ, or it is short.
    """
    passphrase = read_passphrase(file) if file is not None else _ask("new passphrase", path)
    require_passphrase(passphrase)
    if file is None and _ask("again", path) != passphrase:
        raise ConfigError("the two passphrases differ")
    return passphrase


def _ask(what: str, path: Path) -> bytes:
    if not sys.stdin.isatty():
        raise ConfigError(f"{path} needs a passphrase: give --passphrase-file FILE")
    answer: str = typer.prompt(what, hide_input=True, err=True)
    return answer.encode()
