from datetime import timedelta
from threading import Event, Thread

import pytest
from msgspec.structs import replace

from gateway.domain.acknowledgements import Reason
from gateway.domain.agreements import Agreement, Lifecycle
from gateway.domain.answers import AnswerReason, MatchKind, Question, Verdict
from gateway.domain.errors import DatabaseUnavailableError, InvalidRequestError, NotReadyError
from gateway.domain.lists import Stream
from gateway.domain.operators import StatusCode
from gateway.services.lookup import LookupDesk
from gateway.services.lookup_index import read_index
from tests.fakes.known_world import (
    AGREEMENT,
    DAY,
    HEAD,
    NOW,
    OPERATOR,
    QUESTION,
    RULES,
    START,
    agreement,
    authorisation,
    block,
    head,
    identified,
    operator,
)
from tests.fakes.lookup_ports import BlocksInMemory, ProfilesInMemory, RegistryInMemory, profile

STREAM = profile(AGREEMENT).receives
UNUSABLE = Reason(code="OPERATOR_DATES", text="expires before it is effective")
SUSPENDED = operator(authorisation(StatusCode.SUSPENDED, since=NOW))
LATER_HEAD = head(sequence=42, issued_at=NOW, received_at=NOW)
OTHER = agreement(id="XH-XB", partner="XB", partner_name="Beeland", territory=("XB",))


def a_desk(registry: RegistryInMemory, *agreements: Agreement, test: bool = False) -> LookupDesk:
    profiles = [(profile(one, test=test), START) for one in agreements or (AGREEMENT,)]
    return LookupDesk(registry, registry, ProfilesInMemory(*profiles), {})


@pytest.fixture
def registry() -> RegistryInMemory:
    registry = RegistryInMemory()
    registry.apply(STREAM, HEAD, OPERATOR)
    return registry


@pytest.fixture
def desk(registry: RegistryInMemory) -> LookupDesk:
    desk = a_desk(registry)
    desk.refresh()
    return desk


def test_loaded_desk_recognises_a_listed_operator(desk: LookupDesk) -> None:
    answer = desk.answer(QUESTION, now=NOW)
    assert answer.verdict is Verdict.GRANT
    assert answer.operator_name == "Northwind Ceramics Ltd"


def test_before_the_first_load_nothing_is_answered(registry: RegistryInMemory) -> None:
    desk = a_desk(registry)
    assert not desk.ready
    with pytest.raises(NotReadyError):
        desk.answer(QUESTION, now=NOW)
    with pytest.raises(NotReadyError):
        desk.answer_batch([QUESTION], now=NOW)


def test_database_gone_before_the_first_load_leaves_the_desk_not_ready(
    registry: RegistryInMemory,
) -> None:
    desk = a_desk(registry)
    registry.gone = True
    desk.refresh()
    assert not desk.ready
    assert not desk.reachable
    with pytest.raises(DatabaseUnavailableError):
        desk.answer(QUESTION, now=NOW)


def test_with_the_database_gone_the_index_goes_on_to_answer(
    desk: LookupDesk, registry: RegistryInMemory
) -> None:
    registry.gone = True
    desk.refresh()
    assert desk.ready
    assert not desk.reachable
    assert desk.answer(QUESTION, now=NOW).verdict is Verdict.GRANT
    assert desk.answer(QUESTION, now=NOW + 5 * DAY).reason is AnswerReason.DATA_STALE


def test_suspension_decides_after_the_next_refresh(
    desk: LookupDesk, registry: RegistryInMemory
) -> None:
    registry.apply(STREAM, LATER_HEAD, SUSPENDED)
    assert desk.answer(QUESTION, now=NOW).verdict is Verdict.GRANT
    desk.refresh()
    assert desk.answer(QUESTION, now=NOW).reason is AnswerReason.SUSPENDED


def test_refresh_reads_nothing_while_the_version_stands(
    desk: LookupDesk, registry: RegistryInMemory
) -> None:
    registry.reads.clear()
    desk.refresh()
    assert registry.reads == []


def test_refresh_reads_only_the_stream_that_moved(registry: RegistryInMemory) -> None:
    other = profile(OTHER).receives
    registry.apply(other, HEAD)
    desk = a_desk(registry, AGREEMENT, OTHER)
    desk.refresh()
    registry.reads.clear()
    registry.apply(STREAM, LATER_HEAD, SUSPENDED)
    desk.refresh()
    assert registry.reads == [STREAM]


