"""What goes wrong on the way to a partner, in one closed vocabulary: the `fault` of an error.

All of it is `TRANSPORT_FAILED`, because all of it is tried again; the word tells an operator where
to look. Only what an adapter can honestly tell apart has a word of its own.
"""

from enum import StrEnum


class TransportFault(StrEnum):
    """One word for each; `entrypoints.fault_texts` says what it means and what to do."""

    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    TLS = "tls"
    DENIED = "denied"
    TIMEOUT = "timeout"
    NO_ANSWER = "no_answer"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    UNFRAMED = "unframed"
    COMPRESSED = "compressed"
    MEDIA_TYPE = "media_type"
    STATUS = "status"
    EMPTY = "empty"
    OUT_OF_ORDER = "out_of_order"
    WITHHELD = "withheld"
    CROWDED = "crowded"
    # Of single files, which are left where they lie (EXC-7).
    LINK = "link"
    NOT_A_FILE = "not_a_file"
    MISSING = "missing"
    OVERSIZED = "oversized"
    NOT_WHOLE = "not_whole"
    REPLACED = "replaced"
