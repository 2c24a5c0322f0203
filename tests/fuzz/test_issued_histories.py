"""Random histories of the home programme: what is issued folds to what was previewed, always."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.acknowledgements import Outcome
from gateway.domain.operators import StatusCode
from gateway.domain.profiles import FeedKind
from gateway.domain.publishing import Wish
from gateway.ports.home_programme import HomeOperator
from tests.fakes.following_partner import FollowingPartner
from tests.fakes.home import OFFICER, Home
from tests.fakes.mutations import fuzzed
from tests.fakes.partner_simulator import make_operator

NUMBERS = st.integers(1, 12)
CONSENTS = st.sampled_from([frozenset({"*"}), frozenset({"XB"}), frozenset({"XC"}), frozenset()])
OPERATORS = st.tuples(NUMBERS, st.sampled_from(StatusCode), CONSENTS)
STEPS = st.one_of(
    st.tuples(st.just("report"), OPERATORS),
    st.tuples(st.just("remove"), NUMBERS),
    st.tuples(st.just("import"), st.lists(OPERATORS, max_size=12, unique_by=lambda one: one[0])),
    st.tuples(st.just("publish"), st.sampled_from(Wish)),
    st.tuples(st.just("wait"), st.integers(1, 20)),
    st.tuples(st.just("answer"), st.sampled_from(Outcome)),
)


class History:
    """One home and one partner that follows it, step by step."""

    def __init__(self, folder: Path, kind: FeedKind) -> None:
        self.home = Home(folder, kind)
        self.partner = FollowingPartner(self.home)
        self.revision = 0

    def step(self, what: str, value: object) -> None:
        getattr(self, f"_{what}")(value)
        self.home.advance(timedelta(seconds=1))

    def publish(self, wish: Wish) -> None:
        home, now = self.home, self.home.clock.now
        preview = home.publisher.preview(home.profile, now=now, wish=wish)
        is_due = home.publisher.is_due(home.profile, now)
        header = home.publisher.publish(home.profile, actor=OFFICER, now=now, wish=wish)
        assert header == preview.header
        assert header is None or is_due or wish is not Wish.NOTHING
        self.partner.take_all()
        assert self.partner.operators == {
            each.operator.id: each.operator for each in preview.operators
        }
        assert self.partner.root() == preview.state_root

    def _publish(self, wish: Wish) -> None:
        self.publish(wish)

    def _report(self, value: tuple[int, StatusCode, frozenset[str]]) -> None:
        home = made(*value)
        self.home.store.home_programme.report(
            home.listed.operator.id, lambda _: home, OFFICER, facts={}
        )

    def _remove(self, number: int) -> None:
        self.home.store.home_programme.report(f"XA{number:06d}", lambda _: None, OFFICER, facts={})

    def _import(self, operators: list[tuple[int, StatusCode, frozenset[str]]]) -> None:
        self.home.store.home_programme.replace([made(*each) for each in operators], OFFICER)

    def _wait(self, hours: int) -> None:
        self.home.advance(timedelta(hours=hours))

    def _answer(self, outcome: Outcome) -> None:
        self.revision += 1
        if self.partner.taken:
            self.partner.acknowledge(outcome, "GAP", revision=self.revision)


def made(number: int, code: StatusCode, consents: frozenset[str]) -> HomeOperator:
    on = datetime(2026, 3, 1, tzinfo=UTC)
    return HomeOperator(
        listed=make_operator(f"XA{number:06d}", on=on, code=code), consents=consents
    )


@pytest.mark.parametrize("kind", FeedKind)
@fuzzed(15)
@given(steps=st.lists(STEPS, min_size=3, max_size=25))
def test_pub_2_seq_2_issued_lists_fold_to_what_was_previewed(
    kind: FeedKind, steps: list[tuple[str, object]]
) -> None:
    with TemporaryDirectory() as folder:
        history = History(Path(folder), kind)
        try:
            for what, value in steps:
                history.step(what, value)
            history.publish(Wish.LIST)
        finally:
            history.home.close()
