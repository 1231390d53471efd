"""How a guarded answer is made: one interface, one class a method.

A strategy gets the conversation, the match that the screen found and the model, and yields what its
agents did (`Step`) and the answer. `refusal` audits its own answer, because it can try again; every
other is put into `Audited`, so that no answer of a model is shown unchecked.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tools.errors import BadReply, TurnTooLong
from tools.guarding.audit import Audit
from tools.guarding.targets import Match, TargetIndex
from tools.models.thinking import separated
from tools.models.types import Message, Sampling, Steering


class Speaker(Protocol):
    """A language model, as far as a guard needs one."""

    def stream(
        self, messages: Sequence[Message], sampling: Sampling = ...,
        steering: Steering | None = None,
    ) -> Iterator[str]: ...

    def complete(self, messages: Sequence[Message], sampling: Sampling = ...) -> str: ...


class Render(Protocol):
    """Prompts by name, every text in them quoted."""

    def __call__(self, name: str, **values: str | int) -> str: ...


@dataclass(frozen=True, slots=True)
class Step:
    """What one agent did on the way to a guarded answer.

    `said` is as the agent put it and may give the target away; `Guard` redacts it. `free` marks
    the model's own prose.
    """

    agent: str
    said: str
    free: bool = False


@dataclass(frozen=True, slots=True)
class Thought:
    """Some of a reasoning model's thought that may be shown; no part of the answer."""

    text: str


Part = Step | Thought | str
"""A step, some thought, or a piece of the answer."""


def text_of(parts: Iterable[Part]) -> str:
    """The answer without the steps and thoughts that came with it."""
    return "".join(part for part in parts if isinstance(part, str))


class Strategy(Protocol):
    """A way to answer a question about a target as if it had never been known.

    `discloses` says whether its prompts name the target beyond what the user typed.
    """

    @property
    def discloses(self) -> bool: ...

    def answer(
        self, messages: Sequence[Message], match: Match, model: Speaker
    ) -> Iterator[Part]: ...


Build = Callable[[TargetIndex, Strategy], Strategy]
"""Makes a strategy for the targets of an index; the second one answers where it cannot."""


def whole(
    model: Speaker, messages: Sequence[Message], sampling: Sampling,
    steering: Steering | None = None,
) -> str:
    """The whole answer of a model, without its thoughts and outer blanks."""
    pieces = separated(model.stream(messages, sampling, steering))
    return "".join(piece.text for piece in pieces if not piece.thought).strip()


class Audited:
    """A strategy whose answer is shown only if it gives nothing away.

    Where it does, or where the model cannot follow, `refusal` answers instead.
    """

    def __init__(self, inner: Strategy, refusal: Strategy, index: TargetIndex) -> None:
        self._inner = inner
        self._refusal = refusal
        self._audit = Audit(index)

    @property
    def discloses(self) -> bool:
        """As the strategy within."""
        return self._inner.discloses

    def answer(self, messages: Sequence[Message], match: Match, model: Speaker) -> Iterator[Part]:
        """Yield the steps, then the answer that passed."""
        text = ""
        try:
            for part in self._inner.answer(messages, match, model):
                if isinstance(part, str):
                    text += part
                else:
                    yield part
        except BadReply:
            yield Step("audit", "the model did not keep to the form asked for")
        except TurnTooLong:
            yield Step("audit", "the prompt is too long for this model")
        about = match.request_id
        if text and not self._audit.doubts(text, messages[-1].content, about):
            yield Step("audit", "passed")
            yield text
            return
        if text:
            yield Step("audit", "stopped; answered as about a stranger")
        yield from self._refusal.answer(messages, match, model)
