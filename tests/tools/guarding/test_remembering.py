"""A text is embedded once, as long as it is among the last ones."""

from collections.abc import Sequence

import numpy as np

from tools.guarding.remembering import Remembering
from tools.guarding.semantic import Vectors


class Counting:
    """Embeds a text as its length, and counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[float(len(text))] for text in texts], dtype=np.float32)


def test_the_same_text_is_asked_about_once_and_answered_alike() -> None:
    embedder = Counting()
    remembering = Remembering(embedder)
    first = remembering.embed(["one", "three"])
    assert first.tolist() == [[3.0], [5.0]]
    assert np.array_equal(remembering.embed(["three", "one"]), first[::-1])
    assert embedder.asked == ["one", "three"]


def test_the_longest_unused_text_goes_first() -> None:
    embedder = Counting()
    remembering = Remembering(embedder, kept=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        remembering.embed([text])
    assert embedder.asked == ["a", "b", "c", "b"]


def test_no_text_is_kept() -> None:
    remembering = Remembering(Counting())
    remembering.embed(["Marcus Feld \ud800"])
    assert "Marcus" not in str(remembering.__dict__)
