"""What every implementation of `ports.home_programme` does."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.domain.errors import ConflictError, InvalidRequestError, MassChangeError
from gateway.domain.operators import StatusCode
from gateway.ports.home_programme import (
    HomeOperator,
    HomeRequest,
    ImportCounts,
    MassChange,
    Reported,
    ReportOutcome,
)
from gateway.store.engines import Store
from tests.contract.synthetic_lists import GATEWAY, NOW, operator


def home(number: int, *consents: str, status: StatusCode = StatusCode.ACTIVE) -> HomeOperator:
    return HomeOperator(listed=operator(number, status=status), consents=frozenset(consents))


def report(
    store: Store, number: int, after: HomeOperator | None, request: HomeRequest | None = None
) -> Reported:
    return store.home_programme.report(
        operator(number).operator.id,
        lambda _: after,
        GATEWAY,
        request=request,
        facts={"reason": "for the test"},
    )


class HomeProgrammeSuite:
    def test_an_empty_programme_has_no_operators(self, store: Store) -> None:
        assert list(store.home_programme.operators()) == []

    def test_operators_come_back_whole_in_byte_order(self, store: Store) -> None:
        given = [home(3, "XB"), home(1, "*"), home(2), home(20, "XC", "XB")]
        counts = store.home_programme.replace(given, GATEWAY)
        assert counts == ImportCounts(added=4, changed=0, removed=0, unchanged=0)
        assert list(store.home_programme.operators()) == sorted(
            given, key=lambda one: one.listed.operator.id.encode()
        )

    def test_an_import_makes_its_operators_the_whole_programme(self, store: Store) -> None:
        store.home_programme.replace([home(1), home(2), home(3), home(4)], GATEWAY)
        new = [home(1), home(2, status=StatusCode.SUSPENDED), home(3, "XB"), home(5)]
        counts = store.home_programme.replace(new, GATEWAY)
        assert counts == ImportCounts(added=1, changed=2, removed=1, unchanged=1)
        assert list(store.home_programme.operators()) == new

    def test_the_same_import_again_changes_nothing(self, store: Store) -> None:
        given = [home(1, "XC", "XB"), home(2)]
        store.home_programme.replace(given, GATEWAY)
        counts = store.home_programme.replace(given, GATEWAY)
        assert counts == ImportCounts(added=0, changed=0, removed=0, unchanged=2)

    def test_a_preview_tells_what_an_import_would_change_and_writes_nothing(
        self, store: Store
    ) -> None:
        given = [home(1), home(2), home(3), home(4)]
        store.home_programme.replace(given, GATEWAY)
        new = [home(1), home(2, status=StatusCode.SUSPENDED), home(3, "XB"), home(5)]
        preview = store.home_programme.preview(new, 10)
        assert preview.counts == ImportCounts(added=1, changed=2, removed=1, unchanged=1)
        assert preview.added == (new[3],)
        assert preview.changed == ((given[1], new[1]), (given[2], new[2]))
        assert preview.removed == (given[3],)
        assert list(store.home_programme.operators()) == given
        assert store.home_programme.replace(new, GATEWAY) == preview.counts

    def test_a_preview_gives_as_many_examples_as_asked_for(self, store: Store) -> None:
        preview = store.home_programme.preview([home(n) for n in range(20)], 3)
        assert preview.counts.added == 20
        assert preview.added == (home(0), home(1), home(2))

    def test_one_operator_is_found_by_its_id(self, store: Store) -> None:
        store.home_programme.replace([home(1, "XB"), home(2)], GATEWAY)
        assert store.home_programme.find(operator(1).operator.id) == home(1, "XB")
        assert store.home_programme.find(operator(3).operator.id) is None

    def test_an_import_with_an_id_twice_leaves_nothing(self, store: Store) -> None:
        store.home_programme.replace([home(1)], GATEWAY)
        with pytest.raises(ConflictError):
            store.home_programme.replace([home(2), home(2)], GATEWAY)
        assert list(store.home_programme.operators()) == [home(1)]
        assert store.audit.verify() == 1

    def test_an_import_raises_the_version_if_it_changed_something(self, store: Store) -> None:
        before = store.registry.version()
        programme = [home(1), home(2)]
        store.home_programme.replace(programme, GATEWAY)
        changed = store.registry.version()
        assert changed > before
        store.home_programme.replace(programme, GATEWAY)
        assert store.registry.version() == changed

    def test_an_import_is_audited_with_its_counts(self, store: Store) -> None:
        store.home_programme.replace([home(1)], GATEWAY)
        (written,) = store.audit.events()
        assert written.action == "home.imported"
        assert written.facts["added"] == "1"
        assert written.at == NOW
        assert written.actor == GATEWAY

    def test_one_operator_is_reported_added_changed_and_removed(self, store: Store) -> None:
        suspended = home(1, status=StatusCode.SUSPENDED)
        for after, outcome in (
            (home(1), ReportOutcome.ADDED),
            (home(1), ReportOutcome.UNCHANGED),
            (suspended, ReportOutcome.CHANGED),
            (None, ReportOutcome.REMOVED),
            (None, ReportOutcome.UNCHANGED),
        ):
            version = store.home_programme.shown_version()
            reported = report(store, 1, after)
            assert reported.outcome is outcome
            assert reported.etag == (after.etag if after else None)
            assert list(store.home_programme.operators()) == ([after] if after else [])
            moved = store.home_programme.shown_version() > version
            assert moved == (outcome is not ReportOutcome.UNCHANGED)
        assert store.audit.verify() == 5

    def test_a_report_sees_the_operator_as_it_stands(self, store: Store) -> None:
        report(store, 1, home(1, "XB"))
        seen: list[HomeOperator | None] = []
        store.home_programme.report(operator(1).operator.id, seen.append, GATEWAY, facts={})
        assert seen == [home(1, "XB")]

    def test_a_repeated_request_changes_nothing_and_is_answered_the_same(
        self, store: Store
    ) -> None:
        request = HomeRequest(id="r-1", digest="aa" * 32)
        first = report(store, 1, home(1), request)
        report(store, 1, home(1, "XB"))
        assert report(store, 1, home(1), request) == first
        assert store.home_programme.find(operator(1).operator.id) == home(1, "XB")
        with pytest.raises(InvalidRequestError, match="r-1"):
            report(store, 1, None, HomeRequest(id="r-1", digest="bb" * 32))

    def test_changes_are_numbered_and_found_by_their_number(self, store: Store) -> None:
        programme = store.home_programme
        programme.replace([home(1), home(2), home(3)], GATEWAY)
        since = programme.change()
        programme.replace([home(1), home(2, "XB"), home(4)], GATEWAY)
        moved = programme.changes_since(since, 100)
        assert moved is not None
        assert moved.change == programme.change() > since
        ids = [operator(number).operator.id for number in range(5)]
        assert moved.operators == {ids[2]: home(2, "XB"), ids[3]: None, ids[4]: home(4)}
        after = programme.change()
        report(store, 3, home(3))
        report(store, 4, None)
        moved = programme.changes_since(after, 100)
        assert moved is not None
        assert moved.operators == {ids[3]: home(3), ids[4]: None}
        assert programme.changes_since(after, 1) is None
        nothing = programme.changes_since(programme.change(), 0)
        assert nothing is not None
        assert nothing.operators == {}

    def test_changes_of_several_writers_get_numbers_of_their_own(self, store: Store) -> None:
        before = store.home_programme.change()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: report(store, number, home(number)), range(12)))
        assert store.home_programme.change() == before + 12
        moved = store.home_programme.changes_since(before, 100)
        assert moved is not None
        assert len(moved.operators) == 12

    def test_operators_are_read_page_by_page(self, store: Store) -> None:
        store.home_programme.replace([home(number) for number in range(5)], GATEWAY)
        first = store.home_programme.page("", 3)
        assert first == [home(0), home(1), home(2)]
        assert store.home_programme.page(first[-1].listed.operator.id, 3) == [home(3), home(4)]

    @pytest.mark.parametrize("how", ["removed", "deactivated"])
    def test_a_mass_change_that_is_not_confirmed_leaves_everything(
        self, store: Store, how: str
    ) -> None:
        before = [home(number) for number in range(100)]
        store.home_programme.replace(before, GATEWAY)
        lost = [] if how == "removed" else [home(n, status=StatusCode.REVOKED) for n in range(20)]
        after = [*lost, *before[20:]]
        preview = store.home_programme.preview(after, 3)
        assert (preview.lost, preview.needs_confirmation) == (20, True)
        with pytest.raises(MassChangeError, match="20 of 100"):
            store.home_programme.replace(after, GATEWAY, MassChange())
        assert list(store.home_programme.operators()) == before
        # One fewer is none yet.
        store.home_programme.replace([before[0], *lost[1:], *before[20:]], GATEWAY, MassChange())
        store.home_programme.replace(after, GATEWAY)

    def test_what_was_not_active_is_not_lost(self, store: Store) -> None:
        before = [home(number, status=StatusCode.REVOKED) for number in range(30)]
        store.home_programme.replace(before, GATEWAY)
        store.home_programme.replace([home(99)], GATEWAY, MassChange())
        assert list(store.home_programme.operators()) == [home(99)]

    def test_pub_5_the_version_of_what_partners_see_moves_with_every_change(
        self, store: Store
    ) -> None:
        before = store.home_programme.shown_version()
        store.home_programme.replace([home(1)], GATEWAY)
        changed = store.home_programme.shown_version()
        assert changed > before
        store.home_programme.replace([home(1)], GATEWAY)
        assert store.home_programme.shown_version() == changed
        store.home_programme.replace([], GATEWAY)
        assert store.home_programme.shown_version() > changed
