"""Makes a conversation fit a context: the oldest turns go first, the question never."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from tools.errors import TurnTooLong
from tools.models.types import Message

LONGEST_TOKEN = 64
"""No text has fewer tokens than its bytes over this; spares tokenising what cannot fit."""


def fit(
    messages: Sequence[Message], room: int, count: Callable[[Sequence[Message]], int]
) -> list[Message]:
    """The conversation without its oldest turns, so that `count` of it is at most `room` tokens.

    System messages and the last user turn with what follows it always stay.

    Raises:
        TurnTooLong: these alone do not fit.
    """
    choices = _shorter(list(messages))

    def fits(choice: list[Message]) -> bool:
        return _may_fit(choice, room) and count(choice) <= room

    best = bisect_left(choices, True, key=fits)
    if best == len(choices):
        raise _too_long(choices[-1], room, count)
    return choices[best]


def _may_fit(messages: Sequence[Message], room: int) -> bool:
    return _size(messages) <= room * LONGEST_TOKEN


def _size(messages: Sequence[Message]) -> int:
    return sum(len(message.content.encode("utf-8", "replace")) for message in messages)


def _shorter(messages: list[Message]) -> list[list[Message]]:
    """The conversation whole, then without its oldest exchange, without its two oldest, and so on.

    After a cut a user turn comes first.
    """
    turns = [at for at, message in enumerate(messages) if message.role == "user"]
    others = [at for at, message in enumerate(messages) if message.role != "system"]
    cuts = [at for at in turns if at > others[0]] if others else []
    return [messages] + [
        [each for at, each in enumerate(messages) if at >= cut or each.role == "system"]
        for cut in cuts
    ]


def _too_long(
    messages: Sequence[Message], room: int, count: Callable[[Sequence[Message]], int]
) -> TurnTooLong:
    size = _size(messages)
    found = f"{count(messages):,} tokens" if _may_fit(messages, room) else f"{size:,} bytes"
    return TurnTooLong(
        f"the last turn is too long: {found} with what belongs to it, and the model's context"
        f" has room for {room:,} tokens"
    )
