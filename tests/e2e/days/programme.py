"""A home programme that lives: random changes, reported over gRPC, and the truth about it.

The truth is kept here and not asked for: what partners apply is held against it.
"""

import random
import time
from typing import Any

import grpc

from tests.e2e.checker.calls import GrpcClient, RefusedError
from tests.e2e.checker.canonical import Document, canonical, state_root

COVERED = "GOLD"
FIELDS = ("alternateIds", "tradeNames", "addresses", "roles", "acceptedAt", "changeReason")
_PATIENCE = 30.0
"""Seconds until a gateway that was killed has to take reports again."""
_PAUSE = 0.1
_WORDS = ("Aurora", "Северный", "港口", "Ålesund", "Καράβι", "شحن", "Müller", "Trans-Ocean", "ไทย")
_SINCE = "2020-01-01T00:00:00Z"


class Programme:
    """One administration's operators, with what each consents to."""

    def __init__(self, country: str, client: GrpcClient, chance: random.Random) -> None:
        self.country = country
        self.operators: dict[str, Document] = {}
        self.consents: dict[str, list[str]] = {}
        self.reports = 0
        self.repeated = 0
        self._client = client
        self._chance = chance
        self._numbers = 0
        self._removed: list[str] = []
        self._root = (-1, "")

    @property
    def root(self) -> str:
        """The root of what every partner has to see."""
        at, root = self._root
        if at != self.reports:
            root = state_root(self.shown())
            self._root = self.reports, root
        return root

    def shown(self) -> list[Document]:
        return [
            operator
            for name, operator in self.operators.items()
            if self.consents[name] and operator["authorisations"][0]["category"] == COVERED
        ]

    def begin(self, count: int) -> None:
        for _ in range(count):
            self.add()

    def change(self) -> str:
        """Change something, and say what."""
        kinds = (
            (self.add, 5),
            (self.rename, 3),
            (self.move, 3),
            (self.set_status, 6),
            (self.remove, 3),
            (self.turn_consent, 4),
            (self.turn_category, 2),
            (self.say_again, 1),
        )
        functions, weights = zip(*kinds, strict=True)
        return str(self._chance.choices(functions, weights)[0]())

    def add(self) -> str:
        if self._removed and self._chance.random() < 0.3:
            name = self._removed.pop(self._chance.randrange(len(self._removed)))
        else:
            self._numbers += 1
            name = f"{self.country}{self._numbers:08d}"
        operator = self._made(name)
        consents = self._chance.choice((["*"], ["*"], ["XA", "XB", "XC"], []))
        return self._report(operator, consents, "ADDED")

    def rename(self) -> str:
        operator = self._one()
        return self._report(operator | {"names": self._names()}, None, "CHANGED")

    def move(self) -> str:
        operator = self._one()
        return self._report(operator | {"addresses": [self._address()]}, None, "CHANGED")

    def turn_consent(self) -> str:
        operator = self._one()
        withdrawn = [] if self.consents[operator["id"]] else ["*"]
        return self._report(operator, withdrawn, "CHANGED")

    def turn_category(self) -> str:
        operator = self._one()
        held = operator["authorisations"][0]
        other = "SILVER" if held["category"] == COVERED else COVERED
        changed = operator | {"authorisations": [held | {"category": other}]}
        return self._report(changed, None, "CHANGED")

    def say_again(self) -> str:
        return self._report(self._one(), None, "UNCHANGED")

    def set_status(self) -> str:
        operator = self._one()
        held = operator["authorisations"][0]
        code = self._chance.choice(("ACTIVE", "SUSPENDED", "SUSPENDED", "REVOKED", "WITHDRAWN"))
        status = {"code": code, "effectiveAt": self._moment()}
        if self._chance.random() < 0.5:
            status["changeReason"] = self._chance.choice(("AUDIT", "REQUEST", "INSOLVENCY"))
        request = {
            "operatorId": operator["id"],
            "authorisationId": held["id"],
            "status": f"STATUS_CODE_{code}",
            **{key: value for key, value in status.items() if key != "code"},
        }
        changed = operator | {"authorisations": [held | {"status": status}]}
        same = canonical(changed) == canonical(operator)
        self._send("ReportStatus", request, "UNCHANGED" if same else "CHANGED")
        self.operators[operator["id"]] = changed
        return f"{operator['id']} {code}"

    def remove(self) -> str:
        name = self._one()["id"]
        request = {"operatorId": name, "reason": "left the programme"}
        self._send("RemoveOperator", request, "REMOVED")
        del self.operators[name], self.consents[name]
        self._removed.append(name)
        return f"{name} removed"

    def _report(self, operator: Document, consents: list[str] | None, outcome: str) -> str:
        name = operator["id"]
        agreed = self.consents[name] if consents is None else consents
        message = {"operator": _as_message(operator), "consents": agreed}
        self._send("ReportOperator", {"operator": message}, outcome)
        self.operators[name], self.consents[name] = operator, agreed
        return f"{name} {outcome.lower()}"

    def _send(self, method: str, request: Document, outcome: str) -> None:
        """Report until it is answered; whatever broke, the answer tells of one change."""
        repeatable = request | {"requestId": f"{self._chance.getrandbits(64):016x}"}
        deadline = time.monotonic() + _PATIENCE
        while (answer := self._attempt(method, repeatable)) is None:
            self.repeated += 1
            assert time.monotonic() < deadline, f"{self.country} takes no reports"
            time.sleep(_PAUSE)
        assert answer["outcome"] == f"OUTCOME_{outcome}", (method, request, answer)
        self.reports += 1

    def _attempt(self, method: str, request: Document) -> Document | None:
        try:
            return self._client.call("HomeProgramme", method, request, "Report")
        except grpc.RpcError:
            return None
        except RefusedError as refused:
            if refused.code != "DATABASE_UNAVAILABLE":
                raise
            return None

    def _one(self) -> Document:
        if not self.operators:
            self.add()
        return self.operators[self._chance.choice(sorted(self.operators))]

    def _made(self, name: str) -> Document:
        made: dict[str, Any] = {
            "id": name,
            "names": self._names(),
            "addresses": [self._address()],
            "roles": self._chance.sample(("IM", "EX", "CB", "FW", "WH"), 2),
            "alternateIds": [{"scheme": "LEI", "value": f"{self._chance.getrandbits(60):020d}"}],
            "authorisations": [
                {
                    "id": f"{name}-1",
                    "category": self._chance.choice((COVERED, COVERED, COVERED, "SILVER")),
                    "programme": f"AEO programme of {self.country}",
                    "issuingOffice": "HQ",
                    "effectiveAt": _SINCE,
                    "status": {"code": "ACTIVE", "effectiveAt": _SINCE},
                }
            ],
        }
        if self._chance.random() < 0.3:
            made["tradeNames"] = [{"text": self._chance.choice(_WORDS), "language": "en"}]
        return made

    def _names(self) -> list[Document]:
        words = self._chance.sample(_WORDS, 2)
        text = f"{' '.join(words)} {self._chance.randrange(10**6)}"
        return [{"text": text, "language": "en"}]

    def _address(self) -> Document:
        street = f"{self._chance.choice(_WORDS)} {self._chance.randrange(1, 10**6)}"
        return {"lines": [street, "Pier 3"], "city": "Harbour", "country": self.country}

    def _moment(self) -> str:
        day = self._chance.randrange(1, 29)
        return f"2021-02-{day:02d}T{self._chance.randrange(24):02d}:00:00Z"


def _as_message(operator: Document) -> Document:
    """Turn annex A's form into that of protobuf: but for one enum they are the same."""

    def held(authorisation: Document) -> Document:
        status = authorisation["status"]
        return authorisation | {"status": status | {"code": f"STATUS_CODE_{status['code']}"}}

    return operator | {"authorisations": [held(one) for one in operator["authorisations"]]}
