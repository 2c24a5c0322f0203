from collections import deque
from datetime import timedelta

import pytest
from lxml import etree

from gateway.domain.errors import (
    DocumentError,
    ForbiddenMarkupError,
    NotWellFormedError,
    TooLargeError,
)
from gateway.domain.profiles import Limits
from gateway.trust.xml_parsing import MAX_DECLARED, MarkupGate, parse

GOOD = b'<?xml version="1.0" encoding="UTF-8"?>\n<a><b>x</b></a>'
LIMITS = Limits(max_document_bytes=1000, max_depth=5, fetch_timeout=timedelta(seconds=1))

DOCTYPES = {
    "naming an element": b"<!DOCTYPE a><a/>",
    "of html": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "with an external file": b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>',
    "with an external address": b'<!DOCTYPE a PUBLIC "-//x//y" "http://127.0.0.1/x.dtd"><a/>',
    "with an entity": b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
    "with an external entity": b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>',
    "with a parameter entity": b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1/p"> %p;]><a/>',
    "with entities that multiply": (
        b'<!DOCTYPE a [<!ENTITY e "ha"><!ENTITY f "&e;&e;&e;&e;">]><a>&f;&f;&f;</a>'
    ),
    "with default attributes": b'<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
    "after the declaration": b'<?xml version="1.0"?>\n<!DOCTYPE a><a/>',
    "hidden behind a byte order mark": b"\xef\xbb\xbf<!DOCTYPE a><a/>",
}

COMMENTS = {
    "inside": b"<a>x<!-- y --></a>",
    "before the root": b"<!-- y --><a/>",
    "behind the root": b"<a/><!-- y -->",
    "between characters of a value": b"<a>XA<!---->123</a>",
}

INSTRUCTIONS = {
    "inside": b"<a><?php echo 1 ?></a>",
    "before the root": b'<?xml-stylesheet href="x.xsl"?><a/>',
    "behind the declaration": b'<?xml version="1.0"?><?x y?><a/>',
    "behind the root": b"<a/><?x y?>",
}

BROKEN = {
    "empty": b"",
    "white space": b" \n ",
    "cut off": GOOD[:-4],
    "html of a login page": b"<html><body>Please <br> sign in</body></html>",
    "plain text": b"404 not found",
    "JSON": b'{"operators": []}',
    "UTF-16 with byte order mark": GOOD.decode().encode("utf-16"),
    "UTF-16 without byte order mark": "<a/>".encode("utf-16-le"),
    "UTF-32": "<a/>".encode("utf-32"),
    "Latin-1 bytes": b"<a>\xe9</a>",
    "an overlong form": b"<a>\xc0\xbcb/></a>",
    "an undeclared entity": b"<a>&e;</a>",
    "a nul character": b"<a>\x00</a>",
    "a character that XML forbids": b"<a>&#1;</a>",
    "XML 1.1": b'<?xml version="1.1"?><a/>',
    "two roots": b"<a/><b/>",
    "the same attribute twice": b'<a b="1" b="2"/>',
    "an undeclared prefix": b"<x:a/>",
}


def test_acc_1_good_document_is_parsed() -> None:
    assert parse(GOOD, LIMITS).findtext("b") == "x"


def test_acc_1_byte_order_mark_of_utf_8_is_harmless() -> None:
    assert parse(b"\xef\xbb\xbf" + GOOD, LIMITS).findtext("b") == "x"


def test_acc_1_document_of_exactly_the_limit_is_parsed() -> None:
    document = b"<a>" + b"x" * (1000 - 7) + b"</a>"
    assert parse(document, LIMITS).tag == "a"


def test_acc_1_document_one_byte_above_the_limit_is_refused() -> None:
    document = b"<a>" + b"x" * (1001 - 7) + b"</a>"
    with pytest.raises(TooLargeError, match="1001 bytes, 1000 are allowed"):
        parse(document, LIMITS)


def test_acc_1_document_of_the_allowed_depth_is_parsed() -> None:
    assert parse(b"<a>" * 5 + b"</a>" * 5, LIMITS).tag == "a"


@pytest.mark.parametrize("levels", [6, 40, 140])
def test_acc_1_deeper_nesting_is_refused(levels: int) -> None:
    with pytest.raises(TooLargeError, match="deeper than 5 levels"):
        parse(b"<a>" * levels + b"</a>" * levels, LIMITS)


