"""Every objective against its equation, worked out in plain Python on a few numbers."""

from __future__ import annotations

from math import exp, log, sqrt

import pytest

torch = pytest.importorskip("torch")

from bench.unlearning import losses  # noqa: E402
from bench.unlearning.losses import Answers  # noqa: E402

# Two answers, of three tokens and of one; what lies outside of them is padding.
NOW = [[0.5, 0.25, 0.8], [0.1]]
BEFORE = [[0.9, 0.9, 0.9], [0.6]]
REFUSAL = [[0.2, 0.3], [0.4, 0.7]]
REFUSAL_BEFORE = [[0.1, 0.1], [0.2, 0.2]]


def answers(probabilities: list[list[float]], padding: float = -7.0) -> Answers:
    length = max(map(len, probabilities)) + 1
    logp = torch.full((len(probabilities), length), padding)
    mask = torch.zeros(logp.shape, dtype=torch.bool)
    for row, some in enumerate(probabilities):
        logp[row, : len(some)] = torch.tensor([log(p) for p in some])
        mask[row, : len(some)] = True
    return Answers(logp, mask)


def total(some: list[float]) -> float:
    return sum(map(log, some))


def log_sigmoid(x: float) -> float:
    return -log(1 + exp(-x))


def test_retaining_is_the_cross_entropy_of_a_token() -> None:
    expected = -sum(total(some) for some in NOW) / 4
    assert losses.retained(answers(NOW)).item() == pytest.approx(expected)


def test_gradient_ascent_is_the_cross_entropy_with_its_sign_turned() -> None:
    found = losses.gradient_ascent(answers(NOW)).item()
    assert found == pytest.approx(-losses.retained(answers(NOW)).item())


def test_npo_weighs_each_answer_by_its_ratio_to_the_model_before() -> None:
    beta = 0.1
    expected = sum(
        -2 / beta * log_sigmoid(-beta * (total(now) - total(before)))
        for now, before in zip(NOW, BEFORE, strict=True)
    ) / 2
    assert losses.npo(answers(NOW), answers(BEFORE), beta).item() == pytest.approx(expected)


def test_npo_starts_where_its_gradient_is_that_of_gradient_ascent() -> None:
    """At p = r the gradient of NPO by log p(y | x) is 1, as that of the sum of log p."""
    logp = answers(BEFORE).logp.requires_grad_()
    losses.npo(Answers(logp, answers(BEFORE).mask), answers(BEFORE), 0.1).backward()
    assert logp.grad[0, 0].item() == pytest.approx(1 / 2)  # the mean of two answers


def test_simnpo_norms_by_length_and_needs_no_model_before() -> None:
    beta, gamma = 2.5, 0.3
    expected = sum(
        -2 / beta * log_sigmoid(-beta * total(now) / len(now) - gamma) for now in NOW
    ) / 2
    assert losses.simnpo(answers(NOW), beta, gamma).item() == pytest.approx(expected)


def test_wga_weighs_each_token_by_its_own_probability_without_gradient() -> None:
    alpha = 0.5
    expected = sum(p**alpha * log(p) for some in NOW for p in some) / 4
    logp = answers(NOW).logp.requires_grad_()
    found = losses.wga(Answers(logp, answers(NOW).mask), alpha)
    assert found.item() == pytest.approx(expected)
    found.backward()
    assert logp.grad[0, 1].item() == pytest.approx(0.25**alpha / 4)


def test_flat_raises_the_refusal_and_lowers_the_answer_by_the_conjugate_of_kl() -> None:
    forget, refusal = (0.5 + 0.25 + 0.8 + 0.1) / 4, (0.2 + 0.3 + 0.4 + 0.7) / 4
    expected = -refusal + exp(forget - 1)
    assert losses.flat(answers(NOW), answers(REFUSAL)).item() == pytest.approx(expected)


def test_idk_dpo_prefers_the_refusal_to_the_answer() -> None:
    beta = 0.1
    expected = 0.0
    for now, before, idk, idk_before in zip(NOW, BEFORE, REFUSAL, REFUSAL_BEFORE, strict=True):
        better, worse = total(idk) - total(idk_before), total(now) - total(before)
        expected += -2 / beta * log_sigmoid(beta * (better - worse)) / 2
    found = losses.idk_dpo(
        answers(NOW), answers(BEFORE), answers(REFUSAL), answers(REFUSAL_BEFORE), beta
    )
    assert found.item() == pytest.approx(expected)


def test_rmu_moves_states_of_answers_alone_and_every_answer_counts_the_same() -> None:
    hidden = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [50.0, 50.0]]])
    mask = torch.tensor([[True, True], [True, False]])
    target = torch.tensor([1.0, 0.0])
    first = ((0 + 4) / 2 + (4 + 16) / 2) / 2
    second = (1 + 1) / 2
    expected = (first + second) / 2
    assert losses.moved(hidden, target, mask).item() == pytest.approx(expected)


def test_rmus_direction_is_positive_of_unit_length_and_the_seeds_own() -> None:
    drawn = losses.random_direction(16, seed=3)
    assert sqrt(sum(x * x for x in drawn.tolist())) == pytest.approx(1, abs=1e-6)
    assert drawn.min() >= 0
    assert torch.equal(drawn, losses.random_direction(16, seed=3))
    assert not torch.equal(drawn, losses.random_direction(16, seed=4))
