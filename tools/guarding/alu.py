"""Strategy `alu`: agents that erase the target from a draft, rate the erasures, and merge the best.

Source: Sanyal and Mandal, "Agents Are All You Need for LLM Unlearning" (2502.00406, COLM 2025): a
vanilla answer, AuditErase with k = 5 variants, a critic from 1 to 5, a composer of the top 3, and a
refusal when their mean is under 4.0. What differs: detection is the screen's, so only the target
that was met enters a prompt and the tokens of a query do not grow with the number of targets; the
refusal is the model's own way of not knowing; and the answer is audited like any other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tools.guarding.in_context import InContext
from tools.guarding.strategy import Part, Render, Speaker, Step, Strategy, whole
from tools.guarding.targets import Match, TargetIndex
from tools.models.structured import ask_json
from tools.models.types import Message, Sampling

VARIANTS = 5
"""k of the paper."""
BEST = 3
"""j of the paper."""
LEAST = 4.0
"""Mean rating of the best, under which the question is declined."""

ROOM = Sampling(max_tokens=768)
"""Five answers in JSON are longer than one."""
LONGEST = 600
"""Characters of one variant; a model that would never end a text is brought to."""


@dataclass(frozen=True, slots=True)
class Rated:
    """An erased answer and the critic's rating, 1 (tells) to 5 (no trace)."""

    rating: int
    text: str


class AluGuard(InContext):
    """Four agents, one model. `refusal` answers where they find nothing that may be said."""

    def __init__(
        self, index: TargetIndex, refusal: Strategy, render: Render,
        sampling: Sampling | None = None,
    ) -> None:
        super().__init__(index, sampling)
        self._refusal = refusal
        self._render = render

    def answer(self, messages: Sequence[Message], match: Match, model: Speaker) -> Iterator[Part]:
        """Yield the steps of all four agents and the composed answer.

        Raises:
            BadReply: the model cannot keep to the form asked for.
        """
        before, last = self._talk(messages)
        subject, question = self._names(match), last.content
        draft = whole(model, [*before, last], self._sampling)
        yield Step("vanilla", draft, free=True)
        variants = self.erase(subject, question, draft, model)
        yield Step("erase", "\n".join(variants), free=True)
        ratings = self.rate(subject, variants, model)
        yield Step("critic", ", ".join(map(str, ratings)))
        best = top(variants, ratings)
        if sum(each.rating for each in best) < LEAST * len(best):
            yield Step("compose", f"under {LEAST:g} on average: declined")
            yield from self._refusal.answer(messages, match, model)
            return
        composed = self.composition(question, [each.text for each in best])
        answer = self._answer(composed, question, match, model)
        yield Step("compose", answer, free=True)
        yield answer

    def erase(self, subject: str, question: str, draft: str, model: Speaker) -> list[str]:
        """Return `VARIANTS` rewritings of `draft` without the subject (AuditErase)."""
        text = self._render(
            "alu_erase", subject=subject, question=question, draft=draft, count=VARIANTS
        )
        found: list[str] = ask_json(model, [Message("user", text)], ANSWERS, ROOM)["answers"]
        return found

    def rate(self, subject: str, variants: Sequence[str], model: Speaker) -> list[int]:
        """Return the critic's rating of each variant, 1 to 5."""
        text = self._render(
            "alu_critic", subject=subject, answers=numbered(variants), count=len(variants)
        )
        schema = _object("ratings", {"type": "integer", "minimum": 1, "maximum": 5}, len(variants))
        found: list[int] = ask_json(model, [Message("user", text)], schema, ROOM)["ratings"]
        return found

    def composition(self, question: str, answers: Sequence[str]) -> list[Message]:
        """Return what the composer is told, to make one answer of `answers`."""
        text = self._render("alu_compose", question=question, answers=numbered(answers))
        return [Message("user", text)]


def top(variants: Sequence[str], ratings: Sequence[int]) -> list[Rated]:
    """Return the `BEST` variants by rating, earlier ones first among equals."""
    rated = [Rated(rating, text) for text, rating in zip(variants, ratings, strict=True)]
    return sorted(rated, key=lambda each: -each.rating)[:BEST]


def numbered(texts: Sequence[str]) -> str:
    """Return `texts` one under the other, each behind its number."""
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))


def _object(key: str, items: dict[str, Any], count: int) -> dict[str, Any]:
    """Return the schema of an object with one list of exactly `count` items."""
    values = {"type": "array", "items": items, "minItems": count, "maxItems": count}
    return {
        "type": "object", "properties": {key: values}, "required": [key],
        "additionalProperties": False,
    }


ANSWERS = _object("answers", {"type": "string", "maxLength": LONGEST}, VARIANTS)
"""JSON schema of AuditErase's reply."""