def test_acc_1_nesting_that_could_exhaust_the_stack_is_refused() -> None:
    document = b"<a>" * 100_000 + b"</a>" * 100_000
    with pytest.raises(DocumentError):
        parse(document, Limits())


def test_acc_1_deep_branch_at_the_end_is_seen() -> None:
    with pytest.raises(TooLargeError, match="deeper than 5 levels"):
        parse(b"<a><b/><b/><b><c/><c><d><e><f/></e></d></c></b></a>", LIMITS)


@pytest.mark.parametrize("document", DOCTYPES.values(), ids=DOCTYPES)
def test_sig_4_doctype_is_refused(document: bytes) -> None:
    with pytest.raises(ForbiddenMarkupError, match="doctype"):
        parse(document, LIMITS)


@pytest.mark.parametrize("document", COMMENTS.values(), ids=COMMENTS)
def test_sig_1_comment_is_refused(document: bytes) -> None:
    with pytest.raises(ForbiddenMarkupError, match="comment"):
        parse(document, LIMITS)


@pytest.mark.parametrize("document", INSTRUCTIONS.values(), ids=INSTRUCTIONS)
def test_sig_1_processing_instruction_is_refused(document: bytes) -> None:
    with pytest.raises(ForbiddenMarkupError, match="processing instruction"):
        parse(document, LIMITS)


@pytest.mark.parametrize("document", BROKEN.values(), ids=BROKEN)
def test_acc_1_what_is_not_well_formed_utf_8_is_refused(document: bytes) -> None:
    with pytest.raises(NotWellFormedError):
        parse(document, LIMITS)


def test_acc_1_empty_document_is_called_empty() -> None:
    with pytest.raises(NotWellFormedError, match="document is empty"):
        parse(b"\n", LIMITS)


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1", "UTF-7", "us-ascii", "x-unknown"])
def test_acc_1_other_declared_encoding_is_refused(encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode()
    with pytest.raises(NotWellFormedError, match="declares encoding"):
        parse(document, LIMITS)


@pytest.mark.parametrize(
    "declaration", ["", '<?xml version="1.0"?>', "<?xml version='1.0' encoding='utf-8' ?>"]
)
def test_acc_1_every_declaration_of_utf_8_is_read(declaration: str) -> None:
    assert parse(f"{declaration}<a>ü</a>".encode(), LIMITS).text == "ü"


def test_character_data_sections_are_text() -> None:
    root = parse(b"<a><![CDATA[x & y]]></a>", LIMITS)
    assert etree.tostring(root) == b"<a>x &amp; y</a>"


LARGE = Limits(max_document_bytes=100_000)


def declaring(count: int) -> bytes:
    return b"<a" + b"".join(b' xmlns:n%d="u"' % number for number in range(count)) + b">"


def test_acc_1_a_tag_with_very_many_namespaces_is_refused() -> None:
    assert parse(declaring(MAX_DECLARED) + b"</a>", LARGE).tag == "a"
    with pytest.raises(TooLargeError, match="more than 64 namespaces"):
        parse(declaring(MAX_DECLARED + 1) + b"</a>", LARGE)


def test_acc_1_namespaces_are_counted_by_the_tag_and_not_by_the_document() -> None:
    inside = b'<b xmlns="u">xmlns</b>' * 500
    assert len(parse(b"<a>" + inside + b"</a>", LARGE)) == 500


@pytest.mark.parametrize("size", [30, 100, 1000])
def test_acc_1_namespaces_of_a_tag_that_comes_in_pieces_are_counted(size: int) -> None:
    whole = b"<a>" + b"<b/>" * 20 + declaring(4 * MAX_DECLARED)
    pieces = [whole[begin : begin + size] for begin in range(0, len(whole), size)]
    gate = MarkupGate()
    with pytest.raises(TooLargeError, match="namespaces"):
        deque(map(gate.take, pieces))


def test_acc_1_a_tag_with_very_many_attributes_is_refused() -> None:
    def having(count: int) -> bytes:
        return b"<a><b" + b"".join(b' n%d="u"' % number for number in range(count)) + b"/></a>"

    assert len(parse(having(MAX_DECLARED), LARGE)) == 1
    with pytest.raises(TooLargeError, match="more than 64 attributes"):
        parse(having(MAX_DECLARED + 1), LARGE)
