"""The way from the residual stream to the next token, read from the model file: output norm,
output matrix, and what the architecture does to the logits.

Applied to the stream after an inner block this is the logit lens. Ranks and probabilities are
summed up over pieces of the matrix, so that a vocabulary of any size fits. It does not know where
the streams come from.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.errors import ModelError
from tools.models.adapters import EMBEDDING
from tools.models.gguf_header import Header, read_header
from tools.models.projections import OUTPUT
from tools.probing.whitebox.matrices import Floats, blocks, vector

ARCHITECTURES = frozenset(
    "llama mistral3 qwen2 qwen3 gemma gemma2 gemma3 phi3 granite".split()
)
"""Those that end in an RMS norm without bias and one matrix; Mistral's files are `llama` files."""
EPSILON = "attention.layer_norm_rms_epsilon"


@dataclass(frozen=True, slots=True)
class Told:
    """What the stream says of one token a row: its `ranks` among all (0 is first) and its
    `probabilities`, (rows,) each."""

    ranks: NDArray[np.int64]
    probabilities: Floats


class Readout:
    """The output of one model file.

    Raises:
        ModelFileError: the file cannot be read.
        ModelError: its architecture is none of `ARCHITECTURES`.
    """

    def __init__(self, path: Path) -> None:
        self.header = read_header(path)
        architecture = self.header.metadata.get("general.architecture")
        if architecture not in ARCHITECTURES:
            known = ", ".join(sorted(ARCHITECTURES))
            raise ModelError(f"no logit lens for architecture {architecture!r}, only for {known}")
        self.matrix = OUTPUT if OUTPUT in self.header.tensors else EMBEDDING
        self.weight = vector(self.header, "output_norm.weight")
        self.epsilon = _number(self.header, EPSILON, 1e-5)
        divisor = _number(self.header, "logit_scale", 1.0) if architecture == "granite" else 1.0
        self.scale = 1.0 / divisor
        self.cap = _number(self.header, "final_logit_softcapping", 0.0)

    def normed(self, streams: Floats) -> Floats:
        """The output norm of streams (rows, width)."""
        mean = np.square(streams).mean(axis=1, keepdims=True)
        found: Floats = streams / np.sqrt(mean + self.epsilon) * self.weight
        return found

    def tell(self, streams: Floats, targets: NDArray[np.int64]) -> Told:
        """What streams (rows, width) say of one target token each."""
        normed = self.normed(streams)
        wanted = self._of_targets(normed, targets)
        above = np.zeros(len(normed), np.int64)
        total, peak, start = np.zeros(len(normed)), np.full(len(normed), -np.inf), 0
        for part in blocks(self.header, self.matrix):
            logits = self._logits(normed, part)
            others = np.arange(start, start + len(part)) != targets[:, None]
            above += ((logits > wanted[:, None]) & others).sum(axis=1)
            higher = np.maximum(peak, logits.max(axis=1))
            total = total * np.exp(peak - higher) + np.exp(logits - higher[:, None]).sum(axis=1)
            peak, start = higher, start + len(part)
        return Told(above, (np.exp(wanted - peak) / total).astype(np.float32))

    def _of_targets(self, normed: Floats, targets: NDArray[np.int64]) -> Floats:
        found, start = np.full(len(normed), np.nan, np.float32), 0
        for part in blocks(self.header, self.matrix):
            rows = np.flatnonzero((targets >= start) & (targets < start + len(part)))
            logits = self._logits(normed[rows], part)
            found[rows] = logits[np.arange(len(rows)), targets[rows] - start]
            start += len(part)
        return found

    def _logits(self, normed: Floats, part: Floats) -> Floats:
        logits: Floats = normed @ part.T * np.float32(self.scale)
        return np.tanh(logits / self.cap) * np.float32(self.cap) if self.cap else logits


def _number(header: Header, key: str, default: float) -> float:
    value = header.metadata.get(f"{header.metadata['general.architecture']}.{key}", default)
    return float(value) if isinstance(value, int | float) else default
