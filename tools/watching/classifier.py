"""Softmax regression over five intents, in numpy; the weights ship as `weights.npz`.

Two heads: `glance` sees surface features only, `study` sees the embedding too. Each is calibrated
by one temperature (Guo et al. 2017, "On Calibration of Modern Neural Networks").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from tools.watching.verdict import INTENTS


@dataclass(frozen=True, slots=True)
class Head:
    """One linear layer and its temperature."""

    weights: NDArray[np.float32]
    """float32[5, features]"""
    bias: NDArray[np.float32]
    """float32[5]"""
    temperature: float
    strength: float
    """Inverse ridge (scikit-learn's C) that it was fitted with."""

    def probabilities(self, row: NDArray[np.float32]) -> NDArray[np.float64]:
        """Calibrated probabilities of `INTENTS` for one row of features: float64[5]."""
        logits = (self.weights @ row + self.bias).astype(np.float64) / self.temperature
        odds = np.exp(logits - logits.max())
        return np.asarray(odds / odds.sum())


@dataclass(frozen=True, slots=True)
class Heads:
    """The two classifiers of the watchdog."""

    glance: Head
    study: Head


@cache
def shipped_heads() -> Heads:
    """The heads that ship with the package."""
    source = resources.files(__package__).joinpath("weights.npz")
    with resources.as_file(source) as path, np.load(path, allow_pickle=False) as arrays:
        if tuple(str(name) for name in arrays["intents"]) != INTENTS:
            raise ValueError("weights.npz was trained for other intents: retrain the watchdog")
        return Heads(_head(arrays, "glance"), _head(arrays, "study"))


def _head(arrays: Mapping[str, NDArray[np.generic]], name: str) -> Head:
    weights = arrays[f"{name}_weights"].astype(np.float32)
    bias = arrays[f"{name}_bias"].astype(np.float32)
    return Head(weights, bias, float(arrays[f"{name}_temperature"]), float(arrays[f"{name}_c"]))
