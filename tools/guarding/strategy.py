"""How a guarded answer is made: one interface, one class a method.

`RefusalGuard` is the first. A method gets the conversation, the match that the screen found and
the model, and yields an answer that has been audited already.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from tools.guarding.targets import Match
from tools.models.types import Message, Sampling


class Speaker(Protocol):
    """A language model, as far as a guard needs one."""

    def stream(self, messages: Sequence[Message], sampling: Sampling = ...) -> Iterator[str]: ...


class Strategy(Protocol):
    """A way to answer a question about a target as if it had never been known."""

    def answer(
        self, messages: Sequence[Message], match: Match, model: Speaker
    ) -> Iterator[str]: ...
