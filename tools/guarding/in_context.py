"""What those strategies share that tell the model the name and have it answer all the same."""

from collections.abc import Sequence

from tools.guarding.context_filter import ContextFilter
from tools.guarding.strategy import Speaker, whole
from tools.guarding.targets import Match, TargetIndex
from tools.guarding.token_filter import TokenFilter
from tools.models.types import Message, Sampling, Steering


class InContext:
    """A strategy over the targets of `index`; `sampling` is that of what is shown in the end."""

    discloses = True

    def __init__(self, index: TargetIndex, sampling: Sampling | None = None) -> None:
        self._index = index
        self._context = ContextFilter(index)
        self._sampling = sampling or Sampling()

    def _talk(self, messages: Sequence[Message]) -> tuple[list[Message], Message]:
        """Return the earlier messages that touch no target, and the question."""
        *before, last = self._context.history(messages)
        return before, last

    def _names(self, match: Match) -> str:
        """Return every name of the target, a line each; what was typed where it is gone."""
        target = self._index.get(match.request_id)
        return "\n".join(target.names) if target else match.text

    def _answer(
        self, messages: Sequence[Message], question: str, match: Match, model: Speaker
    ) -> str:
        """Return the model's answer, which a model in this process is steered in."""
        keep_off = self._steering(match, question)
        return whole(model, messages, self._sampling, keep_off)

    def _steering(self, match: Match, question: str) -> Steering | None:
        """Keep a model off what is known of the target, as far as the question did not say it: the
        guarded decoding of GUARD (2505.13312) and STaR (2601.09281)."""
        target = self._index.get(match.request_id)
        if target is None:
            return None
        forbidden = (*target.values, *target.names)
        return TokenFilter(forbidden, allowed=question, discouraged=target.values)
