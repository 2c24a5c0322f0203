"""What every implementation of `ports.audit.Audit` does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from gateway.domain.errors import StoreError
from gateway.domain.parties import Actor, Role
from gateway.store.engines import Store
from tests.contract.synthetic_lists import GATEWAY, NOW

OFFICER = Actor(name="officer one", role=Role.OFFICER, key="ab" * 32)
TAMPERINGS = {
    "an action was changed": "UPDATE audit_events SET action = 'x' WHERE number = 3",
    "an actor was changed": "UPDATE audit_events SET actor = 'x' WHERE number = 3",
    "a key was changed": "UPDATE audit_events SET actor_key = 'x' WHERE number = 3",
    "a key was taken away": "UPDATE audit_events SET actor_key = NULL WHERE number = 3",
    "a role was changed": "UPDATE audit_events SET role = 'observer' WHERE number = 3",
    "a subject was changed": "UPDATE audit_events SET subject = 'x' WHERE number = 3",
    "a fact was changed": 'UPDATE audit_events SET facts = \'{"sequence":"9"}\' WHERE number = 3',
    "a time was changed": "UPDATE audit_events SET at = at + 1 WHERE number = 3",
    "a digest was changed": "UPDATE audit_events SET digest = previous WHERE number = 3",
    "an event was removed": "DELETE FROM audit_events WHERE number = 3",
    "the last events were removed": "DELETE FROM audit_events WHERE number >= 3",
    "the end was cut off, its row too": (
        "DELETE FROM audit_events WHERE number >= 3; UPDATE audit_head SET number = 2"
    ),
    "an event was put in between": (
        "UPDATE audit_events SET number = number + 1 WHERE number = 5;"
        "UPDATE audit_events SET number = number + 1 WHERE number = 4;"
        "UPDATE audit_events SET number = number + 1 WHERE number = 3;"
        "INSERT INTO audit_events SELECT 3, at, actor, role, action, subject, facts, previous,"
        " digest, actor_key FROM audit_events WHERE number = 2"
    ),
}


class AuditSuite:
    @pytest.fixture
    def written(self, store: Store) -> Store:
        for number in range(1, 6):
            store.audit.record("list.refused", "XA-XB", {"sequence": str(number)}, OFFICER, NOW)
        return store

    def test_an_empty_trail_is_whole(self, store: Store) -> None:
        assert store.audit.verify() == 0
        assert list(store.audit.events()) == []

    def test_events_come_in_order_with_all_that_was_recorded(self, written: Store) -> None:
        events = list(written.audit.events())
        assert [one.number for one in events] == [1, 2, 3, 4, 5]
        assert [one.facts["sequence"] for one in events] == ["1", "2", "3", "4", "5"]
        assert {one.actor for one in events} == {OFFICER}
        assert {one.at for one in events} == {NOW}
        assert [one.previous for one in events[1:]] == [one.digest for one in events[:-1]]
        assert [one.number for one in written.audit.events(after=3)] == [4, 5]

    def test_who_was_proven_and_who_only_named_stays_known(self, store: Store) -> None:
        named = Actor(name="officer one", role=Role.OFFICER)
        store.audit.record("x", "y", {}, OFFICER, NOW)
        store.audit.record("x", "y", {}, named, NOW)
        assert [one.actor for one in store.audit.events()] == [OFFICER, named]
        assert store.audit.verify() == 2

    def test_a_whole_trail_is_verified(self, written: Store) -> None:
        assert written.audit.verify() == 5

    def test_fractions_of_a_second_do_not_break_the_chain(self, store: Store) -> None:
        store.audit.record("x", "y", {}, GATEWAY, NOW + timedelta(microseconds=999_999))
        assert store.audit.verify() == 1

    def test_text_in_any_script_does_not_break_the_chain(self, store: Store) -> None:
        store.audit.record(
            "x", "海关 «Таможня»", {"ключ": '値 \u0301\U0001f4e6 \\ "'}, GATEWAY, NOW
        )
        assert store.audit.verify() == 1

    @pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS)
    def test_a_broken_trail_names_the_event(self, written: Store, tampering: str) -> None:
        with written._database.write() as connection:
            for statement in tampering.split(";"):
                connection.execute(text(statement))
        with pytest.raises(StoreError, match="broken at event 3"):
            written.audit.verify()

    def test_numbers_have_no_gap_when_many_write_at_once(self, store: Store) -> None:
        barrier = Barrier(6)

        def record(number: int) -> None:
            barrier.wait()
            for turn in range(5):
                store.audit.record("x", f"{number}.{turn}", {}, GATEWAY, NOW)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(record, range(6)))
        assert store.audit.verify() == 30
        assert [one.number for one in store.audit.events()] == list(range(1, 31))
