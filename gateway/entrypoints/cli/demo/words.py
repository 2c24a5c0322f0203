"""Pools of words in several scripts, made with Faker once per locale, combined by `synthetic`.

Faker takes about 0.1 ms a word, so 6,654 operators draw from pools instead of asking it each time.
Its company names are not used: some are those of real companies. Every name that is made here
carries a marker word that says "synthetic sample" in its own language.
"""

from random import Random

from faker import Faker
from msgspec import Struct

from gateway.domain.operators import Address, Name

_POOL = 80


class Tongue(Struct, frozen=True, kw_only=True):
    """How companies are named in one language."""

    locale: str
    """Of Faker."""
    language: str
    script: str
    form: str
    """With `{place}` and `{family}`; the rest is fixed, the marker word included."""
    marker: str


TONGUES = {
    tongue.locale: tongue
    for tongue in (
        Tongue(
            locale="zh_CN",
            language="zh",
            script="Hans",
            marker="合成样本",
            form="{place}合成样本{family}贸易有限公司",
        ),
        Tongue(
            locale="en_GB",
            language="en",
            script="Latn",
            marker="Synthetic Sample",
            form="Synthetic Sample {place} {family} Ltd",
        ),
        Tongue(
            locale="en_NZ",
            language="en",
            script="Latn",
            marker="Synthetic Sample",
            form="Synthetic Sample {family} of {place} Limited",
        ),
        Tongue(
            locale="ja_JP",
            language="ja",
            script="Jpan",
            marker="合成サンプル",
            form="合成サンプル{place}{family}株式会社",
        ),
        Tongue(
            locale="ko_KR",
            language="ko",
            script="Kore",
            marker="합성견본",
            form="합성견본 {place} {family} 주식회사",
        ),
        Tongue(
            locale="ar_SA",
            language="ar",
            script="Arab",
            marker="عينة اصطناعية",
            form="شركة عينة اصطناعية {family} المحدودة",
        ),
        Tongue(
            locale="ru_RU",
            language="ru",
            script="Cyrl",
            marker="Синтетический образец",
            form="ООО «Синтетический образец {family}, {place}»",
        ),
        Tongue(
            locale="th_TH",
            language="th",
            script="Thai",
            marker="ตัวอย่างสังเคราะห์",
            form="บริษัท ตัวอย่างสังเคราะห์ {family} {place} จำกัด",
        ),
        Tongue(
            locale="el_GR",
            language="el",
            script="Grek",
            marker="Συνθετικό Δείγμα",
            form="Συνθετικό Δείγμα {family} {place} Α.Ε.",
        ),
    )
}
"""The languages that operators of the demo are named in, by Faker's locale."""

MARKERS = frozenset(tongue.marker for tongue in TONGUES.values())
"""Words that no real company carries; each synthetic name has one of them."""


class Words:
    """The pools of one locale; the same seed gives the same words."""

    def __init__(self, locale: str, *, seed: int) -> None:
        self._tongue = TONGUES[locale]
        fake = Faker(locale)
        fake.seed_instance(f"{seed} {locale}")
        # Lists, not sets: their order is part of what a seed repeats.
        self._places = [_one_line(fake.city()) for _ in range(_POOL)]
        self._families = [_one_line(fake.last_name()) for _ in range(_POOL)]
        self._streets = [_lines(fake.street_address()) for _ in range(_POOL)]

    def name(self, random: Random) -> Name:
        """Make a company's name."""
        text = self._tongue.form.format(
            place=random.choice(self._places), family=random.choice(self._families)
        )
        return Name(text=text, language=self._tongue.language, script=self._tongue.script)

    def address(self, random: Random, *, country: str, subdivision: str, postcode: str) -> Address:
        """Make an address."""
        return Address(
            lines=random.choice(self._streets),
            city=random.choice(self._places),
            country=country,
            subdivision=subdivision,
            postcode=postcode,
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(_one_line(line) for line in text.splitlines() if line.strip())
