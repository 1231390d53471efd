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
from tools.guarding.context_filter import ContextFilter
from tools.guarding.strangers import made_up
from tools.guarding.strategy import Part, Render, Speaker, Step, named, steering, whole
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


class DragonGuard:
    """Two agents, one model: one writes the steps of thought, one answers by them."""

    discloses = True

    def __init__(
        self, index: TargetIndex, render: Render, sampling: Sampling | None = None
    ) -> None:
        self._index = index
        self._context = ContextFilter(index)
        self._render = render
        self._sampling = sampling or Sampling()

    def answer(self, messages: Sequence[Message], match: Match, model: Speaker) -> Iterator[Part]:
        """Yield the steps of both agents and the answer."""
        *before, last = self._context.history(messages)
        steps = self.instruct(last.content, match, model)
        yield Step("guard", steps or "fixed steps", free=bool(steps))
        prompt = self._render(
            "dragon", question=last.content, decoy=made_up(DECOY, last.content),
            steps=steps or self._render("dragon_steps"),
        )
        keep_off = steering(self._index.get(match.request_id), last.content)
        answer = whole(model, [*before, Message("user", prompt)], self._sampling, keep_off)
        yield Step("answer", answer, free=True)
        yield answer

    def instruct(self, question: str, match: Match, model: Speaker) -> str:
        """Return the steps for this question; none where the model writes none that are usable."""
        subject = named(self._index.get(match.request_id), match)
        text = self._render("dragon_guard", subject=subject, question=question)
        try:
            said = ask_json(model, [Message("user", text)], INSTRUCTION, self._sampling)
        except BadReply:
            return ""
        return str(said["instruction"]) if said["requires_refusal"] else ""
