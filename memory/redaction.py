"""What is left of a saved conversation when a term is taken out of it.

Pure functions on LangGraph's decoded state. Messages go by exchanges, a user turn with all that
follows it up to the next: an answer without its question still tells what was asked, and chat
templates want the roles to alternate.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from memory.text import Mentions

MESSAGES = "messages"
"""Channel of the talk: a list of `{"role", "content"}`."""

_INTERNAL = ("__", "branch:")


class Redacted(NamedTuple):
    """A conversation's channels without the term; `messages` counts the messages removed.

    `idle` is true where the step under way was about the term, and is therefore given up.
    """

    channels: dict[str, Any]
    messages: int
    idle: bool


def redact(
    channels: Mapping[str, Any], pending: Sequence[Any], mentions: Mentions
) -> Redacted:
    """Take the term out of the channels; `pending` are the values of writes not yet applied."""
    lines = channels.get(MESSAGES) or []
    kept = without(lines, mentions)
    touched = {
        name for name, value in channels.items() if name != MESSAGES and mentions.in_value(value)
    }
    idle = bool(touched) or mentions.in_value(list(pending))
    left = {
        name: kept if name == MESSAGES else value
        for name, value in channels.items()
        if name not in touched and not (idle and name.startswith(_INTERNAL))
    }
    return Redacted(left, len(lines) - len(kept), idle)


def without(lines: Sequence[Any], mentions: Mentions) -> list[Any]:
    """The lines of the exchanges that do not mention the term."""
    return [
        line for exchange in exchanges(lines) if not mentions.in_value(exchange)
        for line in exchange
    ]


def exchanges(lines: Sequence[Any]) -> list[list[Any]]:
    """Split at user turns; lines before the first make an exchange of their own."""
    split: list[list[Any]] = []
    for line in lines:
        if not split or line["role"] == "user":
            split.append([])
        split[-1].append(line)
    return split
