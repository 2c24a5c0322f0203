"""A gateway under attack: two lists accepted, and a third that tests bend (issue 6).

Every attack is followed by the same three questions: was it refused with its own code, is all that
decides as it was, and is the same list taken when it comes without its defect?
"""

import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace
from sqlalchemy import MetaData, Table, select

from gateway.domain.acknowledgements import Outcome
from gateway.domain.approvals import Act, Approval, HoldSubject
from gateway.domain.canonical import list_digest
from gateway.domain.documents import Unverified
from gateway.domain.errors import GatewayError
from gateway.domain.lists import Change, ListedOperator, ListHeader, ListKind, StatusList
from gateway.domain.profiles import FeedKind, KeyUse, PartnerProfile, TrustAnchors
from gateway.ports.registry import Accepted
from gateway.trust.keys import SigningKey
from tests.fakes.certificates import DAY, Issued, issue, revoke
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import Keys, make_operator

DECIDING = (
    "streams",
    "accepted_lists",
    "operator_versions",
    "state_trees",
    "state_buckets",
    "restrictions",
    "profile_versions",
    "callers",
    "home_operators",
    "publications",
)
"""Tables that a lookup or a partner's next list depends on; others tell what was refused."""
MOST_SECONDS = 10.0
"""Of the processor, with memory traced: the words of an XSD are loaded at its first refusal."""
MOST_BYTES = 64 * 1024**2
"""Bounds on judging a document of a few kilobytes: generous on a busy machine, tight on a bomb."""
ALGORITHM = "ecdsa-p256-sha256"

Bend = Callable[["Besieged"], Unverified]


class Besieged(Home):
    """Home XA, its partner XB, and every certificate that an attacker of theirs may have."""

    def __init__(self, folder: Path, kind: FeedKind) -> None:
        super().__init__(folder, kind)
        now = self.clock.now
        self.folder = folder
        since, until = now - 100 * DAY, now + 400 * DAY
        self.authority = issue(
            "CA of XB", countries=("XB",), ca=True, since=since, until=until, number=1
        )
        self.stranger = Keys(folder / "stranger", "XB", now)
        self.revoked = self.certified("revoked", number=2)
        self.compromised = self.certified("compromised", number=3)
        lists = self.partner.keys.anchors(KeyUse.LISTS)
        self.trust(
            replace(
                lists,
                authorities=(self.authority.pem,),
                revocation_lists=(
                    revoke(
                        self.authority, self.revoked, at=now - DAY, since=now, until=now + 30 * DAY
                    ),
                ),
            )
        )
        numbers = range(1, 6)
        self.operators = [make_operator(f"XB{number:06}", on=now) for number in numbers]
        for upto in (3, 4):
            self.last = self.partner.publish_next(*self.operators[:upto])
            assert self.offer(self.partner.offered()) == "applied"
            self.advance(timedelta(hours=1))
        self._untouched = folder / "untouched.db"
        self.back_up(self._untouched)
        self._began, self.trusted = self.clock.now, self.profile

    def relieve(self) -> None:
        """Make everything as it was before the first attack."""
        self.restore(self._untouched)
        self.clock.now = self.partner.now = self._began
        self.profile = self.trusted

    def trust(self, lists: TrustAnchors) -> None:
        """Replace what may sign the partner's lists."""
        others = tuple(one for one in self.profile.trust if one.use is not KeyUse.LISTS)
        self.apply(replace(self.profile, trust=(*others, lists)))

    def apply(self, profile: PartnerProfile) -> None:
        """Put another version of the profile in force."""
        self.profile = profile
        self.store.profiles.apply(profile, OFFICER, self.clock.now)

    def certified(self, name: str, *, number: int, **changes: object) -> Issued:
        """Issue a certificate for lists under the partner's CA."""
        now = self.clock.now
        values: dict[str, object] = {
            "countries": ("XB",),
            "since": now - 50 * DAY,
            "until": now + 50 * DAY,
        }
        return issue(name, number=number, issuer=self.authority, **(values | changes))  # type: ignore[arg-type]  # a test's own values

    def header(
        self,
        operators: Sequence[ListedOperator] = (),
        claims: Mapping[str, object] = MappingProxyType({}),
    ) -> ListHeader:
        """Return the header of the good list 3, with these `claims`."""
        partner = self.partner
        partner.operators = list(operators or self.operators)
        partner.sequence = self.last.sequence + 1
        partner.previous_digest = list_digest(self.last)
        partner.claims = dict(claims)
        self.claimed = partner.header()
        return self.claimed

    def seal(
        self,
        header: ListHeader,
        operators: Sequence[ListedOperator] = (),
        changes: Sequence[Change] = (),
    ) -> Unverified:
        """Sign whatever is handed over as the partner does, even what it would never sign."""
        listed = operators or (self.operators if header.kind is ListKind.FULL else ())
        status_list = StatusList(header, operators=listed, changes=changes)
        self.sealed = self.partner.sealer.seal_list(status_list)
        return Unverified(document=self.sealed.document, chunks=self.sealed.chunks)

    def next_list(self, **claims: object) -> Unverified:
        """Return the good list 3; `claims` are made before it is signed."""
        return self.seal(self.header(claims=claims))

    def successor(self, of: ListHeader, **claims: object) -> Unverified:
        """Return the good list that follows one that was seen, and has its state."""
        follows: dict[str, object] = {
            "sequence": of.sequence + 1,
            "previous_digest": list_digest(of),
        }
        return self.next_list(**(follows | claims))

    def signed_by(self, key: SigningKey, **claims: object) -> Unverified:
        """Return list 3 with somebody's signature."""
        genuine = self.partner._signer
        stand_in = Keys.__new__(Keys)
        stand_in.lists, stand_in.acknowledgements = key, genuine.acknowledgements
        self.partner.sign_with(stand_in)
        try:
            return self.next_list(**claims)
        finally:
            self.partner.sign_with(genuine)

    def offer(self, document: Unverified) -> str:
        """Judge a document as one that the partner pushed; return outcome or code."""
        try:
            received = self.receiver.receive(
                self.profile, document, actor=OFFICER, now=self.clock.now
            )
        except GatewayError as error:
            return error.code
        sealed = received.acknowledgement if isinstance(received, Accepted) else received
        answer = sealed.acknowledgement
        applied = answer.outcome is Outcome.APPLIED
        return "applied" if applied else answer.reasons[0].code

    def decide(self, act: Act) -> None:
        """Let an officer decide on whatever waits."""
        for view in self.review.holds():
            approval = Approval(
                action=act,
                subject=HoldSubject(
                    stream=str(view.stream), hold=view.number, list_digest=view.list_digest
                ),
                reason="an attack",
                by=(OFFICER,),
                at=self.clock.now,
            )
            carry_out = self.review.release if act is Act.RELEASE else self.review.reject
            carry_out(view.number, approval)

    def deciding_rows(self) -> str:
        """Return a digest over every row that decides, with the accepted head."""
        whole = sha256(repr(self.store.registry.find_head(self.profile.receives)).encode())
        metadata = MetaData()
        with self.store.registry._database.read() as connection:
            for name in DECIDING:
                table = Table(name, metadata, autoload_with=connection)
                columns = [one for one in table.columns if (name, one.name) not in _COUNTERS]
                rows = connection.execute(select(*columns)).all()
                whole.update(repr((name, sorted(map(repr, rows)))).encode())
        return whole.hexdigest()


