"""The words the watchdog answers in, and what it needs from an embedder."""

from typing import Literal, Protocol, TypedDict

import numpy as np
from numpy.typing import NDArray

Intent = Literal["forget", "restore", "list", "remember", "ask", "expire"]
"""What a turn wants of the assistant's memory: `expire` says how long conversations are kept, `ask`
is everything that is no such order."""

Scope = Literal["fact", "entity", "topic", "thread", "source"]
"""How much is meant: one fact, one somebody or something, a theme, this talk, a document."""

INTENTS: tuple[Intent, ...] = ("forget", "restore", "list", "remember", "ask")
"""What the classifier tells apart; `expire` is known by its words alone."""


class Verdict(TypedDict):
    """The reading of one user turn.

    `subject` is written as the user wrote it (or as said in an earlier turn that "that" points
    to); None when the turn names none. `confidence` is the calibrated probability of `intent`.
    """

    intent: Intent
    subject: str | None
    scope: Scope
    confidence: float


class SentenceEmbedder(Protocol):
    """Anything that turns sentences into unit vectors."""

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """One row of 384 numbers for each text, of length 1."""
        ...
