"""`mra actor`: people with keys of their own."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.domain.approvals import Act
from gateway.domain.errors import ActorNotPermittedError, InvalidRequestError
from gateway.domain.parties import RegisteredActor, Role
from gateway.entrypoints.cli.context import ActorName, ConfigPath, actor_of, opened
from gateway.entrypoints.cli.output import AsJson, print_json, print_records, say
from gateway.entrypoints.cli.proof import (
    AsName,
    OwnKeyFile,
    PassphraseFile,
    SigningKeyFile,
    load_signer,
    new_passphrase,
    registered_signer,
)
from gateway.trust.actor_keys import ActorAlgorithm, make_actor_key, read_public_key

app = typer.Typer(
    help="People with keys of their own: who may decide, and prove it.", no_args_is_help=True
)


class PersonRole(StrEnum):
    """Roles of people; `Role` has the gateway's own beside them."""

    OBSERVER = Role.OBSERVER.value
    OFFICER = Role.OFFICER.value
    APPROVER = Role.APPROVER.value
    ADMINISTRATOR = Role.ADMINISTRATOR.value


@app.command("key")
def make_key(
    path: Annotated[Path, typer.Argument(help="Of the new private key: alice.pem")],
    algorithm: Annotated[
        ActorAlgorithm, typer.Option(help="How it signs.")
    ] = ActorAlgorithm.ED25519,
    passphrase_file: PassphraseFile = None,
    unencrypted: Annotated[
        bool, typer.Option("--unencrypted", help="Without passphrase: for trials only.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make your private key, and its public key beside it. Needs no gateway."""
    if unencrypted and passphrase_file is not None:
        raise InvalidRequestError("give either --passphrase-file FILE or --unencrypted")
    passphrase = None if unencrypted else new_passphrase(passphrase_file, path)
    public = make_actor_key(path, algorithm=algorithm, passphrase=passphrase)
    fingerprint = read_public_key(public).fingerprint
    if unencrypted:
        say(f"warning: {path} has no passphrase; whoever gets the file signs as you")
    if as_json:
        print_json({"private_key": path, "public_key": public, "fingerprint": fingerprint})
        return
    say(f"private key: {path} (yours alone)")
    say(f"public key:  {public}, fingerprint {fingerprint}")
    say(f"next, by an administrator: mra actor add NAME --role officer --key {public}")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The person's name, never used again: alice")],
    role: Annotated[PersonRole, typer.Option(help="What this person may do.")],
    key: Annotated[Path, typer.Option(help="Public key, PEM (mra actor key).")],
    reason: Annotated[str, typer.Option(help="Why.")] = "registration",
    signer_name: AsName = None,
    sign_with: SigningKeyFile = None,
    passphrase_file: PassphraseFile = None,
    config: ConfigPath = None,
    actor: ActorName = None,
    as_json: AsJson = False,
) -> None:
    """Register a person's public key. An administrator signs; only the very first needs nobody."""
    public = read_public_key(key)
    with opened(config) as gateway:
        now, desk = gateway.clock(), gateway.actor_desk()
        new = RegisteredActor(
            name=name,
            role=Role(role.value),
            public_key=public.pem,
            fingerprint=public.fingerprint,
            added_at=now,
        )
        if sign_with is None:
            desk.add_first(new, actor_of(actor))
            by = "at the keyboard, as the first; from now on an administrator signs"
        else:
            signer = load_signer(sign_with, passphrase_file)
            own = registered_signer(gateway, signer, signer_name)
            statement = desk.statement(Act.ADD_ACTOR, new, reason=reason, actor=own.name, now=now)
            by = f"by {desk.add(new, signer.sign(statement)).name}"
    if as_json:
        print_json(new)
        return
    say(f"{name} is registered as {role.value}, {by}: key {public.fingerprint}")


@app.command("list")
def list_actors(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show all actors, the revoked too."""
    with opened(config) as gateway:
        actors = gateway.store.actors.all()
    if as_json:
        print_json(actors)
        return
    if not actors:
        say("no actors yet; the first is an administrator: mra actor key admin.pem, then")
        say("  mra actor add NAME --role administrator --key admin.pub.pem")
        return
    print_records(
        ("name", "role", "added", "revoked"),
        [
            ((each.name, each.role.value, each.added_at, each.revoked_at), each.fingerprint)
            for each in actors
        ],
    )


@app.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="The actor's name.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    signer_name: AsName = None,
    key: OwnKeyFile = None,
    passphrase_file: PassphraseFile = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """End a registration for good. What was decided stays; open approvals count no more."""
    if key is None:
        raise ActorNotPermittedError(f"only an administrator revokes {name}, with a signature")
    with opened(config) as gateway:
        now, desk = gateway.clock(), gateway.actor_desk()
        ended = desk.find(name)
        signer = load_signer(key, passphrase_file)
        own = registered_signer(gateway, signer, signer_name)
        statement = desk.statement(Act.REVOKE_ACTOR, ended, reason=reason, actor=own.name, now=now)
        desk.revoke(name, signer.sign(statement), now)
    if as_json:
        print_json({"name": name, "revoked_at": now, "by": own.name})
        return
    say(f"{name} signs no more, by {own.name}")
