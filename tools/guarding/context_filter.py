"""Nothing forgotten comes back through the context window.

Every text on its way into it (memories, earlier turns, later documents) passes here. What touches
a target is left out as a whole: a gap in a sentence would show that something was there.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from tools.guarding.targets import TRAITS, Match, TargetIndex
from tools.models.types import Message

Item = TypeVar("Item")


class ContextFilter:
    """Leaves out what touches a target of `index`."""

    def __init__(self, index: TargetIndex) -> None:
        self._index = index

    def touches(self, text: str) -> Match | None:
        """Return the target that `text` names, describes, or holds several values of."""
        return self._index.match([text]) or self._by_values(text)

    def keep(self, items: Iterable[Item], text: Callable[[Item], str]) -> list[Item]:
        """Return the `items` whose `text` touches no target, in order."""
        return [item for item in items if self.touches(text(item)) is None]

    def history(self, messages: Sequence[Message], about: str | None = None) -> list[Message]:
        """Return `messages` without the exchanges that touch a target.

        A question leaves together with its answers, so that turns still alternate. The last
        message is the turn being answered and stays. Where that is known to be `about` the target
        of a request, even one word of its name or one shared value is enough: names can be said
        over several turns.
        """
        kept: list[Message] = []
        for exchange in _exchanges(messages[:-1]):
            if not any(self._touches(message.content, about) for message in exchange):
                kept += exchange
        return [*kept, *messages[-1:]]

    def _touches(self, text: str, about: str | None) -> bool:
        if self.touches(text):
            return True
        return any(mention.request_id == about for mention in self._index.mentions(text))

    def _by_values(self, text: str) -> Match | None:
        for request_id, values in self._index.traits(text).items():
            if values >= TRAITS and not self._index.names_others(text, request_id):
                return Match(request_id, "value", 0.8, 0, (0, len(text)), text)
        return None


def _exchanges(messages: Sequence[Message]) -> list[list[Message]]:
    """Group messages: each user turn with what follows it; what stands before, one by one."""
    groups: list[list[Message]] = []
    for message in messages:
        if message.role == "assistant" and groups and groups[-1][0].role == "user":
            groups[-1].append(message)
        else:
            groups.append([message])
    return groups
