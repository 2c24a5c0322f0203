"""The timeline of one operator: what each partner said of it, and from when until when we knew."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from gateway.domain.errors import NotFoundError
from gateway.domain.identifiers import normal_form
from gateway.domain.profiles import PartnerProfile
from gateway.ports.home_programme import HomeOperator, HomeProgramme
from gateway.ports.registry import History, OperatorVersion


class Told(Struct, frozen=True, kw_only=True):
    """Every version of an operator in one epoch of a partner's stream, oldest first."""

    agreement: str
    partner: str
    epoch: int
    closed: bool
    """A later epoch is in force."""
    versions: tuple[OperatorVersion, ...]


class Timeline(Struct, frozen=True, kw_only=True):
    """Everything that is known of one operator."""

    operator_id: str
    home: HomeOperator | None
    """As it stands in the home programme, which keeps no history."""
    told: tuple[Told, ...]


def find_timeline(
    code: str,
    *,
    profiles: Iterable[PartnerProfile],
    history: History,
    programme: HomeProgramme,
    now: datetime,
) -> Timeline:
    """Find an operator of any partner, or of home, by its id as written or in normal form.

    Raises:
        NotFoundError: Nobody ever listed it.
        DatabaseUnavailableError: The database does not answer.
    """
    known = list(profiles)
    for operator_id in dict.fromkeys((code, normal_form(code))):
        home = programme.find(operator_id)
        told = tuple(
            Told(
                agreement=profile.agreement.id,
                partner=profile.partner,
                epoch=epoch,
                closed=epoch < history.in_force_at(profile.receives, now).epoch,
                versions=tuple(versions),
            )
            for profile in known
            for epoch in range(1, profile.receive_epoch + 1)
            if (versions := history.versions(profile.receives.of_epoch(epoch), operator_id))
        )
        if home is not None or told:
            return Timeline(operator_id=operator_id, home=home, told=told)
    raise NotFoundError(f"no list ever held operator {code}", context={"operator": code})
