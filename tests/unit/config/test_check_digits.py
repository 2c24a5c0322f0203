import pytest

from gateway.config.check_digits import CHECKS

GOOD = {
    "au.abn": "83914571673",
    "br.cnpj": "16727230000197",
    "ch.uid": "E100155212",
    "cn.uscc": "91110000600037341L",
    "jp.cn": "5835678256246",
    "lei": "213800KUD8LAJWSQ9D15",
    "nz.ird": "49091850",
    "rs.pib": "101134702",
    "ru.inn": "123456789047",
    "th.tin": "1234545678781",
    "uy.rut": "211003420017",
}
"""Numbers from the library's documentation, without their country."""


@pytest.mark.parametrize(("name", "number"), GOOD.items())
def test_check_takes_the_code_after_its_country(name: str, number: str) -> None:
    assert CHECKS[name](number)
    last = number[-1]
    assert not CHECKS[name](number[:-1] + ("3" if last != "3" else "4"))


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_answers_whatever_it_is_asked(name: str) -> None:
    for text in ("", "0", "?", "XA", "9" * 40, "电", "A" * 18):
        assert CHECKS[name](text) in {True, False}
