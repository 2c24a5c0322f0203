"""Reports about single home operators: judged as strictly as a file, each taken once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    SchemaViolationError,
)
from gateway.domain.lists import Action
from gateway.domain.operators import Operator, Status, StatusCode
from gateway.domain.profiles import FeedKind
from gateway.ports.home_programme import ReportOutcome
from gateway.services.home_desk import HomeDesk, StatusReport, Terms
from tests.fakes.following_partner import FollowingPartner
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import make_operator

PLAIN = Terms()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, FeedKind.GRPC)
    yield made
    made.close()


@pytest.fixture
def desk(home: Home) -> HomeDesk:
    return HomeDesk(home.store.home_programme, territory=("XA",))


@pytest.fixture
def trader(home: Home) -> Operator:
    return make_operator("XA000001", on=home.clock.now).operator


def suspension(home: Home, trader: Operator, **changes: object) -> StatusReport:
    report = StatusReport(
        operator_id=trader.id,
        authorisation_id=trader.authorisations[0].id,
        status=Status(code=StatusCode.SUSPENDED, effective_at=home.clock.now),
    )
    return replace(report, **changes)


def test_an_operator_is_reported_and_read_back(desk: HomeDesk, trader: Operator) -> None:
    reported = desk.report(trader, ["XB", "XC"], PLAIN, OFFICER)
    assert reported.outcome is ReportOutcome.ADDED
    found = desk.get(trader.id)
    assert found.listed.operator == trader
    assert found.consents == {"XB", "XC"}
    assert found.etag == reported.etag
    other = desk.report(trader, ["XB"], PLAIN, OFFICER)
    assert other.outcome is ReportOutcome.CHANGED
    assert other.etag != reported.etag


def test_pub_1_an_id_of_another_territory_or_form_is_refused(
    desk: HomeDesk, trader: Operator
) -> None:
    for strange in ("XB000001", "xa000001", "XA-000001"):
        with pytest.raises(InvalidRequestError) as refused:
            desk.report(replace(trader, id=strange), ["*"], PLAIN, OFFICER)
        assert refused.value.context["field"] == "operator.id"


def test_pub_1_dates_that_contradict_each_other_are_refused(
    desk: HomeDesk, trader: Operator
) -> None:
    held = trader.authorisations[0]
    for changes in (
        {"expires_at": held.effective_at},
        {"accepted_at": held.effective_at + timedelta(days=1)},
    ):
        bad = replace(trader, authorisations=(replace(held, **changes),))
        with pytest.raises(InvalidRequestError, match=held.id):
            desk.report(bad, ["*"], PLAIN, OFFICER)


def test_pub_1_an_authorisation_stands_once(desk: HomeDesk, trader: Operator) -> None:
    held = trader.authorisations[0]
    twice = replace(trader, authorisations=(held, replace(held, issuing_office="XA99")))
    with pytest.raises(InvalidRequestError, match="twice"):
        desk.report(twice, ["*"], PLAIN, OFFICER)


@pytest.mark.parametrize("consents", [["xb"], ["XB XC"], [""], ["XBC"]])
def test_pub_1_a_consent_is_an_administration_or_all(
    desk: HomeDesk, trader: Operator, consents: list[str]
) -> None:
    with pytest.raises(InvalidRequestError, match="consents"):
        desk.report(trader, consents, PLAIN, OFFICER)


def test_pub_1_rules_of_every_list_hold_too(desk: HomeDesk, trader: Operator) -> None:
    with pytest.raises(SchemaViolationError):
        desk.report(replace(trader, names=()), ["*"], PLAIN, OFFICER)


def test_pub_1_an_update_that_was_made_meanwhile_is_not_lost(
    desk: HomeDesk, trader: Operator
) -> None:
    first = desk.report(trader, ["*"], PLAIN, OFFICER)
    desk.report(trader, ["XB"], PLAIN, OFFICER)
    stale = Terms(etag=first.etag)
    with pytest.raises(ConflictError):
        desk.report(trader, [], stale, OFFICER)
    with pytest.raises(ConflictError):
        desk.remove(trader.id, "for the test", stale, OFFICER)
    assert desk.get(trader.id).consents == {"XB"}
    current = Terms(etag=desk.get(trader.id).etag)
    assert desk.report(trader, [], current, OFFICER).outcome is ReportOutcome.CHANGED


def test_a_status_is_reported_for_one_authorisation(
    home: Home, desk: HomeDesk, trader: Operator
) -> None:
    other = replace(trader.authorisations[0], id="other")
    desk.report(
        replace(trader, authorisations=(*trader.authorisations, other)), ["*"], PLAIN, OFFICER
    )
    reported = desk.report_status(suspension(home, trader), PLAIN, OFFICER)
    assert reported.outcome is ReportOutcome.CHANGED
    held = {
        each.id: each.status.code for each in desk.get(trader.id).listed.operator.authorisations
    }
    assert held == {trader.authorisations[0].id: StatusCode.SUSPENDED, "other": StatusCode.ACTIVE}
    again = desk.report_status(suspension(home, trader), PLAIN, OFFICER)
    assert again.outcome is ReportOutcome.UNCHANGED


def test_a_status_needs_an_operator_and_exactly_one_authorisation(
    home: Home, desk: HomeDesk, trader: Operator
) -> None:
    with pytest.raises(NotFoundError):
        desk.report_status(suspension(home, trader), PLAIN, OFFICER)
    held = trader.authorisations[0]
    both = replace(trader, authorisations=(held, replace(held, category="AEOC")))
    desk.report(both, ["*"], PLAIN, OFFICER)
    with pytest.raises(NotFoundError, match=held.id):
        desk.report_status(suspension(home, trader, authorisation_id="none"), PLAIN, OFFICER)
    with pytest.raises(InvalidRequestError, match="AEOC"):
        desk.report_status(suspension(home, trader), PLAIN, OFFICER)
    desk.report_status(suspension(home, trader, category="AEOC"), PLAIN, OFFICER)
    codes = {
        each.category: each.status.code
        for each in desk.get(trader.id).listed.operator.authorisations
    }
    assert codes == {"AEOS": StatusCode.ACTIVE, "AEOC": StatusCode.SUSPENDED}


def test_an_operator_is_removed_with_a_reason(desk: HomeDesk, trader: Operator) -> None:
    desk.report(trader, ["*"], PLAIN, OFFICER)
    with pytest.raises(InvalidRequestError, match="reason"):
        desk.remove(trader.id, " ", PLAIN, OFFICER)
    assert desk.remove(trader.id, "moved away", PLAIN, OFFICER).outcome is ReportOutcome.REMOVED
    with pytest.raises(NotFoundError):
        desk.get(trader.id)


def test_a_repeated_request_is_answered_the_same(
    home: Home, desk: HomeDesk, trader: Operator
) -> None:
    terms = Terms(request_id="6f1b7d3e-0000-4000-8000-000000000001")
    first = desk.report(trader, ["*"], terms, OFFICER)
    desk.report_status(suspension(home, trader), PLAIN, OFFICER)
    assert desk.report(trader, ["*"], terms, OFFICER) == first
    assert desk.get(trader.id).listed.operator != trader
    with pytest.raises(InvalidRequestError, match="another report"):
        desk.report(trader, ["XB"], terms, OFFICER)
    with pytest.raises(InvalidRequestError, match="another report"):
        desk.remove(trader.id, "for the test", terms, OFFICER)


def test_a_request_id_has_a_form(desk: HomeDesk, trader: Operator) -> None:
    for strange in ("a b", "ä", "x" * 65, ""):
        with pytest.raises(InvalidRequestError, match="request_id"):
            desk.report(trader, ["*"], Terms(request_id=strange), OFFICER)


def test_what_is_only_validated_is_not_stored(home: Home, desk: HomeDesk, trader: Operator) -> None:
    terms = Terms(validate_only=True, request_id="r-1")
    assert desk.report(trader, ["*"], terms, OFFICER).outcome is ReportOutcome.ADDED
    assert home.store.audit.verify() == 1  # the profile
    assert desk.page("", 0) == ([], "")
    desk.report(trader, ["*"], PLAIN, OFFICER)
    assert desk.remove(trader.id, "x", terms, OFFICER).outcome is ReportOutcome.REMOVED
    assert desk.get(trader.id).listed.operator == trader


def test_operators_are_listed_page_by_page(home: Home, desk: HomeDesk) -> None:
    ids = [f"XA{number:06d}" for number in range(5)]
    for each in ids:
        desk.report(make_operator(each, on=home.clock.now).operator, ["*"], PLAIN, OFFICER)
    token, seen = "", []
    for size in (2, 2, 1):
        found, token = desk.page(token, 2)
        assert len(found) == size
        seen += [each.listed.operator.id for each in found]
    assert (seen, token) == (ids, "")
    assert len(desk.page("", 0)[0]) == 5
    with pytest.raises(InvalidRequestError):
        desk.page("", -1)


def test_pub_5_a_reported_suspension_is_issued_as_one_change(
    home: Home, desk: HomeDesk, trader: Operator
) -> None:
    desk.report(trader, ["*"], PLAIN, OFFICER)
    home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    desk.report_status(suspension(home, trader), PLAIN, OFFICER)
    assert home.publisher.is_due(home.profile, home.clock.now)
    header = home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    assert header is not None
    (change,) = FollowingPartner(home).read(header.sequence).changes
    assert (change.action, change.operator_id) == (Action.CHANGE, trader.id)


def test_reports_are_audited_with_actor_and_reason(
    home: Home, desk: HomeDesk, trader: Operator
) -> None:
    desk.report(trader, ["*"], Terms(request_id="r-1"), OFFICER)
    desk.remove(trader.id, "moved away", PLAIN, OFFICER)
    added, removed = list(home.store.audit.events())[-2:]
    assert (added.action, added.subject, added.actor) == ("home.reported", trader.id, OFFICER)
    assert added.facts == {"outcome": "added", "request": "r-1"}
    assert removed.facts == {"outcome": "removed", "reason": "moved away"}
