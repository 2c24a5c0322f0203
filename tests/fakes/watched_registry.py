"""A registry in which much happens to four operators, for tests of watches."""

from datetime import UTC, datetime, timedelta

from gateway.domain.agreements import Agreement
from gateway.domain.parties import Actor, Caller, Purpose, Role
from gateway.domain.profiles import FeedKind, PartnerProfile, Schedule
from gateway.ports.changes import ChangeKind
from gateway.store.engines import Store
from tests.contract.epochs_suite import NEXT, SUSPENDED, first_of_next
from tests.contract.held_lists_suite import LATER, held, verdict
from tests.contract.registry_suite import accept
from tests.contract.synthetic_lists import OTHER_STREAM, incoming, operator, operators
from tests.fakes.home import make_agreement

BORDER = Caller(name="border", fingerprint="ab" * 32, purposes=(Purpose.LOOKUP,), added_at=LATER)
ADMINISTRATOR = Actor(name="administrator of the test", role=Role.ADMINISTRATOR)
ONE, TWO, THREE, FOUR = (operator(number).operator.id for number in range(1, 5))
TERRITORY = ("XBAEO",)

ADDED, CHANGED, REMOVED = ChangeKind.ADDED, ChangeKind.CHANGED, ChangeKind.REMOVED
RESTRICTED, LIFTED = ChangeKind.RESTRICTED, ChangeKind.RESTRICTION_LIFTED
HAPPENED = [
    *((ADDED, one) for one in (ONE, TWO, THREE)),
    (RESTRICTED, ONE),
    *((CHANGED, ONE), (REMOVED, THREE), (ADDED, FOUR)),
    *((CHANGED, ONE), (ADDED, THREE), (REMOVED, FOUR)),
    *((CHANGED, ONE), (REMOVED, THREE)),
    (ADDED, THREE),
]
"""What `much_happens` does, as a watch on the whole agreement is told: by step, then by id."""


def profile_of(agreement: Agreement, *, epoch: int = 1, test: bool = False) -> PartnerProfile:
    return PartnerProfile(
        agreement=agreement,
        kind=FeedKind.GRPC,
        schedule=Schedule(),
        receive_epoch=epoch,
        test=test,
    )


def agree(store: Store) -> None:
    """Apply the profiles of both partners."""
    since = datetime(2020, 1, 1, tzinfo=UTC)
    for agreement in (
        make_agreement(territory=TERRITORY),
        make_agreement(
            id=OTHER_STREAM.agreement, partner=OTHER_STREAM.issuer, territory=("XCAEO",)
        ),
    ):
        store.profiles.apply(profile_of(agreement, epoch=2), ADMINISTRATOR, since)


def much_happens(store: Store) -> None:
    """A list, a hold, its release and roll-back, the next epoch, and lists of another partner."""
    _, record = held(store)
    accept(store, incoming(1, operators(9), stream=OTHER_STREAM))
    store.held_lists.release(verdict(record))
    store.held_lists.roll_back(verdict(record, LATER + timedelta(hours=1)))
    accept(store, incoming(2, operators(8), stream=OTHER_STREAM))
    accept(store, first_of_next([SUSPENDED, operator(2)], hours=60))
    accept(store, incoming(2, [SUSPENDED, *operators(2)], stream=NEXT, received_at=LATER))
    accept(store, incoming(3, [SUSPENDED, *operators(2, 3)], stream=NEXT, received_at=LATER))


def suspend_one(store: Store) -> None:
    """Accept a first list with operator 1, and one that suspends it."""
    accept(store, incoming(1, operators(1)))
    accept(store, incoming(2, [SUSPENDED]))
