"""What a method must leave alone: a retain buffer and a covariance, both of self-written turns.

They belong to the model and not to a request, so they are measured once and shared. It does not
know what is forgotten, except whose turns to leave out.
"""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.editing.turns import Turn, mentioning
from tools.models.lab import Lab

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

BUFFER = 0.1
"""Share of the turns in the retain buffer: at most that much of a retain set in RePAIR."""
TEXT = 2000
"""Turns the covariance is measured on."""
CHUNK = 256


class Sums(NamedTuple):
    """Over some rows: `keys` the sum of k k^T, (in, in), and `outputs` that of o k^T, (out, in)."""

    keys: Doubles
    outputs: Doubles


@dataclass(frozen=True, slots=True)
class Rows:
    """`keys` (n, feed_forward) and `outputs` (n, width), row by row."""

    keys: Floats
    outputs: Floats

    def sums(self) -> Sums:
        """What a least-squares problem needs of them."""
        keys = self.keys.astype(np.float64)
        return Sums(keys.T @ keys, self.outputs.astype(np.float64).T @ keys)


class Kept:
    """Samples of a model's own turns, measured when they are first asked for.

    `seconds` is what the measuring has taken so far: a model file costs it once.
    """

    def __init__(self, lab: Lab, turns: Sequence[Turn], seed: int = 0) -> None:
        rng = random.Random(f"kept {seed}")
        self.lab, self.seconds = lab, 0.0
        self._buffer = rng.sample(turns, max(1, round(BUFFER * len(turns))))
        self._text = rng.sample(turns, min(TEXT, len(turns)))
        self._rows: dict[int, list[Rows]] = {}
        self._sums: dict[tuple[int, tuple[str, ...]], Sums] = {}
        self._covariances: dict[int, Doubles] = {}

    def turns(self, names: Sequence[str]) -> list[Turn]:
        """The retain buffer without turns that mention one of `names`."""
        return list(compress(self._buffer, self._silent_about(names)))

    def rows(self, layer: int, names: Sequence[str]) -> Rows:
        """Every token of those turns at a layer's down-projection."""
        if layer not in self._rows:
            with self._timed():
                self._rows[layer] = list(self._read(self._buffer, layer))
        some = list(compress(self._rows[layer], self._silent_about(names)))
        return Rows(
            np.concatenate([row.keys for row in some]),
            np.concatenate([row.outputs for row in some]),
        )

    def sums(self, layer: int, names: Sequence[str]) -> Sums:
        """The sums over those rows."""
        key = layer, tuple(names)
        if key not in self._sums:
            self._sums[key] = self.rows(layer, names).sums()
        return self._sums[key]

    def covariance(self, layer: int) -> Doubles:
        """The mean of k k^T over all tokens of a larger sample: C0 of MEMIT."""
        if layer not in self._covariances:
            with self._timed():
                self._covariances[layer] = self._measured(layer)
        return self._covariances[layer]

    def _measured(self, layer: int) -> Doubles:
        width = self.lab.host.info.feed_forward
        total, count = np.zeros((width, width)), 0
        for start in range(0, len(self._text), CHUNK):
            some = self._read(self._text[start:start + CHUNK], layer)
            keys = np.concatenate([row.keys for row in some])
            total += keys.T @ keys
            count += len(keys)
        return total / count

    def _silent_about(self, names: Sequence[str]) -> list[bool]:
        named = set(mentioning(self._buffer, names))
        return [index not in named for index in range(len(self._buffer))]

    def _read(self, turns: Sequence[Turn], layer: int) -> Iterator[Rows]:
        """All tokens of each turn."""
        tokens = [self.lab.prompt(turn.question, turn.answer) for turn in turns]
        found = self.lab.capture(tokens, [range(len(row)) for row in tokens], layer)
        ends = np.cumsum([len(row) for row in tokens])[:-1]
        for keys, outputs in zip(
            np.split(found.keys, ends), np.split(found.outputs, ends), strict=True
        ):
            yield Rows(keys, outputs)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - started
