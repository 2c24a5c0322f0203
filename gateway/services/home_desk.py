"""Changes of the home programme one by one, judged as strictly as a file (PUB-1)."""

import re
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Final

from msgspec import Struct, json
from msgspec.structs import replace

from gateway.domain.canonical import list_operator
from gateway.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from gateway.domain.operators import Authorisation, Operator, Status
from gateway.domain.parties import Actor
from gateway.ports.home_programme import HomeOperator, HomeProgramme, HomeRequest, Reported, Revise
from gateway.services.home_rules import date_problems, id_problems, is_same_authorisation
from gateway.services.operator_cells import CellError, read_consents

LARGEST_PAGE: Final = 1000
_REQUEST_ID: Final = re.compile("[A-Za-z0-9-]{1,64}")
_LONGEST_REASON: Final = 512


class Terms(Struct, frozen=True, kw_only=True):
    """How a report is to be taken."""

    request_id: str | None = None
    """A report with an id that was answered before is answered the same (AIP-155)."""
    etag: str | None = None
    """The operator must stand so (AIP-154)."""
    validate_only: bool = False
    """Judge and answer; store nothing (AIP-163)."""


class StatusReport(Struct, frozen=True, kw_only=True):
    """The status that one authorisation has from now on."""

    operator_id: str
    authorisation_id: str
    category: str | None = None
    """Where several authorisations of the operator have that id."""
    status: Status


class HomeDesk:
    """Takes reports of the home programme's system, and of officers at the command line."""

    def __init__(self, programme: HomeProgramme, *, territory: tuple[str, ...]) -> None:
        self._programme = programme
        self._territory = territory

    def report(
        self, operator: Operator, consents: Collection[str], terms: Terms, actor: Actor
    ) -> Reported:
        """Make an operator what the report says, whether it is new or known.

        Raises:
            InvalidRequestError: A rule of home's own operators is broken; the field is named.
            SchemaViolationError: A rule of every list is broken; the field is named.
            ConflictError: The operator does not stand as the etag says.
            DatabaseUnavailableError: Nothing was written.
        """
        home = HomeOperator(listed=list_operator(operator), consents=_read_consents(consents))
        self._check(home.listed.operator)
        asked = ["report", home.etag]
        return self._change(operator.id, lambda _: home, asked, terms, actor, {})

    def report_status(self, report: StatusReport, terms: Terms, actor: Actor) -> Reported:
        """Set the status of one authorisation.

        Raises:
            NotFoundError: No such operator or authorisation.
            InvalidRequestError: Several authorisations are meant, or a rule is broken.
            SchemaViolationError: A rule of every list is broken; the field is named.
            ConflictError: The operator does not stand as the etag says.
            DatabaseUnavailableError: Nothing was written.
        """

        def revise(before: HomeOperator | None) -> HomeOperator:
            if before is None:
                raise _unknown(report.operator_id)
            operator = before.listed.operator
            held = _the_one(operator, report)
            authorisations = tuple(
                replace(each, status=report.status) if each is held else each
                for each in operator.authorisations
            )
            listed = list_operator(replace(operator, authorisations=authorisations))
            return replace(before, listed=listed)

        asked = ["status", json.encode(report).decode()]
        facts = {"authorisation": report.authorisation_id, "status": report.status.code.value}
        if report.status.change_reason:
            facts["reason"] = report.status.change_reason
        return self._change(report.operator_id, revise, asked, terms, actor, facts)

    def remove(self, operator_id: str, reason: str, terms: Terms, actor: Actor) -> Reported:
        """Take an operator out of the programme; one that is not there changes nothing.

        Raises:
            InvalidRequestError: The reason is missing.
            ConflictError: The operator does not stand as the etag says.
            DatabaseUnavailableError: Nothing was written.
        """
        if not 0 < len(reason.strip()) <= _LONGEST_REASON:
            raise _invalid("reason", f"must have 1 to {_LONGEST_REASON} characters")
        asked = ["remove", reason]
        return self._change(operator_id, lambda _: None, asked, terms, actor, {"reason": reason})

    def get(self, operator_id: str) -> HomeOperator:
        """Return one operator.

        Raises:
            NotFoundError: There is none with exactly this id.
            DatabaseUnavailableError: The programme could not be read.
        """
        found = self._programme.find(operator_id)
        if found is None:
            raise _unknown(operator_id)
        return found

    def page(self, after: str, size: int) -> tuple[list[HomeOperator], str]:
        """Return the next operators in byte order of id, and after which one the next page begins.

        Args:
            after: An id that a page ended with; empty: the first page.
            size: How many at most; 0 asks for as many as one page has.

        Returns:
            The operators, and the last of their ids; empty if nothing comes after it.

        Raises:
            InvalidRequestError: The size is below 0.
            DatabaseUnavailableError: The programme could not be read.
        """
        if size < 0:
            raise _invalid("page_size", "is below 0")
        size = min(size or LARGEST_PAGE, LARGEST_PAGE)
        found = self._programme.page(after, size + 1)
        shown = found[:size]
        return shown, shown[-1].listed.operator.id if len(found) > size else ""

    def _change(  # noqa: PLR0917 - the parts of one report, all of them needed
        self,
        operator_id: str,
        revise: Revise,
        asked: list[str],
        terms: Terms,
        actor: Actor,
        facts: Mapping[str, str],
    ) -> Reported:
        request = _request(terms, [*asked, operator_id, terms.etag or ""])
        if not operator_id:
            raise _invalid("operator_id", "is missing")

        def judged(before: HomeOperator | None) -> HomeOperator | None:
            # PUB-1: an update that was made meanwhile is not lost
            if terms.etag is not None and (before is None or before.etag != terms.etag):
                message = f"operator {operator_id} does not stand as the etag says"
                raise ConflictError(message, context={"field": "etag"})
            return revise(before)

        if terms.validate_only:
            before = self._programme.find(operator_id)
            return Reported.of(operator_id, before, judged(before))
        return self._programme.report(operator_id, judged, actor, request=request, facts=facts)

    def _check(self, operator: Operator) -> None:
        for problem in id_problems(operator.id, self._territory):
            raise _invalid("operator.id", problem)
        for held in operator.authorisations:
            dates = date_problems(held.accepted_at, held.effective_at, held.expires_at)
            for column, problem in dates:
                raise _invalid(f"operator.authorisations.{column}", f"of {held.id}: {problem}")
            same = [each for each in operator.authorisations if is_same_authorisation(each, held)]
            # PUB-1: as in a file, an authorisation stands once
            if len(same) > 1:
                raise _invalid("operator.authorisations", f"{held.id} stands twice")