def test_list_that_moves_while_it_is_read_is_read_again(registry: RegistryInMemory) -> None:
    desk = a_desk(registry)

    def apply_once() -> None:
        registry.meanwhile = None
        registry.apply(STREAM, LATER_HEAD, SUSPENDED)

    registry.meanwhile = apply_once
    desk.refresh()
    answer = desk.answer(QUESTION, now=NOW)
    assert (answer.reason, answer.freshness.sequence) == (AnswerReason.SUSPENDED, 42)


def test_list_that_never_stands_still_leaves_the_old_index_and_is_read_later(
    desk: LookupDesk, registry: RegistryInMemory
) -> None:
    def keep_moving() -> None:
        sequence = registry.moves + 100
        registry.apply(STREAM, head(sequence=sequence, received_at=NOW), SUSPENDED)

    keep_moving()
    registry.meanwhile = keep_moving
    desk.refresh()
    assert desk.answer(QUESTION, now=NOW).verdict is Verdict.GRANT
    registry.meanwhile = None
    desk.refresh()
    assert desk.answer(QUESTION, now=NOW).reason is AnswerReason.SUSPENDED


def test_lookups_during_a_refresh_see_the_old_lists_whole(
    desk: LookupDesk, registry: RegistryInMemory
) -> None:
    seen: list[tuple[AnswerReason, int | None]] = []

    def look() -> None:
        answer = desk.answer(QUESTION, now=NOW)
        seen.append((answer.reason, answer.freshness.sequence))

    registry.apply(STREAM, LATER_HEAD, SUSPENDED)
    registry.meanwhile = look
    desk.refresh()
    look()
    assert seen == [(AnswerReason.RECOGNISED, 41), (AnswerReason.SUSPENDED, 42)]


def test_database_lost_in_the_middle_of_a_refresh_keeps_the_old_lists(
    desk: LookupDesk, registry: RegistryInMemory
) -> None:
    def lose() -> None:
        registry.gone = True

    registry.apply(STREAM, LATER_HEAD, SUSPENDED)
    registry.meanwhile = lose
    desk.refresh()
    assert not desk.reachable
    assert desk.answer(QUESTION, now=NOW).freshness.sequence == 41


def test_batch_answers_in_order_as_single_questions(desk: LookupDesk) -> None:
    questions = [Question(code="XA0000000000"), QUESTION, Question(code="nonsense")]
    answers = desk.answer_batch(questions, now=NOW)
    assert answers == [desk.answer(one, now=NOW) for one in questions]
    assert [one.verdict for one in answers] == [Verdict.NO_GRANT, Verdict.GRANT, Verdict.NO_GRANT]


def test_agreement_without_a_list_is_missing_data_never_not_listed() -> None:
    desk = a_desk(RegistryInMemory())
    desk.refresh()
    assert desk.answer(QUESTION, now=NOW).reason is AnswerReason.DATA_MISSING


def test_acc_4_test_list_answers_no_lookup() -> None:
    registry = RegistryInMemory()
    registry.apply(profile(AGREEMENT, test=True).receives, HEAD, OPERATOR)
    desk = a_desk(registry, test=True)
    desk.refresh()
    assert desk.answer(QUESTION, now=NOW).reason is AnswerReason.DATA_MISSING


def test_another_identifier_finds_its_operator(registry: RegistryInMemory) -> None:
    listed = identified("USCC", "91-3100 00abc")
    registry.apply(STREAM, LATER_HEAD, listed)
    desk = a_desk(registry)
    desk.refresh()
    answer = desk.answer(Question(code="913100 00ABC"), now=NOW)
    assert (answer.verdict, answer.match) == (Verdict.GRANT, MatchKind.CROSS_WALK)


def test_another_identifier_of_two_operators_is_ambiguous(registry: RegistryInMemory) -> None:
    one = identified("USCC", "91310000")
    two = identified("USCC", "91310000", "XA0000000002")
    registry.apply(STREAM, LATER_HEAD, one, two)
    desk = a_desk(registry)
    desk.refresh()
    assert desk.answer(Question(code="91310000"), now=NOW).reason is AnswerReason.ID_AMBIGUOUS


def test_unusable_operator_is_found_by_its_normal_form_and_never_grants(
    registry: RegistryInMemory,
) -> None:
    listed = operator(id="xa 1234567890")
    mark = Reason(code="OPERATOR_SCHEME", text="the id is not in normal form")
    registry.apply(STREAM, LATER_HEAD, listed, unusable={listed.id: mark})
    desk = a_desk(registry)
    desk.refresh()
    assert desk.answer(QUESTION, now=NOW).reason is AnswerReason.OPERATOR_UNUSABLE


