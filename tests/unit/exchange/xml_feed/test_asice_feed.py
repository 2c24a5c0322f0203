from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from gateway.domain.canonical import list_operator
from gateway.domain.documents import Packaging, Unverified
from gateway.domain.errors import (
    CertificateError,
    ContainerError,
    NotWellFormedError,
    SchemaViolationError,
    TooLargeError,
    UnknownSignerError,
)
from gateway.domain.lists import Action, Change, ListKind, StatusList
from gateway.domain.profiles import KeyUse, Limits, TrustAnchors
from gateway.exchange.xml_feed import asice_feed
from gateway.exchange.xml_feed.asice_feed import AsiceFeed
from gateway.exchange.xml_feed.codec import list_to_xml
from gateway.exchange.xml_feed.feed import XmlFeed
from gateway.trust.asice import seal_container
from gateway.trust.container import is_container
from gateway.trust.pki import TrialPki
from tests.fakes.trial_keys import key_of, make_partner, pin
from tests.fakes.xml_lists import (
    ISSUED,
    acknowledgement_of,
    header_for,
    whole_operator,
    whole_operators,
)

OPERATORS = whole_operators(5)
HEADER = header_for(OPERATORS)
LIST = StatusList(HEADER, OPERATORS, order=[one.operator.id for one in OPERATORS])


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TrialPki:
    return make_partner(tmp_path_factory.mktemp("pki"), now=ISSUED - timedelta(days=1))


@pytest.fixture(scope="module")
def feed(pki: TrialPki) -> AsiceFeed:
    return AsiceFeed(key_of(pki.lists), key_of(pki.acknowledgements))


@pytest.fixture
def anchors(pki: TrialPki) -> TrustAnchors:
    return pin(pki.lists)


Read = Callable[[bytes], StatusList]


@pytest.fixture
def read(feed: AsiceFeed, anchors: TrustAnchors) -> Read:
    def read(document: bytes) -> StatusList:
        verified = feed.opener.open(Unverified(document=document), anchors, Limits(), ISSUED)
        return feed.opener.decode(verified, anchors, Limits())

    return read


def test_sig_2_a_sealed_list_opens_to_what_was_sealed(feed: AsiceFeed, read: Read) -> None:
    sealed = feed.sealer.seal_list(LIST)
    assert sealed.packaging is Packaging.ASICE
    assert is_container(sealed.document)
    assert read(sealed.document) == LIST


def test_sig_2_a_delta_opens_to_what_was_sealed(feed: AsiceFeed, read: Read) -> None:
    header = replace(HEADER, kind=ListKind.DELTA, sequence=2, previous_digest="ef" * 32)
    delta = StatusList(header, changes=[Change(Action.REMOVE, OPERATORS[0].operator.id)])
    assert read(feed.sealer.seal_list(delta).document) == delta


def test_sig_2_a_list_without_a_container_is_refused(
    feed: AsiceFeed, read: Read, pki: TrialPki
) -> None:
    enveloped = XmlFeed(key_of(pki.lists), key_of(pki.acknowledgements)).sealer.seal_list(LIST)
    with pytest.raises(ContainerError, match="no container, as was agreed"):
        read(enveloped.document)
    with pytest.raises(ContainerError, match="no container, as was agreed"):
        read(feed.sealer.seal_list(LIST).head)


def test_sig_2_a_container_is_refused_where_lists_are_enveloped(
    feed: AsiceFeed, pki: TrialPki, anchors: TrustAnchors
) -> None:
    opener = XmlFeed(key_of(pki.lists), key_of(pki.acknowledgements)).opener
    with pytest.raises(NotWellFormedError):
        opener.open(
            Unverified(document=feed.sealer.seal_list(LIST).document), anchors, Limits(), ISSUED
        )


def test_sig_3_a_head_is_xml_and_a_container_is_none(
    feed: AsiceFeed, anchors: TrustAnchors
) -> None:
    sealed = feed.sealer.seal_list(LIST)
    verified = feed.opener.open(Unverified(document=sealed.head), anchors, Limits(), ISSUED)
    assert feed.opener.decode_head(verified, anchors) == HEADER
    verified = feed.opener.open(Unverified(document=sealed.document), anchors, Limits(), ISSUED)
    with pytest.raises(ContainerError, match="no head"):
        feed.opener.decode_head(verified, anchors)


def test_acc_1_a_container_has_no_chunks(feed: AsiceFeed, anchors: TrustAnchors) -> None:
    sealed = feed.sealer.seal_list(LIST)
    with pytest.raises(NotWellFormedError, match="no chunks"):
        feed.opener.open(
            Unverified(document=sealed.document, chunks=(b"x",)), anchors, Limits(), ISSUED
        )


def test_acc_1_operators_are_counted_against_the_limit_of_large_lists(
    feed: AsiceFeed, anchors: TrustAnchors
) -> None:
    document = Unverified(document=feed.sealer.seal_list(LIST).document)
    limits = Limits(max_document_operators=1, max_operators=5)
    verified = feed.opener.open(document, anchors, limits, ISSUED)
    assert feed.opener.decode(verified, anchors, limits) == LIST
    with pytest.raises(TooLargeError):
        feed.opener.decode(verified, anchors, Limits(max_operators=4))


def test_sig_5_a_list_signed_at_another_time_than_it_was_issued_is_refused(
    pki: TrialPki, read: Read
) -> None:
    late = ISSUED + timedelta(minutes=6)
    container = seal_container([list_to_xml(LIST)], key_of(pki.lists), signed_at=late)
    with pytest.raises(CertificateError):
        read(container)


def test_sig_6_the_key_for_acknowledgements_signs_no_container(pki: TrialPki, read: Read) -> None:
    key = key_of(pki.acknowledgements)
    with pytest.raises(UnknownSignerError):
        read(seal_container([list_to_xml(LIST)], key, signed_at=ISSUED))


def test_acknowledgements_are_those_of_the_xml_feed(feed: AsiceFeed, pki: TrialPki) -> None:
    answer = acknowledgement_of(HEADER)
    sealed = feed.sealer.seal_acknowledgement(answer)
    assert feed.sealer.made(sealed)
    trusted = pin(pki.acknowledgements, use=KeyUse.ACKNOWLEDGEMENTS)
    assert feed.opener.open_acknowledgement(sealed, trusted, ISSUED) == answer


def test_the_beginning_of_our_own_lists_is_held_to_the_schema(
    feed: AsiceFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asice_feed, "CHECKED", 2)
    wrong = list_operator(whole_operator(9))
    broken = replace(wrong, operator=replace(wrong.operator, roles=("no role",)))
    with pytest.raises(SchemaViolationError):
        feed.sealer.seal_list(StatusList(HEADER, [OPERATORS[0], broken]))
    assert feed.sealer.seal_list(StatusList(HEADER, OPERATORS)).document