_COUNTERS: Sequence[tuple[str, str]] = (("streams", "revision"),)
"""What rises with every list that is looked at, so that two processes notice each other."""


class After(StrEnum):
    """What an attack leaves behind, and so what the good list that comes then has to be."""

    NOTHING = "nothing: the same list is taken"
    SEEN = "its sequence: the same list is taken as the next one"
    STOPPED = "a stream that waits: the same list is taken when an officer has opened it"


def require_repelled(
    ground: Besieged, bend: Bend, codes: Sequence[str], after: After = After.NOTHING
) -> None:
    """Attack once, and ask the three questions.

    Args:
        ground: Fresh.
        bend: Makes the hostile document.
        codes: With one of which it is refused.
        after: What the attack leaves behind.
    """
    hostile = bend(ground)
    claimed = ground.claimed
    before, told = ground.deciding_rows(), _told(ground)
    tracemalloc.start()
    began = time.process_time()
    code = ground.offer(hostile)
    seconds, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert code in codes, code
    assert ground.deciding_rows() == before
    assert _told(ground) > told
    assert seconds < MOST_SECONDS
    assert peak < MOST_BYTES
    ground.advance(timedelta(seconds=1))
    if after is After.NOTHING:
        assert ground.offer(ground.next_list()) == "applied"
        return
    if after is After.STOPPED:
        ground.decide(Act.REJECT)
        ground.apply(ground.trusted)
    follows = claimed if claimed.sequence > ground.last.sequence else ground.last
    code = ground.offer(ground.successor(follows))
    if code == "REJECTED_BEFORE":
        # The good list brings what the officer has just rejected: he is asked once more (ACC-13).
        ground.decide(Act.RELEASE)
        code = ground.offer(ground.seal(ground.claimed))
    assert code == "applied", code


def _told(ground: Besieged) -> int:
    """Return how many events the audit trail has: a refusal is one."""
    return sum(1 for _ in ground.store.audit.events())
