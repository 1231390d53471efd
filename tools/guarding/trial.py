"""What a target would touch if it were guarded: looked up in an index of its own, so that the
guard is not changed and need not be changed back."""

from collections.abc import Sequence
from dataclasses import replace

from tools.guarding.audit import Audit
from tools.guarding.entries import Target
from tools.guarding.screen import Screen
from tools.guarding.semantic import Embedder, described
from tools.guarding.targets import TargetIndex


class Trial:
    """One target beside the targets of `index`, described by `facts` as it would be registered."""

    def __init__(
        self, index: TargetIndex, target: Target, facts: Sequence[str], embedder: Embedder | None
    ) -> None:
        alone = TargetIndex(embedder)
        alone.names = index.names
        alone.add(replace(target, vectors=described(embedder, target.subject, facts)))
        self._now, self._then = (Screen(index), Audit(index)), (Screen(alone), Audit(alone))

    def touches(self, question: str, answer: str) -> bool:
        """Say whether the target would be met in this talk, and no target is met in it now."""
        return _met(self._then, question, answer) and not _met(self._now, question, answer)


def _met(guard: tuple[Screen, Audit], question: str, answer: str) -> bool:
    screen, audit = guard
    return screen.screen([question]) is not None or audit.check(answer, question) is not None
