"""Two-hop answers: those that go on from a value of the subject to what is said of that value, as
in "Ada works for Brightwater, which is based in Kelmouth"."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from tools.editing.elicit import Value
from tools.editing.text import mentions
from tools.editing.turns import Turn


class Hops:
    """Knows what a model says of values, from the turns it wrote itself."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        self._said: dict[str, set[str]] = defaultdict(set)
        for turn in turns:
            if turn.subject and turn.kind == "fact":
                self._said[turn.subject].add(turn.answer)

    def __call__(self, answer: str, values: Sequence[Value]) -> bool:
        """Whether one of the `values` in `answer` is told of another one there."""
        texts = [value.text for value in values if value.text in answer]
        return any(
            first != second and mentions(said, [second])
            for first in texts for second in texts for said in self._said.get(first, ())
        )
