"""What all enumerations of words have in common that stand as keys on the way of every lookup."""

from enum import StrEnum


class Words(StrEnum):
    """Words with the hash of the string that each equals.

    The library's own hash is that of the member's name: another one than the equal string's, and
    reckoned in Python at every look into a dict.
    """

    __hash__ = str.__hash__
