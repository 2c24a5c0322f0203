"""Acts: many questions at once, finding a code, what was known before, and deciding it again."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Final

from gateway.bootstrap import replay_desk
from gateway.domain.agreements import Direction
from gateway.domain.answers import Question
from gateway.entrypoints.cli.demo.changes import active_operators
from gateway.entrypoints.cli.demo.lookups import SUSPENDED_LATER
from gateway.entrypoints.cli.demo.network import Member
from gateway.entrypoints.cli.demo.programmes import Landmark, get_programme
from gateway.entrypoints.cli.demo.stage import Said, Stage, Step, opened, profile_of
from gateway.entrypoints.rpc.lookup_client import LookupReply
from gateway.ports.decision_log import Wanted

MANY: Final = 1000
_TOO_LONG: Final = "X" * 80
"""No code: the question is refused, and the others are answered."""


def more_questions(stage: Stage) -> Iterator[Step]:
    """Ask in other ways than for one decision."""
    partner = stage.network.members["SG"]
    yield stage.timed("ask about 1,000 at once", partial(_many, stage, partner))
    yield stage.timed("look up as another agency", partial(_narrowly, stage))
    yield stage.timed("find a code by a mistyped name", partial(_find, stage, partner))


def looking_back(stage: Stage) -> Iterator[Step]:
    """Ask about the past, after the lists have moved on."""
    yield stage.timed("as known before the suspension", partial(_before, stage))
    yield stage.timed("decide everything again", partial(_again, stage))


def _many(stage: Stage, partner: Member) -> Said:
    ids = active_operators(partner, stage.home.country)[:MANY]
    codes = {f"declaration {number}": code for number, code in enumerate(ids[:-1], start=1)}
    with stage.lookup() as client:
        replies = client.ask_many({**codes, "unreadable": _TOO_LONG}, direction="import")
    decided = [one.verdict for one in replies.values() if isinstance(one, LookupReply)]
    refused = replies["unreadable"]
    held = list(replies) == [*codes, "unreadable"] and isinstance(refused, str)
    held = held and len(decided) == len(codes) and "GRANT" in decided
    grants = decided.count("GRANT")
    return held, (
        f"{len(decided):,} decisions by the caller's own keys, {grants:,} of them GRANT;"
        f" one question that cannot be read: {refused}, the others are answered"
    )


def _narrowly(stage: Stage) -> Said:
    """Ask what home's border system asked, as an agency that is shown decisions alone."""
    code = get_programme("SG").landmarks[Landmark.ACTIVE]
    with stage.lookup() as border, stage.lookup(stage.network.agency) as agency:
        full, narrow = (client.ask(code, direction="import") for client in (border, agency))
    same = (full.verdict, full.measures) == (narrow.verdict, narrow.measures)
    held = same and bool(full.operator and full.rungs) and not (narrow.operator or narrow.rungs)
    measures = " ".join(narrow.measures)
    return held, f"{code} → {narrow.verdict} {measures}; neither operator nor evidence is shown"


def _find(stage: Stage, partner: Member) -> Said:
    wanted = active_operators(partner, stage.home.country)[0]
    with stage.lookup() as client:
        name = client.ask(wanted).operator.removeprefix(wanted).strip()
        asked = name[:-2] + name[-1:]

        def look() -> str | None:
            found = client.search(asked)
            if found is None:
                return None
            if wanted not in found:
                return f"“{asked}” found nothing"
            return f"“{asked}” → {wanted} ({', '.join(found[wanted])}): a code to ask about"

        held, said = stage.wait(look, "the index of names was not built")
    return held and wanted in said, said


def _before(stage: Stage) -> Said:
    """SG suspended the operator at once: a moment earlier nobody here could know."""
    question = Question(code=SUSPENDED_LATER, direction=Direction.IMPORT)
    with opened(stage.home) as gateway:
        versions = gateway.store.history.versions(
            profile_of(gateway, "SG").receives, SUSPENDED_LATER
        )
        suspended_at = max(version.known_from for version in versions)
        desk, now = gateway.lookup_desk(), gateway.clock()
        then, since = (
            desk.answer_as_known(question, known_at=moment, now=now)
            for moment in (suspended_at - timedelta(seconds=1), now)
        )
    held = (then.verdict.value, since.verdict.value) == ("GRANT", "NO_GRANT")
    return held, (
        f"{SUSPENDED_LATER} as known at {then.known_at:%H:%M:%S}Z → {then.verdict.value},"
        f" as known now → {since.verdict.value} {since.reason.value}"
    )


def _again(stage: Stage) -> Said:
    with (
        opened(stage.home) as gateway,
        replay_desk(gateway.settings, gateway.store) as (log, desk),
    ):
        logged = [one.decision for one in log.select(Wanted(limit=10 * MANY))]
        equal = sum(desk.replay(decision).is_equal for decision in logged)
    said = f"{equal:,} of {len(logged):,} logged decisions come out equal bit for bit"
    return len(logged) > MANY and equal == len(logged), f"{said}, whatever lists came since"
