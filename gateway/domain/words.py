"""What enumerations of words have in common that stand on the way of every lookup.

There a member that is asked for is named once, at the top of a module: Python 3.11 finds it through
its class at twenty times the cost of a plain name.
"""

from enum import StrEnum


class Words(StrEnum):
    """Words with the hash of the string that each equals.

    The library's own hash is that of the member's name: another one than the equal string's, and
    reckoned in Python at every look into a dict.
    """

    __hash__ = str.__hash__
