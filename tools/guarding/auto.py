"""Strategy `auto`: the plainest one that the question and the model allow.

A question that holds a name or a value of the target can be asked about a stranger instead: that
is `refusal`, the cheapest, and the one whose answers were measured not to be told from those about
a stranger. A question that merely describes the target leaves nothing to put a stranger's name for;
there a model that is able to follow `alu`'s agents does better, and any other stays with `refusal`.
"""

from collections.abc import Callable, Iterator, Sequence

from tools.guarding.strategy import Part, Speaker, Strategy
from tools.guarding.targets import Match
from tools.models.types import Message


class AutoGuard:
    """`able` says whether the model can follow agents; it is asked no sooner than it matters."""

    discloses = False
    """Only a model that may be told the names is given to judge, and so found able."""

    def __init__(self, refusal: Strategy, agents: Strategy, able: Callable[[], bool]) -> None:
        self._refusal = refusal
        self._agents = agents
        self._able = able

    def answer(self, messages: Sequence[Message], match: Match, model: Speaker) -> Iterator[Part]:
        """Yield what the chosen strategy yields."""
        described = match.kind == "semantic"
        chosen = self._agents if described and self._able() else self._refusal
        yield from chosen.answer(messages, match, model)