def _the_one(operator: Operator, report: StatusReport) -> Authorisation:
    found = [
        each
        for each in operator.authorisations
        if each.id == report.authorisation_id and report.category in {None, each.category}
    ]
    if not found:
        known = ", ".join(each.id for each in operator.authorisations)
        wanted = report.authorisation_id
        raise NotFoundError(
            f"operator {operator.id} has no authorisation {wanted}; it has {known}",
            context={"field": "authorisation_id"},
        )
    if len(found) > 1:
        categories = ", ".join(each.category for each in found)
        raise _invalid("category", f"is needed: {report.authorisation_id} is of {categories}")
    return found[0]


def _read_consents(consents: Collection[str]) -> frozenset[str]:
    if any(" " in each or not each for each in consents):
        raise _invalid("consents", "has an empty code, or one with a space")
    try:
        return read_consents(" ".join(sorted(set(consents))))
    except CellError as error:
        raise _invalid("consents", error.reason) from error


def _request(terms: Terms, asked: list[str]) -> HomeRequest | None:
    if terms.request_id is None:
        return None
    if not _REQUEST_ID.fullmatch(terms.request_id):
        raise _invalid("request_id", "is not 1 to 64 of A-Z a-z 0-9 -")
    return HomeRequest(id=terms.request_id, digest=sha256(json.encode(asked)).hexdigest())


def _invalid(field: str, what: str) -> InvalidRequestError:
    return InvalidRequestError(f"{field} {what}", context={"field": field})


def _unknown(operator_id: str) -> NotFoundError:
    return NotFoundError(
        f"operator {operator_id} is not in the home programme", context={"operator": operator_id}
    )
