"""Strategy `dragon`: the model itself answers, under an instruction written for this very question.

Source: DRAGON (2511.05784): a guard model writes a chain-of-thought instruction for the query, and
the prompt carries a policy and a decoy as context. What differs: the guard is the same model, not
one that was trained for it, and where it cannot keep to the form, fixed steps stand in; the decoy
is a made-up name; detection is the screen's (`tools.guarding.screen`), and in place of a store of
paraphrased forget prompts there are the vectors of what the model says of the target, its name
taken out: no prompt of a user is kept.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from tools.errors import BadReply
from tools.guarding.in_context import InContext
from tools.guarding.strangers import made_up
from tools.guarding.strategy import Part, Render, Speaker, Step
from tools.guarding.targets import Match, TargetIndex
from tools.models.structured import ask_json
from tools.models.types import Message, Sampling

DECOY = "Anna Berg"
"""Shape of the decoy's name."""

LONGEST = 400
"""Characters of the steps; a model that would never end a text is brought to."""

INSTRUCTION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "requires_refusal": {"type": "boolean"},
        "instruction": {"type": "string", "maxLength": LONGEST},
    },
    "required": ["requires_refusal", "instruction"],
    "additionalProperties": False,
}
"""JSON schema of the guard agent's reply."""


class DragonGuard(InContext):
    """Two agents, one model: one writes the steps of thought, one answers by them."""

    def __init__(
        self, index: TargetIndex, render: Render, sampling: Sampling | None = None
    ) -> None:
        super().__init__(index, sampling)
        self._render = render

    def answer(self, messages: Sequence[Message], match: Match, model: Speaker) -> Iterator[Part]:
        """Yield the steps of both agents and the answer."""
        before, last = self._talk(messages)
        steps = self.instruct(last.content, match, model)
        yield Step("guard", steps or "fixed steps", free=bool(steps))
        prompt = self._render(
            "dragon", question=last.content, decoy=made_up(DECOY, last.content),
            steps=steps or self._render("dragon_steps"),
        )
        asked = [*before, Message("user", prompt)]
        answer = self._answer(asked, last.content, match, model)
        yield Step("answer", answer, free=True)
        yield answer

    def instruct(self, question: str, match: Match, model: Speaker) -> str:
        """Return the steps for this question; none where the model writes none that are usable."""
        text = self._render("dragon_guard", subject=self._names(match), question=question)
        try:
            said = ask_json(model, [Message("user", text)], INSTRUCTION, self._sampling)
        except BadReply:
            return ""
        return str(said["instruction"]) if said["requires_refusal"] else ""
