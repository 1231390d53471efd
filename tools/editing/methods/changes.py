"""Weight changes as what an adapter carries."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tools.models.adapters import Factors

Changes: TypeAlias = dict[str, Factors]
"""Name of a tensor -> its change."""
Doubles = NDArray[np.float64]

NOTHING = 1e-7
"""Directions weaker than this share of the strongest are below what float32 holds."""


def carried(change: Doubles) -> Factors:
    """A whole change (out, in) as factors of its own rank, min(out, in) at most."""
    left, sizes, right = np.linalg.svd(change, full_matrices=False)
    rank = max(1, int((sizes > NOTHING * sizes[0]).sum()))
    b = left[:, :rank] * sizes[:rank]
    return Factors(b.astype(np.float32), right[:rank].astype(np.float32))
