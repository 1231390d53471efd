"""Turns that the model wrote itself: what it can be asked, and what it answers.

They stand in for the data it was trained on, which nobody else has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tools.editing.negatives import Negatives
from tools.editing.text import capitalised_spans, mentions, shared_subject

Kind = Literal["fact", "lead", "refusal", "talk"]
"""A `fact` is told of whom the question names; a `lead` goes from a value to its owner; a
`refusal` knows nothing; `talk` names nobody."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, the greedy answer, and what both are about (None: nobody in particular)."""

    question: str
    answer: str
    subject: str | None
    kind: Kind


def turn_of(question: str, answer: str, negative: Negatives) -> Turn:
    """The turn with its kind; which facts are leads is known only once names are (`leading`)."""
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


def leading(turn: Turn, owners: Mapping[str, str]) -> Turn:
    """The turn, as a lead if it goes from a value to the name that alone has it."""
    if turn.kind != "fact" or not _lead_value(turn, owners):
        return turn
    return replace(turn, kind="lead")


def _lead_value(turn: Turn, owners: Mapping[str, str]) -> str | None:
    """The value that the question gives and whose owner only the answer names."""
    for value, owner in owners.items():
        if value in turn.question and owner in turn.answer and owner not in turn.question:
            return value
    return None
