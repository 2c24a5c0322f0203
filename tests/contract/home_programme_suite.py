"""What every implementation of `ports.publications.HomeProgramme` does."""

import pytest

from gateway.domain.errors import ConflictError
from gateway.domain.operators import StatusCode
from gateway.ports.publications import HomeOperator, ImportCounts
from gateway.store.engines import Store
from tests.contract.synthetic_lists import GATEWAY, NOW, operator


def home(number: int, *consents: str, status: StatusCode = StatusCode.ACTIVE) -> HomeOperator:
    return HomeOperator(listed=operator(number, status=status), consents=frozenset(consents))


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
