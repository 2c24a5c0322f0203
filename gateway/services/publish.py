"""Issuing lists: what each partner will see, signed once and kept (section 8)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from gateway.domain.agreements import Lifecycle
from gateway.domain.canonical import list_digest, list_operator
from gateway.domain.disclosure import disclosed
from gateway.domain.errors import InvalidRequestError
from gateway.domain.lists import SCHEMA_VERSION, ListedOperator, ListHeader, ListKind, StatusList
from gateway.domain.parties import Actor
from gateway.domain.profiles import FeedKind, PartnerProfile
from gateway.domain.state import state_root
from gateway.ports.feed import Feed
from gateway.ports.publications import HomeProgramme, Publication, Publications

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
    state_root: str
    newest: ListHeader | None
    """The list issued last."""

    @property
    def differs(self) -> bool:
        """Tell whether a new list would say anything new."""
        return self.newest is None or self.newest.state_root != self.state_root


class Publisher:
    """Issues lists from the home programme."""

    def __init__(
        self,
        *,
        programme: HomeProgramme,
        publications: Publications,
        feeds: Mapping[FeedKind, Feed],
    ) -> None:
        self._programme = programme
        self._publications = publications
        self._feeds = feeds

    def preview(self, profile: PartnerProfile) -> Preview:
        """Show exactly what the partner will see (PUB-2).

        Raises:
            DatabaseUnavailableError: The programme could not be read.
        """
        disclosure = profile.agreement.disclosure
        seen: list[ListedOperator] = []
        withheld = 0
        for home in self._programme.operators():
            operator = home.listed.operator
            shown = disclosed(operator, home.consents, disclosure, partner=profile.partner)
            if shown is None:
                withheld += 1
            else:
                seen.append(home.listed if shown == operator else list_operator(shown))
        return Preview(
            partner=profile.partner,
            operators=seen,
            withheld=withheld,
            state_root=state_root(seen),
            newest=self._publications.newest(profile.sends),
        )

    def publish(
        self, profile: PartnerProfile, *, actor: Actor, now: datetime, always: bool = False
    ) -> ListHeader | None:
        """Issue a new FULL list if something changed or the last one runs out soon (PUB-3).

        Args:
            profile: The partner that the list is for.
            actor: Who issues it.
            now: The moment of issue.
            always: Issue also when nothing changed.

        Returns:
            The header of the new list, or none if the last one still says everything.

        Raises:
            InvalidRequestError: The agreement is in a state in which no lists travel.
            ConflictError: Another process issued a list meanwhile.
            DatabaseUnavailableError: Nothing was issued.
        """
        _require_exchanging(profile)
        preview = self.preview(profile)
        if not (always or preview.differs or _runs_out(preview.newest, profile, now)):
            return None
        header = _next_header(profile, preview, now)
        sealed = self._feeds[profile.kind].sealer.seal_list(StatusList(header, preview.operators))
        publication = Publication(header=header, list_digest=list_digest(header), sealed=sealed)
        self._publications.issue(publication, actor)
        return header

    def runs_out(self, profile: PartnerProfile, now: datetime) -> bool:
        """Tell, cheaply, whether a new list is needed even if nothing changed (PUB-3).

        Raises:
            DatabaseUnavailableError: The publications could not be read.
        """
        return _runs_out(self._publications.newest(profile.sends), profile, now)


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


def _runs_out(newest: ListHeader | None, profile: PartnerProfile, now: datetime) -> bool:
    """Tell whether a new list is needed before the next update is due (PUB-3).

    Half a period early, so that a partner that asks once a period finds it in time.
    """
    return newest is None or now >= newest.next_update_at - profile.agreement.period / 2


def _next_header(profile: PartnerProfile, preview: Preview, now: datetime) -> ListHeader:
    stream, newest = profile.sends, preview.newest
    # From 1, plus one each, never reused; the store refuses a sequence that exists.
    sequence = 1 if newest is None else newest.sequence + 1
    kind = "T" if stream.test else "P"
    # A list is never issued before the one that it follows.
    issued_at = now if newest is None else max(now, newest.issued_at)
    return ListHeader(
        version=SCHEMA_VERSION,
        list_id=f"{stream.agreement}-{stream.issuer}-{kind}{stream.epoch}-{sequence}",
        kind=ListKind.FULL,
        issuer=stream.issuer,
        recipient=stream.recipient,
        agreement=stream.agreement,
        test=stream.test,
        epoch=stream.epoch,
        sequence=sequence,
        previous_digest=None if newest is None else list_digest(newest),
        issued_at=issued_at,
        next_update_at=issued_at + profile.agreement.period,
        state_root=preview.state_root,
        quantity=len(preview.operators),
    )
