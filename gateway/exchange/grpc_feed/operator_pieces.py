"""The operators of a chunk as bytes, without decoding them.

A FULL list repeats what the one before it said of nearly everybody. Here its operators are told
apart by the framing of protobuf alone (field 1 of `OperatorChunk`, length-delimited), so that those
whose bytes are known need not be decoded again.
"""

_OPERATORS = 0x0A
"""Key of field 1, length-delimited; also the key of `id` in an operator."""
_MORE = 0x80
_LONGEST = 5
"""Bytes of a length: a chunk has less than 2**35."""


def split_chunk(chunk: bytes) -> list[bytes] | None:
    """Return the bytes of each operator; none if the chunk holds anything else."""
    pieces = []
    at, end = 0, len(chunk)
    while at < end:
        if chunk[at] != _OPERATORS:
            return None
        at += 1
        length = shift = 0
        while True:
            if at >= end or shift >= 7 * _LONGEST:
                return None
            byte = chunk[at]
            at += 1
            length |= (byte & 0x7F) << shift
            if byte < _MORE:
                break
            shift += 7
        if at + length > end:
            return None
        pieces.append(chunk[at : at + length])
        at += length
    return pieces


def id_of(piece: bytes) -> str:
    """Return the id that an operator's bytes begin with; empty if they begin with something else.

    It only says whom to compare with: the bytes decide, and who is new is decoded as a whole.
    """
    if len(piece) < 2 or piece[0] != _OPERATORS or piece[1] >= _MORE:  # noqa: PLR2004 - key, length
        return ""
    return piece[2 : 2 + piece[1]].decode(errors="replace")
