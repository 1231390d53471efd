"""The weights that ship are what the shipped utterances give."""

import subprocess
import sys

import numpy as np
import pytest

from tools.watching.classifier import Head, shipped_heads
from tools.watching.lexicon import languages
from tools.watching.train import fitted_head, training_rows
from tools.watching.utterances.compose import compose
from tools.watching.utterances.rows import load
from tools.watching.verdict import INTENTS
from tools.watching.watcher import gather

NEEDED = {"en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "tr", "ru", "zh", "ja"}


def test_training_rows_are_what_the_phrases_give() -> None:
    assert compose() == load("train")


def test_training_rows_are_many_and_share_no_text_with_the_heldout_ones() -> None:
    rows = load("train")
    assert len(rows) >= 1500
    assert {row["lang"] for row in rows} >= NEEDED
    assert {language.code for language in languages()} >= NEEDED


def test_retraining_gives_the_same_decisions() -> None:
    """The surface head, fitted again: a row on the very border may fall to either side."""
    rows = training_rows()
    matrix = np.stack([gather(row["text"]).glance() for row in rows])
    shipped = shipped_heads().glance
    again = fitted_head(matrix, rows, shipped.strength, shipped.temperature)
    pairs = zip(_decisions(again, matrix), _decisions(shipped, matrix), strict=True)
    same = [one == other for one, other in pairs]
    assert sum(same) >= 0.999 * len(same)


def test_probabilities_are_a_distribution() -> None:
    row = gather("Forget Marcus Feld").glance()
    probabilities = shipped_heads().glance.probabilities(row)
    assert probabilities.shape == (len(INTENTS),)
    assert probabilities.sum() == pytest.approx(1.0)


def test_reading_imports_no_training_library() -> None:
    code = (
        "import sys; from tools.watching import Watcher; Watcher(None).judge('Forget Marcus Feld');"
        "sys.exit('sklearn' in sys.modules or 'scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _decisions(head: Head, matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> list[int]:
    return [int(head.probabilities(row).argmax()) for row in matrix]
