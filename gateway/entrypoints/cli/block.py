"""`mra block`: operators to whom home gives no facilitation, on which dates, and why."""

from datetime import datetime
from typing import Annotated

import typer

from gateway.domain.agreements import Interval
from gateway.domain.blocks import HomeBlock
from gateway.entrypoints.cli.context import ActorName, ConfigPath, login_name, opened
from gateway.entrypoints.cli.moments import read_instant, start_of
from gateway.entrypoints.cli.output import AsJson, print_json, print_records, say, show

app = typer.Typer(
    help="Operators to whom home gives no facilitation, whatever a partner lists.",
    no_args_is_help=True,
)

Reason = Annotated[str, typer.Option(help="Why: callers are told, and it is kept for good.")]


@app.command("add")
def add(
    code: Annotated[str, typer.Argument(help="The operator's code, in any form.")],
    reason: Reason,
    start: Annotated[
        str | None,
        typer.Option("--from", help="First date (UTC), or YYYY-MM-DDThh:mm:ssZ. Default: now."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="The date from which it acts no more. Default: open.")
    ] = None,
    actor: ActorName = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Block an operator; lookups know it at once."""
    with opened(config) as gateway:
        desk, now = gateway.block_desk(), gateway.clock()
        operator = desk.find_operator(code, now)
        block = desk.put_in(
            operator,
            Interval(effective_at=start_of(start) or now, until=start_of(until)),
            reason=reason,
            actor=desk.named(actor or login_name()),
        )
    if as_json:
        print_json(block)
        return
    say(f"block {block.id}: {block.operator_id} is blocked {_dates(block)}")
    if operator.name is None:
        say("  no accepted list has this operator now: compare the code")
    else:
        say(f"  {operator.name}")


@app.command("list")
def list_blocks(
    every: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    known_at: Annotated[
        str | None, typer.Option(help="As they were known at YYYY-MM-DDThh:mm:ssZ.")
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Show who is blocked, or will be: newest first."""
    with opened(config) as gateway:
        now = gateway.clock()
        at = now if known_at is None else read_instant(known_at)
        blocks = [
            block for block in gateway.block_desk().blocks() if _is_shown(block, at, every=every)
        ]
    if as_json:
        print_json(blocks)
        return
    if not blocks:
        say(f"nobody is blocked, as known at {show(at)}")
        return
    print_records(
        ("no", "operator", "from", "until", "put in", "by"),
        [
            (
                (
                    block.id,
                    block.operator_id,
                    block.interval.effective_at,
                    block.interval.until,
                    block.put_in_at,
                    block.put_in_by,
                ),
                _why(block, at),
            )
            for block in blocks
        ],
    )


@app.command("lift")
def lift(
    number: Annotated[int, typer.Argument(help="The block's number (mra block list).")],
    reason: Reason,
    actor: ActorName = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """End a block now; what was decided under it stays as it was."""
    with opened(config) as gateway:
        desk = gateway.block_desk()
        block = desk.lift(number, reason=reason, actor=desk.named(actor or login_name()))
    if as_json:
        print_json(block)
        return
    say(f"block {block.id} is lifted: {block.operator_id} is judged as any other again")


def _dates(block: HomeBlock) -> str:
    until = block.interval.until
    end = "until it is lifted" if until is None else f"until {show(until)}"
    return f"from {show(block.interval.effective_at)} {end}"


def _is_shown(block: HomeBlock, at: datetime, *, every: bool) -> bool:
    if every:
        return block.put_in_at <= at
    acts = block.as_known(at)
    return acts is not None and (acts.until is None or at < acts.until)


def _why(block: HomeBlock, at: datetime) -> str:
    lifted = block.lifted
    if lifted is None or at < lifted.at:
        return block.reason
    return f"{block.reason} · lifted {show(lifted.at)} by {lifted.by}: {lifted.reason}"
