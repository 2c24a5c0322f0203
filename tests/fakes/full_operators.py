"""Operators with every field used, in many scripts, with text that is easy to spoil on the way."""

from datetime import UTC, datetime, timedelta
from random import Random

from gateway.domain.operators import (
    ROLES,
    Address,
    Authorisation,
    Identifier,
    Name,
    Operator,
    Status,
    StatusCode,
)

NAMES = {
    "composed, and with a ligature": Name(
        text="Société Exemple ﬁnale", language="fr", script="Latn"
    ),
    "decomposed": Name(text="Socie\u0301te\u0301 Exemple", language="fr", script="Latn"),
    "begins with a combining mark": Name(text="\u0301Exemple", language="fr", script="Latn"),
    "Chinese with a compatibility ideograph": Name(text="示例\uf900贸易", language="zh"),
    "beyond the first plane": Name(text="示例𠮷野家公司 🚢", language="ja", script="Jpan"),
    "Arabic with marks of direction": Name(
        text="شركة \u200fمثال\u200e ABC", language="ar", script="Arab"
    ),
    "Persian with a joiner": Name(text="نمونه\u200cها", language="fa", script="Arab"),
    "Korean in jamo": Name(text="\u1100\u1161\u11a8 예시", language="ko", script="Kore"),
    "Greek with a final sigma": Name(text="ΠΑΡΆΔΕΙΓΜΑ παράδειγμας", language="el"),
    "Thai": Name(text="บริษัท ตัวอย่าง จำกัด", language="th", script="Thai"),
    "Russian, with й in two ways": Name(text="Пример й и\u0306", language="ru", script="Cyrl"),
    "Serbian, looks Latin": Name(text="АСЕ Ехаmрlе", language="sr", script="Cyrl"),
    "full width": Name(text="ＥＸＡＭＰＬＥ　ＬＴＤ", language="en"),
    "markup": Name(text="A&B <C> \"D\" 'E' ]]> &amp; &#65;", language="en", script="Latn"),
    "inner spaces": Name(text="Two  Spaces\u00a0and\u2009thin\u3000wide", language="en"),
    "backslash and slash": Name(text="\\u0041 \\ / </Name>", language="en"),
    "line separators": Name(text="One\u2028two\u2029three", language="en"),
    "replacement and private use": Name(text="\ufffd \ue000 \U0010fffd"),
    "soft hyphen and byte order mark": Name(text="Ex\u00adam\ufeffple"),
}
"""What a name may look like; it must come out code point for code point."""


def full_operators(count: int) -> list[Operator]:
    """Make operators in which no field is empty; the same count gives the same operators."""
    random = Random("full")  # noqa: S311 - repeatable on purpose
    names = list(NAMES.values())
    return [_operator(number, random, names) for number in range(count)]


def _operator(number: int, random: Random, names: list[Name]) -> Operator:
    operator_id = f"XA{number * 7919 % 10**9:09d}"
    return Operator(
        id=operator_id,
        alternate_ids=tuple(
            Identifier(scheme=scheme, value=f"{scheme}-{random.randrange(10**9)}")
            for scheme in random.sample(("EORI", "MID", "LEI", "USCC", "CERTIFICATE"), 3)
        ),
        names=tuple(random.sample(names, 4)),
        trade_names=tuple(random.sample(names, 2)),
        addresses=tuple(_address(random, names) for _ in range(2)),
        roles=tuple(random.sample(sorted(ROLES), 4)),
        authorisations=tuple(_authorisation(f"{operator_id}/{part}", random) for part in "BA"),
    )


def _address(random: Random, names: list[Name]) -> Address:
    texts = [name.text for name in random.sample(names, 3)]
    return Address(
        lines=(f"{random.randrange(10**6)} {texts[0]}", texts[1]),
        city=texts[2],
        country="XA",
        subdivision=random.choice(("A1", "BCD", "9")),
        postcode=f"{random.randrange(10**6)} Ä-{random.randrange(10**6)}",
    )


def _authorisation(authorisation_id: str, random: Random) -> Authorisation:
    effective_at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(
        seconds=random.randrange(4 * 365 * 86_400)
    )
    return Authorisation(
        id=authorisation_id,
        category=random.choice(("AEOF", "AEOS")),
        programme="Exampleland AEO",
        issuing_office=random.choice(("XA001", "Hauptzollamt Übung")),
        accepted_at=effective_at - timedelta(days=random.randint(1, 90)),
        effective_at=effective_at,
        expires_at=effective_at + timedelta(days=random.randint(900, 4000)),
        status=Status(
            code=random.choice(list(StatusCode)),
            effective_at=effective_at + timedelta(days=random.randint(0, 800)),
            change_reason=random.choice(("审查中", "incident <7>")),
        ),
    )
