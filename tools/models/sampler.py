"""Chooses the next token from its logits: the likeliest, or one drawn at a temperature."""

import numpy as np
from numpy.typing import NDArray

from tools.models.types import Sampling


class Sampler:
    """One answer's choices; equal seeds draw equal tokens from equal logits."""

    def __init__(self, sampling: Sampling) -> None:
        self._temperature = sampling.temperature
        self._rng = np.random.default_rng(sampling.seed)

    def choose(self, logits: NDArray[np.float32]) -> int:
        """The next token; `logits` is float32[vocabulary], one of them finite, and not changed."""
        if self._temperature <= 0:
            return int(logits.argmax())
        scaled = (logits - logits.max()).astype(np.float64) / self._temperature
        mass = np.exp(scaled).cumsum()
        return int(np.searchsorted(mass, self._rng.random() * mass[-1], side="right"))
