"""Documents as large as the limits allow go through the library without `huge_tree`."""

from gateway.domain.profiles import Limits
from gateway.trust import xades
from tests.fakes.certificates import anchors, issue
from tests.fakes.trial_keys import NOW
from tests.fakes.xml_forger import sealed

OPERATOR = (
    "<Party><ID>XAAEO{number:010d}</ID><Name languageID='en'>Some Trader Company {number}</Name>"
    "<Address><Line>1 Harbour Street</Line><CityName>Somewhere</CityName></Address>{more}</Party>"
)


def test_acc_1_document_just_below_the_limit_is_sealed_and_opened() -> None:
    limits = Limits()
    more = "<Line>x</Line>" * 35
    parties = "".join(OPERATOR.format(number=number, more=more) for number in range(48_000))
    document = f"<List xmlns='urn:x'>{parties}</List>".encode()
    signer = issue("lists")
    whole = sealed(signer.signing_key(), document)
    assert 0.9 * limits.max_document_bytes < len(whole) <= limits.max_document_bytes
    verified = xades.open_sealed(whole, anchors(pinned=[signer]), limits, now=NOW)
    assert len(verified.content) == 48_000
