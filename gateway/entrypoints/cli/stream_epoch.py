"""`mra stream epoch`: two people agree to a new epoch of the lists from or to a partner."""

from enum import StrEnum
from typing import Annotated

import typer

from gateway.domain.approvals import Wanted
from gateway.domain.errors import ActorNotPermittedError, InvalidRequestError
from gateway.domain.lists import Stream
from gateway.domain.profiles import PartnerProfile
from gateway.entrypoints.cli.context import ConfigPath, get_profile, opened
from gateway.entrypoints.cli.output import AsJson, print_json, say
from gateway.entrypoints.cli.proof import (
    AsName,
    OwnKeyFile,
    PassphraseFile,
    load_signer,
    registered_signer,
)
from gateway.services.epoch_desk import EpochRaised


class _Way(StrEnum):
    """Whose lists."""

    RECEIVE = "receive"
    SEND = "send"


def raise_epoch(
    partner: Annotated[str, typer.Argument(help="The partner: SG")],
    reason: Annotated[str, typer.Option(help="Why: signed with your approval, kept for good.")],
    receive: Annotated[bool, typer.Option("--receive", help="Of the lists from it.")] = False,
    send: Annotated[bool, typer.Option("--send", help="Of our lists to it.")] = False,
    to: Annotated[
        int | None, typer.Option(min=2, max=2**31 - 1, help="The epoch; else the next one.")
    ] = None,
    name: AsName = None,
    key: OwnKeyFile = None,
    passphrase_file: PassphraseFile = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would happen.")
    ] = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Begin anew with list 1, after a disaster or a stolen key. Two people, each with a key."""
    if receive is send:
        raise InvalidRequestError("give either --receive or --send")
    if key is None:
        raise ActorNotPermittedError("a new epoch takes two people, each with --key FILE")
    with opened(config) as gateway:
        desk, now = gateway.epoch_desk(), gateway.clock()
        profile = get_profile(gateway, partner).profile
        way = _Way.RECEIVE if receive else _Way.SEND
        signer = load_signer(key, passphrase_file)
        own = registered_signer(gateway, signer, name)
        statement = desk.statement(
            _next(profile, way, to), profile.partner, reason=reason, actor=own.name, now=now
        )
        done = (
            desk.foresee(statement, own.proven)
            if dry_run
            else desk.submit(signer.sign(statement), now)
        )
    if as_json:
        print_json({"partner": profile.partner, "dry_run": dry_run, "result": done})
    elif isinstance(done, EpochRaised):
        _print_raised(done, profile.partner, way)
    elif isinstance(done, Wanted):
        missing = "one approval" if done.missing == 1 else f"{done.missing} approvals"
        whose = ", of an approver or administrator" if done.of_approver else ""
        would = "would be missing" if dry_run else "is missing"
        say(f"nothing changed yet: {missing} {would}{whose}")
    else:
        say("this approval would be the last one wanted: the epoch would begin")


def _next(profile: PartnerProfile, way: _Way, to: int | None) -> Stream:
    present = profile.receives if way is _Way.RECEIVE else profile.sends
    return present.of_epoch(present.epoch + 1 if to is None else to)


def _print_raised(done: EpochRaised, partner: str, way: _Way) -> None:
    names = " and ".join(each.name for each in done.by)
    say(f"{done.stream}: epoch {done.epoch} begins, by {names} (profile version {done.version})")
    say(f"write {way.value}_epoch = {done.epoch} into the partner's file too")
    if way is _Way.SEND:
        say(f"list 1 of it is FULL and issued next; {partner} has to agree to the epoch as well")
    else:
        say(f"what is in force serves until {partner}'s first list of it is applied")
