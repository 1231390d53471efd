"""Keys with the spectrum of real ones: energies over six decades, in no special directions."""

from dataclasses import dataclass, field

import numpy as np

from tools.editing.blocks import Block
from tools.editing.linear import Doubles


def relative(found: Doubles, wanted: Doubles) -> float:
    """Norm of the difference, in norms of what is wanted."""
    return float(np.linalg.norm(found - wanted) / max(float(np.linalg.norm(wanted)), 1e-300))


@dataclass
class Keys:
    """A source of keys (n, width) and of blocks with `out` residuals a row."""

    width: int
    out: int
    seed: int = 0
    rng: np.random.Generator = field(init=False)
    mix: Doubles = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        turned = np.linalg.qr(self.rng.standard_normal((self.width, self.width)))[0]
        self.mix = 10.0 ** np.linspace(0, -3, self.width)[:, None] * turned

    def keys(self, count: int) -> Doubles:
        return np.asarray(self.rng.standard_normal((count, self.width)) @ self.mix)

    def block(self, rows: int, own: float = 0.3) -> Block:
        """Keys that weigh more than retained ones and share a direction of their own."""
        direction = self.rng.standard_normal(self.width) / np.sqrt(self.width)
        keys = 3 * (self.keys(rows) + own * np.linalg.norm(self.mix) * direction)
        return Block(keys, self.rng.standard_normal((rows, self.out)))


def ridge_of(retained: Doubles) -> float:
    """The usual ridge: a small share of the mean energy."""
    width: int = retained.shape[1]
    return 1e-5 * float(np.sum(retained**2)) / width


def fresh(retained: Doubles, ridge: float, blocks: list[Block]) -> Doubles:
    """dW (d, m), solved from all rows at once."""
    width = retained.shape[1]
    system = ridge * np.eye(width) + retained.T @ retained
    pulls = np.zeros((width, blocks[0].residuals.shape[1]))
    for block in blocks:
        system += block.keys.T @ block.keys
        pulls += block.keys.T @ block.residuals
    return np.asarray(np.linalg.solve(system, pulls).T)
