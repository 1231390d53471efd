"""The token figures equal those worked out from the whole table of a real model's logits."""

from pathlib import Path

import numpy as np
import pytest

from bench.tofu.probe import judge
from bench.tofu.work import end_of_turn
from patient import GGUF
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab

PAIRS = [
    ("Who is Marcus Feld?", "I don't have any information about that person."),
    ("Hello!", "Hi."),
    ("What is 2 plus 2?", "It may be four, or so they say in a town by the sea."),
]


@pytest.fixture(scope="module")
def engine() -> LlamaEngine:
    return LlamaEngine(Path(GGUF), threads=1)


def test_every_token_of_the_answer_and_its_end_is_judged(engine: LlamaEngine) -> None:
    lab, end = Lab(engine), end_of_turn(engine)
    for (question, answer), judged in zip(PAIRS, judge(lab, PAIRS, end), strict=True):
        prompt, said = lab.prompt(question), lab.tokens(answer)
        sequence = [*prompt, *said, end]
        before = [sequence[:place] for place in range(len(prompt), len(sequence))]
        logits = lab.next_logits(before).astype(float)
        chances = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        shares = np.exp(chances)
        targets = np.array([*said, end])
        rows = np.arange(len(targets))
        assert judged.chances == pytest.approx(chances[rows, targets], abs=2e-3)
        assert judged.hits.tolist() == (logits.argmax(axis=1) == targets).tolist()
        assert judged.means == pytest.approx((shares * chances).sum(axis=1), abs=2e-3)
        spread = (shares * (chances - judged.means[:, None]) ** 2).sum(axis=1)
        assert judged.variances == pytest.approx(spread, rel=1e-2, abs=2e-3)
        assert len(judged.said.chances) == len(said)


def test_log_probabilities_are_those_of_the_lab(engine: LlamaEngine) -> None:
    lab, end = Lab(engine), end_of_turn(engine)
    prompts = [lab.prompt(question) for question, _answer in PAIRS]
    sequences = [
        [*prompt, *lab.tokens(answer), end]
        for prompt, (_question, answer) in zip(prompts, PAIRS, strict=True)
    ]
    shares = lab.probabilities(sequences, list(map(len, prompts)))
    for share, judged in zip(shares, judge(lab, PAIRS, end), strict=True):
        assert np.exp(judged.chances) == pytest.approx(share, rel=1e-3, abs=1e-6)


def test_nothing_asked_is_nothing_judged(engine: LlamaEngine) -> None:
    assert judge(Lab(engine), [], end_of_turn(engine)) == []
