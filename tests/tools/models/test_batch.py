"""Many prompts at once give what each would give alone."""

from collections.abc import Iterator

import numpy as np
import pytest

from tests.tools.models.loading import weights_of
from tests.tools.models.tiny_gguf import write_tiny
from tools.models.batch import generate, probabilities
from tools.models.contexts import Weights
from tools.models.probe import next_logits

PROMPTS = [[1, 300 + i % 40, *range(290, 290 + i % 7)] for i in range(130)]


class Cancelled(Exception):
    """Raised by a caller that wants no more."""


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weights]:
    path = write_tiny(tmp_path_factory.mktemp("models") / "tiny.gguf")
    with weights_of(path) as found:
        yield found


def greedy_alone(weights: Weights, prompt: list[int], limit: int) -> list[int]:
    tokens = list(prompt)
    for _ in range(limit):
        tokens.append(int(next_logits(weights, [tokens]).argmax()))
    return tokens[len(prompt):]


def test_greedy_answers_equal_those_decoded_alone(weights: Weights) -> None:
    answers = generate(weights, PROMPTS, 6)
    assert len(answers) == len(PROMPTS)
    for prompt, answer in list(zip(PROMPTS, answers, strict=True))[::17]:
        assert answer.tokens == greedy_alone(weights, prompt, 6)[:len(answer.tokens)]
        assert answer.finished or len(answer.tokens) == 6


def test_samples_differ_among_themselves_and_repeat_with_their_seed(weights: Weights) -> None:
    prompts = [[1, 300]] * 40
    first = generate(weights, prompts, 8, temperature=1.0, seed=1)
    assert len({tuple(answer.tokens) for answer in first}) > 20
    assert first == generate(weights, prompts, 8, temperature=1.0, seed=1)
    assert first != generate(weights, prompts, 8, temperature=1.0, seed=2)


def test_progress_counts_up_to_the_last_prompt(weights: Weights) -> None:
    seen: list[tuple[int, int]] = []
    generate(weights, PROMPTS, 2, done=lambda done, of: seen.append((done, of)))
    assert seen[-1] == (130, 130)
    assert seen == sorted(seen)


def test_a_caller_can_cancel(weights: Weights) -> None:
    def stop(done: int, _of: int) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        generate(weights, PROMPTS, 2, done=stop)


def test_no_prompts_give_no_answers(weights: Weights) -> None:
    assert generate(weights, [], 5) == []
    assert probabilities(weights, [], []) == []


def test_probabilities_are_those_of_the_next_token(weights: Weights) -> None:
    starts = [max(1, len(prompt) - 3) for prompt in PROMPTS]
    found = probabilities(weights, PROMPTS, starts)
    for prompt, start, chances in list(zip(PROMPTS, starts, found, strict=True))[::13]:
        logits = next_logits(weights, [prompt[:end] for end in range(start, len(prompt))])
        table = np.exp(logits - logits.max(axis=1, keepdims=True))
        table /= table.sum(axis=1, keepdims=True)
        assert np.allclose(chances, table[range(len(chances)), prompt[start:]], atol=1e-4)
