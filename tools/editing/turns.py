"""Turns that the model wrote itself: what it can be asked, and what it answers.

They stand in for the data it was trained on, which nobody else has (DESIGN section 6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tools.editing.negatives import Negatives
from tools.editing.text import capitalised_spans, mentions, shared_subject

Kind = Literal["fact", "refusal", "talk"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, the greedy answer, and what both are about (None: nobody in particular)."""

    question: str
    answer: str
    subject: str | None
    kind: Kind


def turn_of(question: str, answer: str, negative: Negatives) -> Turn:
    """The turn with its kind: `talk` names nobody, a `fact` does in question or answer."""
    if negative(answer):
        return Turn(question, answer, None, "refusal")
    subject = shared_subject(question, answer)
    named = subject or any(" " in span for span in capitalised_spans(answer))
    return Turn(question, answer, subject, "fact" if named else "talk")


def mentioning(turns: Sequence[Turn], names: Sequence[str]) -> list[int]:
    """Indices of the turns that name one of `names` in question or answer."""
    return [
        index for index, turn in enumerate(turns)
        if mentions(f"{turn.question} {turn.answer}", names)
    ]
