"""What messages say in English, for tests that read them."""

from collections.abc import Iterable

from gateway.domain.messages import Message
from gateway.entrypoints.wording import DEFAULT_LANGUAGE, find_language

ENGLISH = find_language(DEFAULT_LANGUAGE)


def in_english(said: Message | Iterable[Message]) -> str:
    return ENGLISH.say(said) if isinstance(said, Message) else ENGLISH.say_all(tuple(said))
