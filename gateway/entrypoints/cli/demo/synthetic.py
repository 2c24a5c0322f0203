"""Synthetic operators for the demo, the tests and the benchmarks: repeatable, in several scripts.

Nothing here is real: names carry a marker word (`words.MARKERS`), codes are drawn by chance within
the patterns of the reference agreements. The same count, seed and date give the same operators.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from msgspec import structs

from gateway.domain.canonical import list_operator
from gateway.domain.operators import (
    ROLES,
    Authorisation,
    Identifier,
    Name,
    Operator,
    Status,
    StatusCode,
)
from gateway.entrypoints.cli.demo.programmes import Landmark, Programme, get_programme
from gateway.entrypoints.cli.demo.words import Words
from gateway.ports.home_programme import HomeOperator

HOME_COUNT = 6654
"""Advanced certified enterprises of China Customs, as domain.md counts them."""

_MIXTURE = {
    (Landmark.ACTIVE, StatusCode.ACTIVE): 950,
    (Landmark.TYPE_NOT_COVERED, StatusCode.ACTIVE): 10,
    (Landmark.SUSPENDED, StatusCode.SUSPENDED): 12,
    (Landmark.REVOKED, StatusCode.REVOKED): 8,
    (Landmark.ACTIVE, StatusCode.WITHDRAWN): 7,
    (Landmark.EXPIRED, StatusCode.ACTIVE): 7,
    (Landmark.NOT_YET_EFFECTIVE, StatusCode.ACTIVE): 6,
}
"""What operators are like, with the share of each in a thousand."""
_CONSENTS = (90, 7, 3)
"""Per cent that consented to every partner, to one, to none."""
_TRADE_NAME, _HOME_SCRIPT_ONLY, _CERTIFICATE_NUMBER, _EXPIRING = 0.1, 0.3, 0.4, 0.7
"""Shares of operators."""
_STATUS = {Landmark.SUSPENDED: StatusCode.SUSPENDED, Landmark.REVOKED: StatusCode.REVOKED}
_REASONS = {
    StatusCode.SUSPENDED: ("UNDER-REVIEW", "INCIDENT"),
    StatusCode.REVOKED: ("NON-COMPLIANCE",),
    StatusCode.WITHDRAWN: ("HOLDER-REQUEST",),
}
_DAY = timedelta(days=1)


def home_operators(count: int = HOME_COUNT, *, seed: int, on: datetime) -> list[HomeOperator]:
    """Make the home programme of CN, the landmarks included, in byte order of id.

    Args:
        count: Operators in all; not fewer than there are landmarks.
        seed: Another seed, other operators; the landmarks keep their ids.
        on: The date as of which they are active, expired or not yet effective.

    Raises:
        SchemaViolationError: Never, unless Faker yields text that STA-1 refuses.
    """
    return partner_operators("CN", count, seed=seed, on=on)


def partner_operators(country: str, count: int, *, seed: int, on: datetime) -> list[HomeOperator]:
    """Make the programme of SG or NZ (or CN) as that administration's own gateway holds it.

    Raises:
        ConfigError: The demo does not play this administration.
        SchemaViolationError: Never, unless Faker yields text that STA-1 refuses.
    """
    programme = get_programme(country)
    maker = _Maker(programme, seed=seed, on=on)
    ids = set(programme.landmarks.values())
    made = [maker.landmark(landmark, id_) for landmark, id_ in programme.landmarks.items()]
    while len(made) < count:
        operator_id = maker.operator_id()
        if operator_id not in ids:
            ids.add(operator_id)
            made.append(maker.anyone(operator_id))
    return sorted(made, key=_by_id)


def landmarks(country: str) -> dict[str, str]:
    """Return the operators that the demo's script names: what is to be seen on it → id.

    Raises:
        ConfigError: The demo does not play this administration.
    """
    return {str(landmark): id_ for landmark, id_ in get_programme(country).landmarks.items()}


def with_status(
    operators: Sequence[HomeOperator], operator_id: str, code: StatusCode, *, on: datetime
) -> list[HomeOperator]:
    """Return the same programme with one operator's authorisations in another status since `on`.

    Raises:
        SchemaViolationError: `on` has a fraction of a second.
    """
    return [
        _changed(one, code, on) if one.listed.operator.id == operator_id else one
        for one in operators
    ]


def _changed(one: HomeOperator, code: StatusCode, on: datetime) -> HomeOperator:
    operator = one.listed.operator
    reason = _REASONS.get(code, (None,))[0]
    status = Status(code=code, effective_at=on, change_reason=reason)
    authorisations = tuple(
        structs.replace(authorisation, status=status) for authorisation in operator.authorisations
    )
    changed = structs.replace(operator, authorisations=authorisations)
    return HomeOperator(listed=list_operator(changed), consents=one.consents)


def _by_id(one: HomeOperator) -> bytes:
    return one.listed.operator.id.encode()


class _Maker:
    """Makes operators of one programme, one after the other."""

    def __init__(self, programme: Programme, *, seed: int, on: datetime) -> None:
        self._programme = programme
        self._random = Random(f"{seed} {programme.country}")  # noqa: S311 - repeatable on purpose, draws no secret
        self._today = on.replace(hour=0, minute=0, second=0, microsecond=0)
        locales = dict.fromkeys((programme.home_locale, *programme.locales, "en_GB"))
        self._words = {locale: Words(locale, seed=seed) for locale in locales}
        self._roles = sorted(ROLES)

    def operator_id(self) -> str:
        programme = self._programme
        drawn = self._random.choices(programme.alphabet, k=programme.national_length)
        return programme.country + "".join(drawn)

    def landmark(self, landmark: Landmark, operator_id: str) -> HomeOperator:
        withheld = landmark is Landmark.WITHHELD
        return self._home_operator(
            operator_id,
            self._authorisation(operator_id, landmark, _STATUS.get(landmark, StatusCode.ACTIVE)),
            frozenset() if withheld else frozenset({"*"}),
        )

    def anyone(self, operator_id: str) -> HomeOperator:
        ((kind, status),) = self._random.choices(list(_MIXTURE), list(_MIXTURE.values()))
        authorisation = self._authorisation(operator_id, kind, status)
        return self._home_operator(operator_id, authorisation, self._consents())

    def _home_operator(
        self, operator_id: str, authorisation: Authorisation, consents: frozenset[str]
    ) -> HomeOperator:
        random, programme = self._random, self._programme
        address = self._words[programme.home_locale].address(
            random,
            country=programme.country,
            subdivision=random.choice(programme.subdivisions),
            postcode="".join(random.choices("0123456789", k=programme.postcode_digits)),
        )
        operator = Operator(
            id=operator_id,
            alternate_ids=self._alternate_ids(),
            names=self._names(),
            trade_names=self._trade_names(),
            addresses=(address,),
            roles=tuple(random.sample(self._roles, random.randint(1, 3))),
            authorisations=(authorisation,),
        )
        return HomeOperator(listed=list_operator(operator), consents=consents)

    def _names(self) -> tuple[Name, ...]:
        """A name in the script of the house, and a Latin one beside it for most others."""
        name = self._words[self._random.choice(self._programme.locales)].name(self._random)
        if name.script == "Latn" or self._chance(_HOME_SCRIPT_ONLY):
            return (name,)
        return (name, self._words["en_GB"].name(self._random))

    def _trade_names(self) -> tuple[Name, ...]:
        if not self._chance(_TRADE_NAME):
            return ()
        return (self._words["en_GB"].name(self._random),)

    def _alternate_ids(self) -> tuple[Identifier, ...]:
        if not self._chance(_CERTIFICATE_NUMBER):
            return ()
        certificate = f"SYN-{self._random.randrange(10**9):09d}"
        return (Identifier(scheme="CERTIFICATE", value=certificate),)

    def _consents(self) -> frozenset[str]:
        one = frozenset({self._random.choice(self._programme.partners)})
        choices = (frozenset({"*"}), one, frozenset[str]())
        return self._random.choices(choices, _CONSENTS)[0]

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _authorisation(self, operator_id: str, kind: Landmark, status: StatusCode) -> Authorisation:
        random, programme = self._random, self._programme
        effective_at = self._today - random.randint(40, 2400) * _DAY
        expires_at = self._today + random.randint(60, 1400) * _DAY
        if kind is Landmark.EXPIRED:
            expires_at = self._today - random.randint(1, 30) * _DAY
        if kind is Landmark.NOT_YET_EFFECTIVE:
            effective_at = self._today + random.randint(10, 50) * _DAY
        changed_at = effective_at
        if status is not StatusCode.ACTIVE:
            changed_at = self._today - random.randint(1, 39) * _DAY
        category = programme.covered
        if kind is Landmark.TYPE_NOT_COVERED and programme.uncovered:
            category = random.choice(programme.uncovered)
        reasons = _REASONS.get(status)
        return Authorisation(
            id=f"{operator_id}-{random.randint(1, 9)}",
            category=category,
            programme=programme.name,
            issuing_office=random.choice(programme.offices),
            accepted_at=min(effective_at, self._today) - random.randint(1, 30) * _DAY,
            effective_at=effective_at,
            expires_at=expires_at if kind is Landmark.EXPIRED or self._chance(_EXPIRING) else None,
            status=Status(
                code=status,
                effective_at=changed_at,
                change_reason=random.choice(reasons) if reasons else None,
            ),
        )
