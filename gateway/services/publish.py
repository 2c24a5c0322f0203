"""Issuing lists: what each partner will see, FULL or DELTA, signed once and kept (section 8)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from gateway.domain.agreements import Lifecycle
from gateway.domain.canonical import list_digest
from gateway.domain.errors import InvalidRequestError, UnheardError
from gateway.domain.lists import Change, ListedOperator, ListHeader, ListKind, StatusList
from gateway.domain.parties import Actor
from gateway.domain.profiles import FeedKind, PartnerProfile
from gateway.domain.publishing import (
    SMALL_DELTA,
    Due,
    Footing,
    Full,
    Wish,
    find_due,
    find_full,
    is_large,
    rules_digest,
    runs_out,
)
from gateway.ports.feed import Feed
from gateway.ports.home_programme import ProgrammeChanges
from gateway.ports.issuing import Issuing, Publication
from gateway.services.next_list import Basis, make_transition, next_header
from gateway.services.partner_view import View, compare, follow, see_all
from gateway.services.sealing import sealer_for

EXCHANGING = frozenset(
    {Lifecycle.TESTING, Lifecycle.SHADOW, Lifecycle.IN_FORCE, Lifecycle.SUSPENDED}
)
"""States of an agreement in which lists travel."""


class Preview(Struct, frozen=True, kw_only=True):
    """What a partner would get now."""

    partner: str
    operators: Sequence[ListedOperator]
    withheld: int
    """Home operators that this partner does not see: not covered, or no consent."""
    header: ListHeader | None
    """Of the list that would be issued now; none: the last one still says everything."""
    due: Due | None
    changes: Sequence[Change]
    """What moved since the list issued last."""
    state_root: str
    newest: ListHeader | None
    """The list issued last."""
    unheard: bool
    """It would not be issued: the database was restored, the partner not heard since (PUB-6)."""

    @property
    def differs(self) -> bool:
        """Tell whether a new list would say anything new."""
        return self.newest is None or self.newest.state_root != self.state_root


class _Plan(Struct, frozen=True, kw_only=True):
    basis: Basis
    due: Due | None
    view: View = View(operators=(), withheld=0)
    """All that the partner sees, if everything was read: of a DELTA nobody needs it."""


class Publisher:
    """Issues lists from the home programme."""

    def __init__(
        self,
        *,
        programme: ProgrammeChanges,
        publications: Issuing,
        feeds: Mapping[FeedKind, Feed],
    ) -> None:
        self._programme = programme
        self._publications = publications
        self._feeds = feeds

    def preview(
        self, profile: PartnerProfile, *, now: datetime, wish: Wish = Wish.NOTHING
    ) -> Preview:
        """Show exactly what the partner will see, and the list that would tell it (PUB-2).

        Raises:
            DatabaseUnavailableError: The programme could not be read.
        """
        footing = self._publications.footing(profile.sends)
        plan = self._compare_all(profile, footing, wish, now)
        view, basis, due = plan.view, plan.basis, plan.due
        return Preview(
            partner=profile.partner,
            operators=view.operators,
            withheld=view.withheld,
            header=None if due is None else next_header(profile, basis, due, now),
            due=due,
            changes=basis.difference.changes,
            state_root=basis.difference.root,
            newest=footing.newest,
            unheard=not footing.may_issue(now),
        )

    def publish(
        self, profile: PartnerProfile, *, actor: Actor, now: datetime, wish: Wish = Wish.NOTHING
    ) -> ListHeader | None:
        """Issue a new list if something changed or the last one runs out soon (PUB-3).

        What it costs is what moved in the home programme, unless the list is FULL.

        Args:
            profile: The partner that the list is for.
            actor: Who issues it.
            now: The moment of issue.
            wish: What is issued even if nothing changed.

        Returns:
            The header of the new list, or none if the last one still says everything.

        Raises:
            InvalidRequestError: The agreement is in a state in which no lists travel.
            UnheardError: The database was restored, and the partner not heard since (PUB-6).
            ConflictError: Another process issued a list meanwhile.
            DatabaseUnavailableError: Nothing was issued.
        """
        _require_exchanging(profile)
        footing = self._publications.footing(profile.sends)
        _require_heard(footing, profile, now)
        plan = self._follow(profile, footing, wish, now)
        if plan is None:
            plan = self._compare_all(profile, footing, wish, now)
        if plan.due is None:
            self._advance(profile, plan.basis)
            return None
        return self._issue(profile, plan, plan.due, actor, now)

    def full(self, profile: PartnerProfile, *, actor: Actor, now: datetime) -> int:
        """Return the sequence of a FULL for a partner that asks for one (SEQ-1).

        It is a new list, unless the partner got one in this interval: then that one again.

        Raises:
            InvalidRequestError: The agreement is in a state in which no lists travel.
            UnheardError: The database was restored, and the partner not heard since (PUB-6).
            ConflictError: Another process issued a list meanwhile.
            DatabaseUnavailableError: Nothing was issued.
        """
        issued = self.publish(profile, actor=actor, now=now, wish=Wish.FULL_FOR_PARTNER)
        if issued is not None and issued.kind is ListKind.FULL:
            return issued.sequence
        state = self._publications.footing(profile.sends).state
        assert state is not None  # noqa: S101 - a stream without one begins with a FULL
        return state.full_sequence

    def is_due(self, profile: PartnerProfile, now: datetime) -> bool:
        """Tell, cheaply, whether `publish` has anything to look at; no if the partner is unheard.

        Raises:
            DatabaseUnavailableError: The publications could not be read.
        """
        footing = self._publications.footing(profile.sends)
        if footing.waits_for_partner:
            return False
        full, base = self._find_full(profile, footing, Wish.NOTHING, now), footing.base
        if base is None or (full is not None and full.at_once):
            return True
        # PUB-5: what changed at home is looked at at once
        if base.change != self._programme.change():
            return True
        # PUB-2: so is what the agreement discloses
        if base.rules != rules_digest(profile.agreement.disclosure):
            return True
        return runs_out(footing.newest, profile.agreement.period, now)

    def _follow(
        self, profile: PartnerProfile, footing: Footing, wish: Wish, now: datetime
    ) -> _Plan | None:
        """Plan a DELTA from what moved at home, or nothing if everything has to be read."""
        base, newest = footing.base, footing.newest
        if base is None or newest is None:
            return None
        full = self._find_full(profile, footing, wish, now)
        if full is not None and full.at_once:
            return None
        if base.rules != rules_digest(profile.agreement.disclosure):
            return None
        most = max(SMALL_DELTA, newest.quantity)
        moved = self._programme.changes_since(base.change, most)
        if moved is None:
            return None
        difference = follow(moved, profile, self._publications, quantity=newest.quantity)
        basis = Basis(footing=footing, change=moved.change, difference=difference)
        due = self._find_due(profile, basis, wish, now)
        is_full = due is not None and due.kind is ListKind.FULL
        return None if is_full else _Plan(basis=basis, due=due)

    def _compare_all(
        self, profile: PartnerProfile, footing: Footing, wish: Wish, now: datetime
    ) -> _Plan:
        # Before the operators: what moves meanwhile is looked at again next time.
        change = self._programme.change()
        view = see_all(self._programme, profile)
        difference = compare(view, self._publications.digests(profile.sends))
        basis = Basis(footing=footing, change=change, difference=difference)
        due = self._find_due(profile, basis, wish, now)
        return _Plan(basis=basis, due=due, view=view)

    def _find_full(
        self, profile: PartnerProfile, footing: Footing, wish: Wish, now: datetime
    ) -> Full | None:
        signer, period = self._signer(profile, now), profile.agreement.period
        return find_full(footing, signer=signer, wish=wish, now=now, period=period)

    def _signer(self, profile: PartnerProfile, now: datetime) -> str:
        """Name the adapter and the keys: under others the lists before cannot be gone on from."""
        return f"{profile.kind} {sealer_for(self._feeds, profile, now).signer}"

    def _find_due(
        self, profile: PartnerProfile, basis: Basis, wish: Wish, now: datetime
    ) -> Due | None:
        difference = basis.difference
        return find_due(
            basis.footing,
            self._find_full(profile, basis.footing, wish, now),
            root=difference.root,
            is_large=is_large(difference.changes, difference.quantity),
            wish=wish,
            now=now,
            period=profile.agreement.period,
        )

    def _advance(self, profile: PartnerProfile, basis: Basis) -> None:
        """Spare the next look what this one has seen."""
        state, rules = basis.footing.base, rules_digest(profile.agreement.disclosure)
        if state is not None and (state.change, state.rules) != (basis.change, rules):
            self._publications.advance(profile.sends, state, change=basis.change, rules=rules)

    def _issue(
        self, profile: PartnerProfile, plan: _Plan, due: Due, actor: Actor, now: datetime
    ) -> ListHeader:
        header = next_header(profile, plan.basis, due, now)
        if header.kind is ListKind.FULL:
            listed = StatusList(header, operators=plan.view.operators)
        else:
            listed = StatusList(header, changes=plan.basis.difference.changes)
        sealer = sealer_for(self._feeds, profile, now)
        publication = Publication(
            header=header, list_digest=list_digest(header), sealed=sealer.seal_list(listed)
        )
        transition = make_transition(profile, plan.basis, due, header, self._signer(profile, now))
        self._publications.issue(publication, actor, transition)
        return header


def is_exchanging(profile: PartnerProfile) -> bool:
    """Tell whether lists travel under this profile."""
    return profile.enabled and profile.agreement.state in EXCHANGING


def _require_exchanging(profile: PartnerProfile) -> None:
    if not is_exchanging(profile):
        message = (
            f"the agreement {profile.agreement.id} is in state {profile.agreement.state}"
            f"{'' if profile.enabled else ' and disabled'}: no lists travel"
        )
        raise InvalidRequestError(message, context={"partner": profile.partner})


def _require_heard(footing: Footing, profile: PartnerProfile, now: datetime) -> None:
    # PUB-6: after a restore no list goes out before the partner's acknowledgement was read
    if not footing.may_issue(now):
        message = f"{profile.partner} was not heard since the database was restored"
        raise UnheardError(message, context={"partner": profile.partner})
