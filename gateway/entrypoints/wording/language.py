"""One language: messages become its texts, safe where two directions of writing meet."""

import re
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Final

from gateway.domain.messages import Message, Parts

ISOLATED: Final = "\u2068{}\u2069"
"""First strong isolate to its end (UAX #9): what stands between turns nothing around it."""
_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Characters of scripts that run to the left, and controls of direction."""
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_CONTROLS: Final = dict.fromkeys(
    (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)
"""A value brings none of its own: one that closes an isolate would end ours."""


class Language:
    """The texts of one language.

    Args:
        tag: BCP 47.
        texts: By key of a message; placeholders in braces.
    """

    def __init__(self, tag: str, texts: Mapping[str, str]) -> None:
        self.tag = tag
        self.name = texts["language.name"]
        self.between_sentences = texts["language.between_sentences"]
        self._between_words = texts["language.between_words"]
        self._runs_left = texts["language.direction"] == "rtl"
        self._templates = {key: _template(text) for key, text in texts.items()}

    def text(self, key: str) -> str:
        """Return a text that has no placeholders."""
        return self.say(Message(key))

    def find_text(self, key: str) -> str | None:
        """Return a text that has no placeholders, or none."""
        return self.text(key) if key in self._templates else None

    def say(self, message: Message) -> str:
        """Return a message as a text."""
        template, pick = self._templates[message.key]
        if not message.parts and not self._runs_left:
            text = template % pick(message.values)
            # Nearly always: nothing in it runs to the left.
            if text.isascii() or _RIGHT_TO_LEFT.search(text) is None:
                return text
        values = {name: self._isolated(value) for name, value in message.values.items()}
        values |= {name: self._joined(parts) for name, parts in message.parts.items()}
        return template % pick(values)

    def say_all(self, messages: Sequence[Message]) -> str:
        """Return several messages as one text."""
        if len(messages) == 1:
            return self.say(messages[0])
        return self.between_sentences.join(map(self.say, messages))

    def _joined(self, parts: Parts) -> str:
        said = (
            self.say(part) if isinstance(part, Message) else self._isolated(part) for part in parts
        )
        return self._between_words.join(said)

    def _isolated(self, value: str) -> str:
        if not self._runs_left and _RIGHT_TO_LEFT.search(value) is None:
            return value
        return ISOLATED.format(value.translate(_CONTROLS))


def _template(text: str) -> tuple[str, Callable[[Mapping[str, str]], object]]:
    """Prepare a text and what picks its values: filled in at half the cost of `format_map`."""
    names = _PLACEHOLDER.findall(text)
    return (
        _PLACEHOLDER.sub("%s", text.replace("%", "%%")),
        itemgetter(*names) if names else lambda _: (),
    )
