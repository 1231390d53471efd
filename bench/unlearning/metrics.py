"""Figures out of single outcomes: ROUGE-L, shares, means and perplexities with their intervals."""

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz.distance import LCSseq

from tools.probing.score import wilson

RESAMPLES = 1000
_WORD = re.compile(r"[a-z0-9]+")

Interval = tuple[float, float]
Likelihoods = Sequence[Sequence[float]]
"""(negative log-likelihood, tokens) of each text."""


def rouge_l(reference: str, answer: str) -> float:
    """ROUGE-L recall: the longest common subsequence of words over the words of the reference.

    Source: Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries", section 3. Words are
    runs of letters and digits in lower case, as in the rouge-score package, here without stemming.
    """
    wanted, said = _WORD.findall(reference.lower()), _WORD.findall(answer.lower())
    return LCSseq.similarity(wanted, said) / len(wanted) if wanted else 0.0


def share(hits: Sequence[int]) -> tuple[float, Interval]:
    """The share of hits and Wilson's 95 % interval; nan where nothing was asked."""
    if not hits:
        return math.nan, (0.0, 1.0)
    return sum(hits) / len(hits), wilson(sum(hits), len(hits))


def mean(values: Sequence[float]) -> tuple[float, Interval]:
    """The mean and a bootstrap interval."""
    rows = [[value, 1.0] for value in values]
    return _ratio(rows), bootstrap(rows, _ratio)


def perplexity(texts: Likelihoods) -> tuple[float, Interval]:
    """exp of the negative log-likelihood of a token, over all tokens, and a bootstrap interval."""
    return _perplexity(texts), bootstrap(texts, _perplexity)


def bootstrap(rows: Likelihoods, figure: Callable[[Likelihoods], float]) -> Interval:
    """The 95 % percentile interval of `figure` on rows drawn with replacement, always the same.

    Source: Efron 1979, "Bootstrap Methods: Another Look at the Jackknife".
    """
    if not rows:
        return math.nan, math.nan
    table = np.asarray(rows, float)
    rng = np.random.default_rng(0)
    drawn = [figure(table[rng.integers(len(table), size=len(table))]) for _ in range(RESAMPLES)]  # type: ignore[arg-type]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def _ratio(rows: Likelihoods) -> float:
    table = np.asarray(rows, float)
    return float(table[:, 0].sum() / table[:, 1].sum()) if len(table) else math.nan


def _perplexity(rows: Likelihoods) -> float:
    return math.exp(_ratio(rows))


def harmonic(values: Sequence[float]) -> float:
    """The harmonic mean of shares; 0 as soon as one of them is."""
    return 0.0 if min(values) <= 0 else len(values) / sum(1 / value for value in values)