def test_unusable_twin_takes_the_usable_one_along(registry: RegistryInMemory) -> None:
    twin = operator(id="xa 1234567890")
    mark = Reason(code="OPERATOR_TWIN", text="two ids with one normal form")
    registry.apply(STREAM, LATER_HEAD, OPERATOR, twin, unusable={twin.id: mark})
    desk = a_desk(registry)
    desk.refresh()
    assert desk.answer(QUESTION, now=NOW).reason is AnswerReason.OPERATOR_UNUSABLE


def test_profile_change_decides_after_the_next_refresh(registry: RegistryInMemory) -> None:
    profiles = ProfilesInMemory((profile(AGREEMENT), START))
    desk = LookupDesk(registry, registry, profiles, {})
    desk.refresh()
    profiles.put(profile(agreement(state=Lifecycle.SUSPENDED)), NOW)
    registry.moves += 1
    desk.refresh()
    assert desk.answer(QUESTION, now=NOW).reason is AnswerReason.AGREEMENT_SUSPENDED


def test_seq_3_the_old_epoch_answers_until_the_new_one_has_a_list(
    registry: RegistryInMemory,
) -> None:
    profiles = ProfilesInMemory((profile(AGREEMENT), START))
    desk = LookupDesk(registry, registry, profiles, {})
    desk.refresh()
    before = desk.answer(QUESTION, now=NOW)
    raised = replace(profile(AGREEMENT), receive_epoch=2)
    profiles.put(raised, NOW - timedelta(hours=1))
    registry.moves += 1
    desk.refresh()
    assert desk.answer(QUESTION, now=NOW).reference == before.reference
    at = NOW - timedelta(minutes=1)
    assert desk.answer_as_known(QUESTION, known_at=at, now=NOW).verdict is Verdict.GRANT
    registry.apply(raised.receives, head(sequence=1, issued_at=NOW, received_at=NOW), SUSPENDED)
    desk.refresh()
    after = desk.answer(QUESTION, now=NOW)
    assert (after.reason, after.freshness.sequence) == (AnswerReason.SUSPENDED, 1)
    assert desk.answer_as_known(QUESTION, known_at=at, now=NOW).verdict is Verdict.GRANT
    assert desk.answer_as_known(QUESTION, known_at=NOW, now=NOW) == after


def test_seq_3_the_old_epoch_grows_old_while_it_serves(registry: RegistryInMemory) -> None:
    raised = replace(profile(AGREEMENT), receive_epoch=2)
    desk = LookupDesk(registry, registry, ProfilesInMemory((raised, START)), {})
    desk.refresh()
    answer = desk.answer(QUESTION, now=NOW + 365 * DAY)
    assert answer.reason is AnswerReason.DATA_STALE


def test_home_block_stops_a_listed_operator(registry: RegistryInMemory) -> None:
    profiles = ProfilesInMemory((profile(AGREEMENT), START))
    desk = LookupDesk(registry, registry, profiles, {}, blocks=BlocksInMemory(block()))
    desk.refresh()
    assert desk.answer(QUESTION, now=NOW).reason is AnswerReason.LOCAL_BLOCK


def test_past_answer_comes_out_the_same_from_the_history(
    desk: LookupDesk, registry: RegistryInMemory
) -> None:
    before = desk.answer(QUESTION, now=NOW - timedelta(hours=1))
    registry.apply(STREAM, LATER_HEAD, SUSPENDED)
    desk.refresh()
    replayed = desk.answer_as_known(QUESTION, known_at=before.known_at, now=NOW)
    assert replayed == before
    assert desk.answer_as_known(QUESTION, known_at=NOW, now=NOW).reason is AnswerReason.SUSPENDED


def test_nothing_was_known_before_the_first_list(desk: LookupDesk) -> None:
    answer = desk.answer_as_known(QUESTION, known_at=HEAD.received_at - DAY, now=NOW)
    assert answer.reason is AnswerReason.DATA_MISSING


def test_nothing_was_agreed_before_the_first_profile(desk: LookupDesk) -> None:
    answer = desk.answer_as_known(QUESTION, known_at=START - DAY, now=NOW)
    assert answer.reason is AnswerReason.NO_AGREEMENT


def test_past_cross_walk_holds_only_if_the_identifier_was_there_then(
    registry: RegistryInMemory,
) -> None:
    registry.apply(STREAM, LATER_HEAD, identified("USCC", "91310000"))
    desk = a_desk(registry)
    desk.refresh()
    question = Question(code="91310000")
    then = desk.answer_as_known(question, known_at=NOW - timedelta(hours=1), now=NOW)
    assert then.verdict is Verdict.NO_GRANT
    assert desk.answer_as_known(question, known_at=NOW, now=NOW).match is MatchKind.CROSS_WALK


