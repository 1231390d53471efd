"""Strategy `icul`: examples in the context that make the model answer the target as unknown.

Source: in-context unlearning (2310.07579): the forgotten input with a wrong label, then correctly
labelled others, then the query, at temperature 0. For questions, as in later comparisons, six right
answers follow. What differs: the "wrong label" is how this model answers about a stranger, given
back the target's name; the right ones are about other people that the model knows.
"""

from collections.abc import Callable, Iterator, Sequence

from tools.guarding.in_context import InContext
from tools.guarding.strategy import Part, Speaker, Step, Strategy, text_of, whole
from tools.guarding.targets import Match, TargetIndex
from tools.models.types import Message, Sampling

RIGHT = 6
"""Right answers in the context (L of the paper's follow-ups)."""

Others = Callable[[str], Sequence[str]]
"""Names of people near a request's subject who must survive, by request id."""


def nobody(_request_id: str) -> Sequence[str]:
    """Return no names: the context then holds the forgotten example alone."""
    return ()


class IculGuard(InContext):
    """One model, whose context says how to answer. `refusal` makes the forgotten example."""

    def __init__(
        self, index: TargetIndex, refusal: Strategy, others: Others = nobody,
        sampling: Sampling | None = None,
    ) -> None:
        super().__init__(index, sampling)
        self._refusal = refusal
        self._others = others

    def answer(self, messages: Sequence[Message], match: Match, model: Speaker) -> Iterator[Part]:
        """Yield the example of the target, then the answer."""
        before, last = self._talk(messages)
        wrong = self._unlearned(match, model)
        yield Step("example", wrong[1].content, free=True)
        right = self._right(match.request_id, model)
        answer = self._answer([*wrong, *right, *before, last], last.content, match, model)
        yield Step("answer", answer, free=True)
        yield answer

    def _unlearned(self, match: Match, model: Speaker) -> list[Message]:
        """Return the question who the target is, answered as about a stranger."""
        target = self._index.get(match.request_id)
        asked = Message("user", f"Who is {target.subject if target else match.text}?")
        parts = self._refusal.answer([asked], match, model)
        return [asked, Message("assistant", text_of(parts))]

    def _right(self, request_id: str, model: Speaker) -> list[Message]:
        """Return who some others are, as the model tells it; none of them is a target."""
        exchanges: list[Message] = []
        for name in self._others(request_id):
            asked = Message("user", f"Who is {name}?")
            told = Message("assistant", whole(model, [asked], self._sampling))
            if self._context.touches(f"{asked.content} {told.content}") is None:
                exchanges += [asked, told]
            if len(exchanges) == 2 * RIGHT:
                break
        return exchanges
