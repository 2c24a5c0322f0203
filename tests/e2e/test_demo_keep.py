"""Issue 2, shown by 2: a second implementation talks to gateways that `mra demo --keep` started.

Nothing in this folder imports the gateway (a test below holds it to that).
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509

from tests.e2e.checker import forgery
from tests.e2e.checker.calls import GrpcClient, HttpsClient, Keys, RefusedError
from tests.e2e.checker.canonical import Document, canonical, list_digest, state_root
from tests.e2e.checker.lookups import ask, decision, head
from tests.e2e.checker.partner import (
    GrpcPull,
    GrpcSubmit,
    Pulling,
    Sealed,
    Submitting,
    XmlPull,
    XmlSubmit,
)
from tests.e2e.checker.protobuf import Contract
from tests.e2e.conftest import Kept

pytestmark = pytest.mark.e2e
PARTNERS = ("SG", "NZ")


@pytest.fixture(scope="module")
def border(kept: Kept, contract: Contract) -> Iterator[GrpcClient]:
    home = kept.endpoints["home"]
    keys = _keys(kept.endpoints["caller"], home["server_ca"])
    client = GrpcClient(contract, home["lookup"], keys, "mra.lookup.v1")
    yield client
    client.close()


@pytest.fixture(scope="module", params=PARTNERS)
def country(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def pulling(kept: Kept, contract: Contract, country: str) -> Pulling:
    partner = kept.endpoints["partners"][country]
    keys = _keys(partner["home_client"], partner["server_ca"])
    stream, signer = partner["stream"], _certificate(partner["list_certificate"])
    if partner["kind"] == "grpc_feed":
        client = GrpcClient(contract, partner["address"], keys, "mra.exchange.v1")
        return GrpcPull(contract, client, stream, signer)
    return XmlPull(HttpsClient(partner["address"], keys), stream, signer)


@pytest.fixture(scope="module")
def submitting(kept: Kept, contract: Contract, country: str) -> Submitting:
    home, partner = kept.endpoints["home"], kept.endpoints["partners"][country]
    keys = _keys(partner["client_to_home"], home["server_ca"])
    stream = partner["stream"]
    signer = _certificate(home["acknowledgement_certificate"])
    if partner["kind"] == "grpc_feed":
        client = GrpcClient(contract, home["grpc_exchange"], keys, "mra.exchange.v1")
        return GrpcSubmit(contract, client, stream, signer)
    return XmlSubmit(HttpsClient(home["https_exchange"], keys), stream, signer)


@pytest.fixture
def newest(pulling: Pulling) -> Sealed:
    return pulling.sealed(pulling.head()["sequence"])


@pytest.fixture
def whole(pulling: Pulling) -> Sealed:
    """Return the newest FULL: what was issued since is a change or two."""
    for sequence in range(pulling.head()["sequence"], 0, -1):
        sealed = pulling.sealed(sequence)
        if pulling.open(sealed).header["kind"] == "FULL":
            return sealed
    raise AssertionError("no FULL was issued")


@pytest.fixture
def home_head(kept: Kept, border: GrpcClient, country: str) -> Callable[[], tuple[int, str]]:
    row = next(
        row
        for row in kept.endpoints["lookups"]
        if row["code"].startswith(country) and row["verdict"] == "GRANT"
    )
    return lambda: head(ask(border, row))


def test_nothing_of_the_checker_imports_the_gateway() -> None:
    files = list(Path(__file__).parent.rglob("*.py"))
    assert len(files) > 10
    assert not [
        f"{file.name}: {name}"
        for file in files
        for node in ast.walk(ast.parse(file.read_bytes()))
        for name in _imports(node)
        if name.partition(".")[0] == "gateway"
    ]


def test_every_lookup_gets_the_decision_that_was_promised(
    kept: Kept, border: GrpcClient, subtests: pytest.Subtests
) -> None:
    assert len(kept.endpoints["lookups"]) >= 6
    for row in kept.endpoints["lookups"]:
        with subtests.test(row["code"], reason=row["reason"]):
            decided = decision(ask(border, row))
            assert decided == {key: row[key] for key in ("verdict", "reason", "measures")}
            assert bool(decided["measures"]) == (row["verdict"] == "GRANT")


def test_pulled_list_has_the_root_count_and_order_that_its_header_states(
    pulling: Pulling, whole: Sealed
) -> None:
    read = pulling.open(whole)
    ids = [operator["id"] for operator in read.operators]
    assert read.header["stateRoot"] == state_root(read.operators)
    assert read.header["quantity"] == len(ids) > 1000
    assert ids == sorted(set(ids), key=str.encode)


def test_lists_are_chained_by_the_digest_of_the_header(pulling: Pulling) -> None:
    newest = pulling.head()
    if newest["sequence"] == 1:
        assert "previousDigest" not in newest
        return
    before = pulling.open(pulling.sealed(newest["sequence"] - 1))
    assert newest["previousDigest"] == list_digest(before.header)


def test_head_and_list_have_the_same_header(pulling: Pulling) -> None:
    newest = pulling.head()
    assert pulling.open(pulling.sealed(newest["sequence"])).header == newest


def test_names_come_in_several_scripts(pulling: Pulling, whole: Sealed) -> None:
    text = "".join(canonical(operator["names"]) for operator in pulling.open(whole).operators)
    assert any("\u4e00" <= character <= "\u9fff" for character in text)
    assert sum(not character.isascii() for character in text) > 1000


def test_list_that_home_has_is_answered_with_the_same_bytes_each_time(
    submitting: Submitting, newest: Sealed
) -> None:
    first, second = submitting.submit(newest), submitting.submit(newest)
    assert first == second
    assert submitting.outcome(first)["outcome"] == "APPLIED"


def test_forged_list_is_refused_and_the_head_stays(
    contract: Contract,
    country: str,
    submitting: Submitting,
    newest: Sealed,
    home_head: Callable[[], tuple[int, str]],
) -> None:
    before, forger = home_head(), forgery.make_forger(country)
    if newest.chunks:
        forged = forgery.forged_over_grpc(contract, newest, forger)
    else:
        forged = forgery.forged_xml(newest, forger)
    with pytest.raises(RefusedError) as refused:
        submitting.submit(forged)
    assert refused.value.code == "SIGNER_UNKNOWN"
    assert home_head() == before


def test_tampered_list_is_refused_and_the_head_stays(
    contract: Contract,
    submitting: Submitting,
    whole: Sealed,
    home_head: Callable[[], tuple[int, str]],
    subtests: pytest.Subtests,
) -> None:
    before = home_head()
    for name, tampered in _tampered(contract, whole).items():
        with subtests.test(name):
            with pytest.raises(RefusedError) as refused:
                submitting.submit(tampered)
            assert refused.value.code == "SIGNATURE_INVALID"
    assert home_head() == before


def test_older_list_that_home_never_applied_is_refused_and_the_head_stays(
    kept: Kept, country: str, submitting: Submitting, home_head: Callable[[], tuple[int, str]]
) -> None:
    before, partner = home_head(), kept.endpoints["partners"][country]
    document, *chunks = (Path(name).read_bytes() for name in partner["never_fetched"])
    answer = submitting.outcome(submitting.submit(Sealed(document, tuple(chunks))))
    assert answer["outcome"] == "REFUSED"
    assert answer["reasons"] == ["ROLLBACK"]
    assert home_head() == before


def test_list_of_one_partner_is_refused_from_another(
    kept: Kept, contract: Contract, newest: Sealed, country: str
) -> None:
    home, partners = kept.endpoints["home"], kept.endpoints["partners"]
    (other,) = set(partners) - {country}
    keys = _keys(partners[other]["client_to_home"], home["server_ca"])
    stream = partners[country]["stream"]
    signer = _certificate(home["acknowledgement_certificate"])
    submitting: Submitting = XmlSubmit(HttpsClient(home["https_exchange"], keys), stream, signer)
    if partners[country]["kind"] == "grpc_feed":
        client = GrpcClient(contract, home["grpc_exchange"], keys, "mra.exchange.v1")
        submitting = GrpcSubmit(contract, client, stream, signer)
    with pytest.raises(RefusedError) as refused:
        submitting.submit(newest)
    assert refused.value.code == "NOT_FOUND"


def _tampered(contract: Contract, newest: Sealed) -> dict[str, Sealed]:
    if not newest.chunks:
        return {"a status": forgery.tampered_xml(newest)}
    return {
        "the header": forgery.tampered_over_grpc(contract, newest),
        "a chunk": forgery.tampered_chunk(newest),
    }


def _keys(pair: Document, server_ca: str) -> Keys:
    return Keys(Path(pair["certificate"]), Path(pair["key"]), Path(server_ca))


def _certificate(name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificates(Path(name).read_bytes())[0]


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