def test_history_answers_also_before_the_index_is_loaded(registry: RegistryInMemory) -> None:
    answer = a_desk(registry).answer_as_known(QUESTION, known_at=NOW, now=NOW)
    assert answer.verdict is Verdict.GRANT
    other = Question(code="91310000")
    answer = a_desk(registry).answer_as_known(other, known_at=NOW, now=NOW)
    assert answer.reason is AnswerReason.CODE_MALFORMED


@pytest.mark.parametrize(
    "known_at",
    [
        pytest.param(NOW + timedelta(seconds=1), id="the future is not known"),
        pytest.param(NOW.replace(tzinfo=None), id="a time without offset is refused"),
    ],
)
def test_moment_of_knowledge_must_make_sense(desk: LookupDesk, known_at: object) -> None:
    with pytest.raises(InvalidRequestError):
        desk.answer_as_known(QUESTION, known_at=known_at, now=NOW)  # type: ignore[arg-type] # a case


def test_empty_list_is_loaded_and_lists_nobody() -> None:
    registry = RegistryInMemory()
    registry.apply(STREAM, HEAD)
    desk = a_desk(registry)
    desk.refresh()
    assert desk.answer(QUESTION, now=NOW).reason is AnswerReason.NOT_LISTED


def test_streams_that_no_profile_names_are_not_read(registry: RegistryInMemory) -> None:
    stranger = Stream(issuer="XZ", recipient="XH", agreement="XH-XZ", test=False, epoch=1)
    registry.apply(stranger, HEAD, OPERATOR)
    registry.reads.clear()
    a_desk(registry).refresh()
    assert registry.reads == [STREAM]


def test_lookups_in_other_threads_never_see_a_mixture(registry: RegistryInMemory) -> None:
    codes = [f"XA{number:010d}" for number in range(1, 21)]
    active = [operator(id=code) for code in codes]
    suspended = [
        operator(authorisation(StatusCode.SUSPENDED, since=START), id=code) for code in codes
    ]
    desk = a_desk(registry)
    questions = [Question(code=code) for code in codes]
    mixtures: list[set[tuple[AnswerReason, int | None]]] = []
    registry.apply(STREAM, head(sequence=50, received_at=NOW), *active)
    desk.refresh()
    done = Event()

    def look() -> None:
        while not done.is_set():
            answers = desk.answer_batch(questions, now=NOW)
            seen = {(one.reason, one.freshness.sequence) for one in answers}
            if len(seen) > 1:
                mixtures.append(seen)

    readers = [Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for sequence in range(51, 91):
        listed = suspended if sequence % 2 else active
        registry.apply(STREAM, head(sequence=sequence, received_at=NOW), *listed)
        desk.refresh()
    done.set()
    for reader in readers:
        reader.join()
    assert mixtures == []


def test_first_list_that_never_stands_still_leaves_the_desk_not_ready(
    registry: RegistryInMemory,
) -> None:
    desk = a_desk(registry)
    registry.meanwhile = lambda: registry.apply(
        STREAM, head(sequence=registry.moves + 100), OPERATOR
    )
    desk.refresh()
    assert not desk.ready
    registry.meanwhile = None
    desk.refresh()
    assert desk.answer(QUESTION, now=NOW).verdict is Verdict.GRANT


def test_index_knows_its_size(registry: RegistryInMemory) -> None:
    index = read_index(registry, STREAM)
    assert index is not None
    assert len(index) == 1


def test_damaged_data_of_one_partner_leaves_it_undetermined_and_all_others_answer(
    registry: RegistryInMemory,
) -> None:
    scheme = replace(RULES.schemes[0], pattern="^XB[0-9]{10}$")
    other = replace(OTHER, rules=(replace(RULES, schemes=(scheme,)),))
    desk = a_desk(registry, AGREEMENT, other)
    stream = profile(other).receives
    listed = operator(id="XB1234567890")
    registry.apply(stream, head(sequence=1), listed)
    registry.damage(stream, listed.id)
    desk.refresh()
    assert desk.ready
    assert list(desk.unreadable) == [stream.agreement]
    assert desk.answer(QUESTION, now=NOW).verdict is Verdict.GRANT
    about_damaged = replace(QUESTION, code=listed.id)
    answer = desk.answer(about_damaged, now=NOW)
    assert (answer.verdict, answer.reason) == (Verdict.UNDETERMINED, AnswerReason.DATA_MISSING)
    registry.apply(stream, head(sequence=2), listed)
    desk.refresh()
    assert not desk.unreadable
    assert desk.answer(about_damaged, now=NOW).verdict is Verdict.GRANT
