"""Strategy `prompt`: the names of all targets in the system prompt, and the order to know nothing.

The baseline that the literature calls a guardrail prompt (2403.03329). Its prompt grows with every
target, and whoever makes the model repeat it has the list: here for comparison.
"""

from collections.abc import Iterator, Sequence

from tools.guarding.in_context import InContext
from tools.guarding.strategy import Part, Render, Speaker, Step
from tools.guarding.targets import Match, TargetIndex
from tools.models.types import Message, Sampling


class NameListGuard(InContext):
    """One model and one system message."""

    def __init__(
        self, index: TargetIndex, render: Render, sampling: Sampling | None = None
    ) -> None:
        super().__init__(index, sampling)
        self._render = render

    def system(self) -> Message:
        """Return the message that lists every target."""
        names = "\n".join(target.subject for target in self._index.all())
        return Message("system", self._render("name_list", names=names))

    def answer(self, messages: Sequence[Message], match: Match, model: Speaker) -> Iterator[Part]:
        """Yield what was done and the answer."""
        before, last = self._talk(messages)
        yield Step("prompt", f"told to know nothing of {len(self._index)} names ({match.kind})")
        answer = self._answer([self.system(), *before, last], last.content, match, model)
        yield Step("answer", answer, free=True)
        yield answer
