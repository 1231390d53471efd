"""The joint solution kept up to date: adding or taking out a request is an update.

    dW^T = A^-1 P,   A = ridge I + sum v n n^T + sum K_i^T K_i,   P = sum K_i^T R_i

over the retained keys n with their weights v and the blocks (K_i, R_i) of the active requests.

Source: recursive least squares by the Woodbury identity (Hager 1989, SIAM Review 31), and for
taking out the downdate of ACU (arXiv 2505.12239), with F the columns that go,
A'^-1 = A^-1 + A^-1 F (I - F^T A^-1 F)^-1 F^T A^-1. What differs: dW is updated with the inverse
instead of being multiplied out again, and rounding, which every downdate magnifies, is watched and
ended by a fresh factor.

An update with r rows takes about 4 m^2 r + 4 m d r operations, a fresh solve 2/3 m^3 + 2 m^2 d;
neither depends on how many requests are active, and the update pays while r is small beside m.
Memory: two matrices m x m and two m x d, plus r (m + d) a request; while a factor is made two more
m x m. For m x m too large, see `dual`.
"""

import numpy as np
from numpy.linalg import LinAlgError

from tools.editing.blocks import Block
from tools.editing.linear import Doubles, Rows, add_outer, inverse_factor
from tools.editing.truncation import truncate
from tools.models.adapters import Factors

PROBES = 4
DRIFT = 3e-6
"""Allowed error of A A^-1 on probe vectors; that of dW stays below it (see the tests)."""
WORSE = 10.0
"""Times the drift of a fresh factor that is allowed where conditioning alone exceeds `DRIFT`."""
MANY = 3
"""A block with more than 1 / `MANY` of m rows is as cheap to factor anew."""


class Joint:
    """The solution at one weight (d, m) for all active requests.

    `refactored` counts how often the factor was made, the first time included.
    """

    def __init__(self, kept: Doubles, width: int) -> None:
        """`kept` (m, m): ridge I + sum v n n^T; `width` d. Factors once.

        Raises:
            ValueError: `kept` is not positive definite.
        """
        self._system = np.array(kept, np.float64)
        self._pulls = np.zeros((len(kept), width))
        self._blocks: dict[str, Block] = {}
        self._dropped: dict[str, Block] = {}
        self._probes = np.random.default_rng(0).standard_normal((len(kept), PROBES))
        self.refactored = 0
        try:
            self._factor()
        except LinAlgError:
            raise ValueError("the retained moments are not positive definite: no ridge?") from None

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the active requests."""
        return tuple(self._blocks)

    @property
    def change(self) -> Doubles:
        """dW as (d, m), a view that the next update overwrites."""
        return self._solution.T

    def add(self, name: str, request: Block) -> None:
        """Make a request active.

        Raises:
            ValueError: it is active already.
        """
        _claim(name, self._blocks)
        self._move(request, 1)
        self._blocks[name] = request

    def remove(self, name: str) -> None:
        """Take an active request out.

        Raises:
            ValueError: it is not active.
        """
        self._move(_claimed(name, self._blocks), -1)
        del self._blocks[name]

    def drop(self, name: str, keys: Rows) -> None:
        """Retain these keys (n, m), each times the root of its weight, no longer.

        Each key may be dropped once only: a turn that mentions two subjects belongs to one.

        Raises:
            ValueError: the name is dropped already, or these keys were never retained.
        """
        _claim(name, self._dropped)
        block = Block(keys.astype(np.float64), np.zeros((len(keys), self._pulls.shape[1])))
        self._move(block, -1)
        self._dropped[name] = block

    def undrop(self, name: str) -> None:
        """Retain dropped keys again.

        Raises:
            ValueError: nothing was dropped under this name.
        """
        self._move(_claimed(name, self._dropped), 1)
        del self._dropped[name]

    def factors(self, lost: float, most: int) -> tuple[Factors, float]:
        """dW as at most `most` ranks, and the share of its energy left out: see `truncate`."""
        return truncate(self.change, self._pulls.T @ self._solution, lost, most)

    def drift(self) -> float:
        """Relative error of A A^-1 on fixed random vectors."""
        back = self._system @ (self._inverse @ self._probes)
        return float(np.linalg.norm(back - self._probes) / np.linalg.norm(self._probes))

    def _move(self, block: Block, sign: int) -> None:
        """Add (1) or take out (-1) a block: by an update if that is safe, else from the sums."""
        self._sum(block, sign)
        try:
            if not self._updated(block, sign) or self.drift() > self._allowed:
                self._factor()
        except LinAlgError:
            self._sum(block, -sign)
            self._factor()
            raise ValueError("nothing solvable is left: keys that were never retained?") from None

    def _sum(self, block: Block, sign: int) -> None:
        add_outer(self._system, block.keys.T, sign)
        self._pulls += sign * (block.keys.T @ block.residuals)

    def _updated(self, block: Block, sign: int) -> bool:
        """Carry A^-1 and dW over to the new A; False, and nothing done, where that is not possible
        in this precision or not cheaper."""
        if MANY * len(block) > len(self._system):
            return False
        spread = self._inverse @ block.keys.T
        corner = np.eye(len(block)) + sign * (block.keys @ spread)
        try:
            factor = inverse_factor((corner + corner.T) / 2)
        except LinAlgError:
            return False
        gain = spread @ factor.T
        missing = block.residuals - block.keys @ self._solution
        add_outer(self._inverse, gain, -sign)
        self._solution += sign * (gain @ (factor @ missing))
        return True

    def _factor(self) -> None:
        """A^-1 and dW from the sums."""
        factor = inverse_factor(self._system)
        self._inverse = factor.T @ factor
        del factor
        self._solution = self._inverse @ self._pulls if self._pulls.any() else self._pulls.copy()
        self._allowed = max(DRIFT, WORSE * self.drift())
        self.refactored += 1


def _claim(name: str, taken: dict[str, Block]) -> None:
    if name in taken:
        raise ValueError(f"{name!r} is there already")


def _claimed(name: str, taken: dict[str, Block]) -> Block:
    if name not in taken:
        raise ValueError(f"{name!r} is not there")
    return taken[name]
