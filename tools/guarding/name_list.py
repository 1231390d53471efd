"""Strategy `prompt`: the names of all targets in the system prompt, and the order to know nothing.

The baseline that the literature calls a guardrail prompt (2403.03329). Its prompt grows with every
target, and whoever makes the model repeat it has the list: here for comparison.
"""

from collections.abc import Iterator, Sequence

from tools.guarding.context_filter import ContextFilter
from tools.guarding.strategy import Part, Render, Speaker, Step, steering, whole
from tools.guarding.targets import Match, TargetIndex
from tools.models.types import Message, Sampling


class NameListGuard:
    """One model and one system message."""

    discloses = True

    def __init__(
        self, index: TargetIndex, render: Render, sampling: Sampling | None = None
    ) -> None:
        self._index = index
        self._context = ContextFilter(index)
        self._render = render
        self._sampling = sampling or Sampling()

    def system(self) -> Message:
        """Return the message that lists every target."""
        names = "\n".join(target.subject for target in self._index.all())
        return Message("system", self._render("name_list", names=names))

    def answer(self, messages: Sequence[Message], match: Match, model: Speaker) -> Iterator[Part]:
        """Yield what was done and the answer."""
        talk = self._context.history(messages)
        yield Step("prompt", f"told to know nothing of {len(self._index)} names ({match.kind})")
        keep_off = steering(self._index.get(match.request_id), talk[-1].content)
        answer = whole(model, [self.system(), *talk], self._sampling, keep_off)
        yield Step("answer", answer, free=True)
        yield answer
