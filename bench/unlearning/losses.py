"""The objectives of the gradient baselines, each as its paper has it.

Shapes: B answers, T positions, D width. An answer's log-probabilities log p(y_t | x, y_<t) are
(B, T), with a mask that is true where there is a token of the answer. In symbols, p is the model in
training, r the model before, y_f a true answer of the forget set, y_e a refusal; |y| counts tokens.
A term that keeps the rest (`retained`) is added outside, weighed by a setting. What a loss does not
know is the model: all it sees are numbers that came out of one.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid


class Answers(NamedTuple):
    """Log-probabilities of answers and where they count, both (B, T)."""

    logp: Tensor
    mask: Tensor

    @property
    def totals(self) -> Tensor:
        """log p(y | x) of every answer, (B)."""
        return (self.logp * self.mask).sum(dim=1)

    @property
    def lengths(self) -> Tensor:
        """|y| of every answer, (B)."""
        return self.mask.sum(dim=1).clamp(min=1)

    def mean(self, values: Tensor) -> Tensor:
        """The mean of `values` (B, T) over all tokens of all answers."""
        return (values * self.mask).sum() / self.mask.sum().clamp(min=1)


def retained(answers: Answers) -> Tensor:
    """Cross-entropy on the retain set: -mean_t log p(y_t)."""
    return -answers.mean(answers.logp)


def gradient_ascent(forget: Answers) -> Tensor:
    """GA: mean_t log p(y_f,t), the cross-entropy with its sign turned.

    Source: Jang et al. 2023 (arXiv 2210.01504), eq. 1; TOFU (arXiv 2401.06121), section 4. With
    `retained` added it is GradDiff (Liu, Liu and Stone 2022, arXiv 2203.12817). The mean is over
    tokens, as in TOFU's code; the papers sum.
    """
    return forget.mean(forget.logp)


def npo(forget: Answers, before: Answers, beta: float) -> Tensor:
    """NPO: -(2 / beta) mean log sigmoid(-beta log(p(y_f | x) / r(y_f | x))).

    Source: Zhang et al. 2024 (arXiv 2404.05868), eq. 3. With `retained` it is their NPO+RT.
    """
    ratio = forget.totals - before.totals
    return -2 / beta * logsigmoid(-beta * ratio).mean()


def simnpo(forget: Answers, beta: float, gamma: float = 0.0) -> Tensor:
    """SimNPO: -(2 / beta) mean log sigmoid(-(beta / |y_f|) log p(y_f | x) - gamma).

    Source: Fan et al. 2024 (arXiv 2410.07163), eq. 4.
    """
    normed = forget.totals / forget.lengths
    return -2 / beta * logsigmoid(-beta * normed - gamma).mean()


def wga(forget: Answers, alpha: float) -> Tensor:
    """WGA: mean_t w_t log p(y_f,t) with w_t = p(y_f,t)^alpha, no gradient through the weight.

    Source: Wang et al. 2025 (arXiv 2502.19301), section 5. The mean is over tokens, the paper sums.
    """
    weights = (alpha * forget.logp.detach()).exp()
    return forget.mean(weights * forget.logp)


def flat(forget: Answers, refusal: Answers) -> Tensor:
    """FLAT (KL): -P(y_e) + exp(P(y_f) - 1), where P(y) = mean_t p(y_t | x, y_<t).

    Source: Wang et al. 2025 (arXiv 2410.11143), eq. 4 and the row KL of its table of f-divergences:
    g*(v) = v, f*(u) = exp(u - 1). P is the mean over the tokens of the batch's answers; the
    authors' code also counts the positions of the prompt, where it adds nothing but length.
    """
    return -refusal.mean(refusal.logp.exp()) + (forget.mean(forget.logp.exp()) - 1).exp()


def idk_dpo(
    forget: Answers, before: Answers, refusal: Answers, refusal_before: Answers, beta: float
) -> Tensor:
    """IdkDPO: -(2 / beta) mean log sigmoid(beta [log p/r (y_e | x) - log p/r (y_f | x)]).

    Source: DPO (Rafailov et al. 2023, arXiv 2305.18290), eq. 7, with a refusal preferred to the
    true answer (TOFU, arXiv 2401.06121, section 4). The factor 2 / beta is that of the common
    benchmark code; it only scales the step.
    """
    better = refusal.totals - refusal_before.totals
    worse = forget.totals - before.totals
    return -2 / beta * logsigmoid(beta * (better - worse)).mean()


def moved(hidden: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """RMU, either term: mean over answers of mean_t mean_d (h - target)^2.

    Source: Li et al. 2024 (arXiv 2403.03218), section 4. `hidden` are (B, T, D) outputs of one
    block, `mask` (B, T). To forget, `target` is c u with a fixed random direction u; to retain, it
    is what the model put out before. The paper averages over whole texts, which have no question;
    here it is the positions at which the answer is produced.
    """
    square = (hidden - target).pow(2).mean(dim=-1)
    return ((square * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)).mean()


def random_direction(width: int, seed: int) -> Tensor:
    """RMU's u: entries uniform in 0..1, then of unit length; (D)."""
    drawn = torch.rand(width, generator=torch.Generator().manual_seed(seed))
    return drawn / drawn.norm()
