"""What border systems may see of the registry besides decisions: agreements, and one operator."""

from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct

from gateway.domain.acknowledgements import Reason
from gateway.domain.agreements import Agreement, Rules
from gateway.domain.answers import Freshness
from gateway.domain.errors import InvalidRequestError, NotFoundError
from gateway.domain.freshness import freshness_at
from gateway.domain.identifiers import is_in_territory
from gateway.domain.operators import LIMITS, Operator
from gateway.domain.profiles import PartnerProfile
from gateway.domain.spans import span_of
from gateway.ports.profiles import Profiles
from gateway.ports.registry import CurrentLists, History
from gateway.services.in_earnest import in_earnest


class AgreementView(Struct, frozen=True, kw_only=True):
    """One agreement with what is recognised on a date, and how fresh the partner's list is now."""

    agreement: Agreement
    rules: Rules | None
    """Those in force during all of the date, or none."""
    freshness: Freshness


class KnownVersion(Struct, frozen=True, kw_only=True):
    """One version of an operator: known here in [known_from, known_until)."""

    operator: Operator
    unusable: Reason | None
    epoch: int
    sequence: int
    """The list that brought it."""
    known_from: datetime
    known_until: datetime | None


class OperatorHistory(Struct, frozen=True, kw_only=True):
    """One operator as it is now, or as it was last, and what it was before."""

    agreement: str
    listed: bool
    """On the accepted list now."""
    restricted: bool
    """A held list suspends or revokes it (ACC-12)."""
    versions: tuple[KnownVersion, ...]
    """Newest first; at least one."""

    @property
    def operator(self) -> Operator:
        """The operator as it is now, or as it was last."""
        return self.versions[0].operator


class RegistryDesk:
    """Tells of agreements and operators, each time from the registry. Thread-safe.

    Streams for trials are left out everywhere: they answer no lookup (ACC-4).
    """

    def __init__(self, registry: CurrentLists, history: History, profiles: Profiles) -> None:
        self._registry = registry
        self._history = history
        self._profiles = profiles

    def agreements(self, *, now: datetime, on: date | None = None) -> list[AgreementView]:
        """Return all agreements, by id.

        Args:
            now: The moment of asking.
            on: Whose rules are shown: those of the whole day in the agreement's time zone; none
                means of this moment.

        Raises:
            InvalidRequestError: The date is outside 1900 to 2099.
            ConfigError: An agreement's time zone does not exist.
            DatabaseUnavailableError: The database does not answer.
        """
        return [self._view(profile, now, on) for profile in in_earnest(self._profiles)]

    def operator(self, operator_id: str, *, agreement: str | None = None) -> OperatorHistory:
        """Return an operator by its exact id.

        Args:
            operator_id: As in an answer.
            agreement: Whose list; none means that of the id's territory.

        Raises:
            InvalidRequestError: The id is empty or too long, or several agreements know it.
            NotFoundError: No list ever held it.
            DatabaseUnavailableError: The database does not answer.
        """
        if not 0 < len(operator_id) <= LIMITS["operator_id"]:
            message = f"operator_id must have 1 to {LIMITS['operator_id']} characters"
            raise InvalidRequestError(message, context={"field": "operator_id"})
        found = [
            history
            for profile in in_earnest(self._profiles)
            if _is_asked(profile, operator_id, agreement)
            and (history := self._history_of(profile, operator_id)) is not None
        ]
        if not found:
            message = f"no list ever held operator {operator_id}"
            raise NotFoundError(message, context={"operator": operator_id})
        if len(found) > 1:
            known = " and ".join(each.agreement for each in found)
            message = f"agreement must be named: {known} both know {operator_id}"
            raise InvalidRequestError(message, context={"field": "agreement"})
        return found[0]

    def _view(self, profile: PartnerProfile, now: datetime, on: date | None) -> AgreementView:
        agreement = profile.agreement
        span = span_of(on, now=now, time_zone=agreement.time_zone)
        serving = self._registry.in_force(profile.receives)
        return AgreementView(
            agreement=agreement,
            rules=next((one for one in agreement.rules if span.is_inside(one.interval)), None),
            freshness=freshness_at(self._registry.find_head(serving), agreement, now),
        )

    def _history_of(self, profile: PartnerProfile, operator_id: str) -> OperatorHistory | None:
        serving = self._registry.in_force(profile.receives)
        versions = list(self._versions(profile, operator_id, serving.epoch))
        if not versions:
            return None
        newest = versions[0]
        return OperatorHistory(
            agreement=profile.agreement.id,
            listed=newest.known_until is None,
            restricted=operator_id in self._registry.restricted(serving),
            versions=tuple(versions),
        )

    def _versions(
        self, profile: PartnerProfile, operator_id: str, serving: int
    ) -> Iterator[KnownVersion]:
        """Yield versions of all epochs, newest first; the next epoch ends one (SEQ-3)."""
        ended: datetime | None = None
        for epoch in range(serving, 0, -1):
            stream = profile.receives.of_epoch(epoch)
            for version in reversed(self._history.versions(stream, operator_id)):
                yield KnownVersion(
                    operator=version.operator,
                    unusable=version.unusable,
                    epoch=epoch,
                    sequence=version.sequence,
                    known_from=version.known_from,
                    known_until=version.known_until or ended,
                )
            ended = self._history.began(stream) or ended


def _is_asked(profile: PartnerProfile, operator_id: str, agreement: str | None) -> bool:
    if agreement is not None:
        return profile.agreement.id == agreement
    return is_in_territory(operator_id, profile.agreement.territory)
