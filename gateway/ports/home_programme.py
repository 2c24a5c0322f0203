"""The home programme's operators, from which lists are made, and what moved among them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from msgspec import Struct

from gateway.domain.lists import ListedOperator
from gateway.domain.parties import Actor


class HomeOperator(Struct, frozen=True, kw_only=True):
    """An operator of the home programme, with the partners that it consented to."""

    listed: ListedOperator
    consents: frozenset[str]
    """Partner administrations; `*` is a general consent."""

    @property
    def etag(self) -> str:
        """What tells two versions apart, consents included: hex SHA-256."""
        return sha256(self.listed.digest + " ".join(sorted(self.consents)).encode()).hexdigest()


class HomeChanges(Struct, frozen=True, kw_only=True):
    """What moved in the home programme since one of its changes."""

    change: int
    """The number of the last change."""
    operators: Mapping[str, HomeOperator | None]
    """As they stand now, by id; none: removed."""


class ReportOutcome(StrEnum):
    """What a report did to the home programme."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


class HomeRequest(Struct, frozen=True, kw_only=True):
    """What tells a repeated report from a new one (AIP-155)."""

    id: str
    digest: str
    """Hex SHA-256 of what was asked for."""


class Reported(Struct, frozen=True, kw_only=True):
    """What became of a report."""

    operator_id: str
    outcome: ReportOutcome
    etag: str | None = None
    """Of the operator as it stands now; none: not in the programme."""

    @classmethod
    def of(
        cls, operator_id: str, before: HomeOperator | None, after: HomeOperator | None
    ) -> "Reported":
        """Tell what an operator's change from one state to another is."""
        if after is None:
            outcome = ReportOutcome.REMOVED if before else ReportOutcome.UNCHANGED
            return cls(operator_id=operator_id, outcome=outcome)
        outcome = ReportOutcome.CHANGED if before else ReportOutcome.ADDED
        if before == after:
            outcome = ReportOutcome.UNCHANGED
        return cls(operator_id=operator_id, outcome=outcome, etag=after.etag)


Revise = Callable[[HomeOperator | None], HomeOperator | None]
"""Returns an operator as it shall be from how it stands; none: not in the programme."""


class ImportCounts(Struct, frozen=True, kw_only=True):
    """What an import of home operators changed."""

    added: int
    changed: int
    removed: int
    unchanged: int


class MassChange(Struct, frozen=True, kw_only=True):
    """From when on an import needs a confirmation: partners hold such a list (ACC-12)."""

    share: float = 0.1
    """Of the operators that are active before it: lost by removal or because none of their
    authorisations is active any more."""
    floor: int = 20
    """Fewer lost operators never do."""

    def is_reached(self, lost: int, active: int) -> bool:
        """Tell whether so many lost operators of so many are a mass change."""
        return lost >= self.floor and lost >= self.share * active


class ImportPreview(Struct, frozen=True, kw_only=True):
    """What an import would change, with examples in byte order of id."""

    counts: ImportCounts
    lost: int
    """Active operators that would be removed or deactivated."""
    needs_confirmation: bool
    added: tuple[HomeOperator, ...]
    changed: tuple[tuple[HomeOperator, HomeOperator], ...]
    """As it stands, and as it would be."""
    removed: tuple[HomeOperator, ...]


class HomeProgramme(Protocol):
    """The home programme's operators. Contract: `tests/contract/home_programme_suite.py`."""

    def replace(
        self, operators: Sequence[HomeOperator], actor: Actor, limit: MassChange | None = None
    ) -> ImportCounts:
        """Make these the whole programme, in one transaction, audited.

        Args:
            operators: All of them.
            actor: Who imports.
            limit: What has not been confirmed; none: any change is taken.

        Raises:
            MassChangeError: More would be lost than `limit` allows; nothing was written.
            DatabaseUnavailableError: Nothing was written.
        """
        ...

    def preview(self, operators: Sequence[HomeOperator], examples: int) -> ImportPreview:
        """Tell what `replace` would change, with so many examples of each; nothing is written."""
        ...

    def report(
        self,
        operator_id: str,
        revise: Revise,
        actor: Actor,
        *,
        request: HomeRequest | None = None,
        facts: Mapping[str, str],
    ) -> Reported:
        """Change one operator, in one transaction, audited with these facts.

        A request that was answered before is answered the same, and changes nothing.

        Raises:
            InvalidRequestError: The request's id was used for something else.
            DatabaseUnavailableError: Nothing was written.
        """
        ...

    def operators(self) -> Iterator[HomeOperator]:
        """Yield all operators in byte order of id."""
        ...

    def page(self, after: str, size: int) -> list[HomeOperator]:
        """Return the next operators in byte order of id, beginning after one."""
        ...

    def find(self, operator_id: str) -> HomeOperator | None:
        """Return the operator with exactly this id, or none."""
        ...


class ProgrammeChanges(Protocol):
    """What lists are made from. Contract: `tests/contract/home_programme_suite.py`."""

    def operators(self) -> Iterator[HomeOperator]:
        """Yield all operators in byte order of id."""
        ...

    def change(self) -> int:
        """Return the number of the last change; cheap."""
        ...

    def changes_since(self, change: int, most: int) -> HomeChanges | None:
        """Return what moved after a change, or none if it is more than so many operators."""
        ...

    def shown_version(self) -> int:
        """Return a number that rises when what partners see may have changed. Cheap.

        With the programme and with every profile.
        """
        ...
