"""The guard as one object: what the agents hold.

Targets are registered here; questions, answers and texts for the context are checked here; guarded
answers come from here. The parts know nothing of each other's callers.
"""

from collections.abc import Iterable, Iterator, Sequence

from tools.guarding.audit import Audit
from tools.guarding.context_filter import ContextFilter
from tools.guarding.entries import Target
from tools.guarding.judge import Judge
from tools.guarding.refusal import RefusalGuard, Strangers, no_strangers
from tools.guarding.remembering import Remembering
from tools.guarding.screen import Screen
from tools.guarding.semantic import Embedder
from tools.guarding.strategy import Build, Part, Speaker, Step
from tools.guarding.stream_filter import WINDOW, StreamFilter
from tools.guarding.targets import Match, TargetIndex
from tools.guarding.trace import redacted
from tools.guarding.trial import Trial
from tools.models.types import Message, Sampling


class Guard:
    """Everything that keeps targets out of answers and out of the context."""

    def __init__(
        self,
        embedder: Embedder | None = None,
        known_names: Iterable[str] = (),
        strangers: Strangers = no_strangers,
        sampling: Sampling | None = None,
        build: Build | None = None,
        judge: Judge | None = None,
    ) -> None:
        self._embedder = Remembering(embedder) if embedder else None
        self.index = TargetIndex(self._embedder, known_names)
        self._screen = Screen(self.index, judge)
        self._audit = Audit(self.index)
        self._context = ContextFilter(self.index)
        refusal = RefusalGuard(self.index, strangers, sampling)
        self._strategy = build(self.index, refusal) if build else refusal

    def register(self, target: Target) -> None:
        """Guard `target` from now on; again for the same request replaces it."""
        self.index.add(target)

    def remove(self, request_id: str) -> None:
        """Guard the target of `request_id` no more; unknown ids are ignored."""
        self.index.remove(request_id)

    def foresee(
        self, target: Target, facts: Sequence[str], talks: Sequence[tuple[str, str]]
    ) -> list[bool]:
        """Say of each question and answer whether registering `target` would change the answer.

        Nothing is registered. `facts` are what it will be described by; an answer that is not
        known is "". The judge is not asked.
        """
        trial = Trial(self.index, target, facts, self._embedder)
        return [trial.touches(*talk) for talk in talks]

    def learn_names(self, names: Iterable[str]) -> None:
        """Tell the guard who else there is: names the model knows, targets among them or not."""
        self.index.names.learn(names)

    def screen(self, turns: Sequence[str]) -> Match | None:
        """Return the target that the last of `turns` touches; earlier turns tell who "he" is."""
        return self._screen.screen(turns)

    def touches(self, text: str) -> Match | None:
        """Return the target that a text on its way into the context touches."""
        return self._context.touches(text)

    def history(self, messages: Sequence[Message]) -> list[Message]:
        """Return `messages` without the exchanges that touch a target; the last one stays."""
        return self._context.history(messages)

    def forbidden(self, text: str, question: str = "") -> Match | None:
        """Return the target that an answer gives away beyond what `question` said."""
        return self._audit.check(text, question)

    def filter(self, question: str = "") -> StreamFilter:
        """Return a fresh hold-back filter for the answer to `question`."""
        return StreamFilter(
            lambda text: self._audit.check(text, question), self.index.unfinished, window=WINDOW
        )

    @property
    def discloses(self) -> bool:
        """Whether the prompts of the strategy name targets beyond what the user typed."""
        return self._strategy.discloses

    def answer(self, messages: Sequence[Message], match: Match, model: Speaker) -> Iterator[Part]:
        """Yield an audited answer to the last of `messages`, as if the target were a stranger.

        Between its pieces come the steps that led to it, redacted.
        """
        question, about = messages[-1].content, match.request_id
        yield Step("screen", f"score {match.score:.2f}, {match.kind}")
        for part in self._strategy.answer(messages, match, model):
            if isinstance(part, Step):
                yield redacted(part, question, about, self._audit)
            else:
                yield part
