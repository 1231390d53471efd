"""The joint solution for wide weights, from inner products of keys alone: never an m x m matrix.

With N (n, m) the retained sample, weights included, Q = (ridge I + N N^T)^-1, and F the rows of all
active blocks with residuals Y, the solution of `joint` is, by the Woodbury identity,

    dW = (S^-1 Y)^T G,   G = (F - F N^T Q N) / ridge,   S = I + F G^T

so it has the rank of F, and comes as factors. Dropped retained keys are rows of F that count -1:
for them G = Q N and the corner of S is -ridge Q, without subtraction of nearly equal numbers.
Source: the push-through form of ridge regression (Saunders, Gammerman and Vovk 1998). What differs:
only the retained part is factored, once, and S^-1 is bordered by an added block and reduced by a
removed one, both exact identities (Hager 1989).

For k active rows an update with r rows takes about 4 n m r + 4 k m r + 4 k^2 r operations; memory
is (n + k) m + n^2 + 2 k^2 numbers. Beyond k of about m, `joint` is the cheaper form.
"""

from collections.abc import Sequence

import numpy as np
from numpy.linalg import LinAlgError
from numpy.typing import NDArray

from tools.editing.blocks import Block
from tools.editing.joint import DRIFT, PROBES, WORSE
from tools.editing.linear import PIECE, Doubles, Rows, gram, inverse_factor, pieces
from tools.editing.truncation import truncate_product
from tools.models.adapters import Factors


class DualJoint:
    """The solution at one weight (d, m) for all active requests, as factors.

    `refactored` counts how often S was inverted from its entries. No part is written into, only
    replaced, so that a shallow copy goes its own way.
    """

    def __init__(self, retained: Rows, ridge: float, width: int) -> None:
        """`retained` (n, m): keys, each times the root of its weight, single precision or double;
        `width` d. Factors once.

        Raises:
            ValueError: the ridge is not positive, or too small for the keys.
        """
        if ridge <= 0:
            raise ValueError(f"the ridge must be positive: {ridge:g}")
        self._retained, self._ridge = retained, ridge
        try:
            self._root = inverse_factor(gram(retained, retained) + ridge * np.eye(len(retained)))
        except LinAlgError:
            raise ValueError(f"the ridge is too small for these keys: {ridge:g}") from None
        self._owner: NDArray[np.object_] = np.empty(0, object)
        self._rows = np.empty((0, retained.shape[1]))
        self._targets = np.empty((0, width))
        self._small: Doubles = np.empty((0, 0))
        self._inverse: Doubles = np.empty((0, 0))
        self._dropped: dict[str, NDArray[np.int64]] = {}
        self._allowed = DRIFT
        self.refactored = 0

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the active requests."""
        return tuple(dict.fromkeys(name for kind, name in self._owner if kind == "add"))

    def add(self, name: str, request: Block) -> None:
        """Make a request active.

        Raises:
            ValueError: it is active already.
        """
        if name in self.active:
            raise ValueError(f"{name!r} is there already")
        rows = self._filtered(request.keys)
        corner = np.eye(len(request)) + gram(request.keys, rows)
        self._border(("add", name), rows, request.residuals, gram(self._rows, request.keys), corner)

    def remove(self, name: str) -> None:
        """Take an active request out.

        Raises:
            ValueError: it is not active.
        """
        if name not in self.active:
            raise ValueError(f"{name!r} is not there")
        self._reduce(("add", name))

    def drop(self, name: str, places: Sequence[int]) -> None:
        """Retain the keys at these places of the sample no longer.

        Raises:
            ValueError: the name, or one of the keys, is dropped already.
        """
        gone = np.concatenate([*self._dropped.values(), np.asarray(places, np.int64)])
        if name in self._dropped or len(np.unique(gone)) < len(gone):
            raise ValueError(f"keys of {name!r} are dropped already")
        columns = self._root.T @ self._root[:, places]
        side = gram(self._rows, self._retained[places])
        targets = np.zeros((len(places), self._targets.shape[1]))
        corner = -self._ridge * columns[places]
        self._border(("drop", name), self._weighted(columns), targets, side, corner)
        self._dropped = {**self._dropped, name: np.asarray(places, np.int64)}

    def undrop(self, name: str) -> None:
        """Retain dropped keys again.

        Raises:
            ValueError: nothing was dropped under this name.
        """
        if name not in self._dropped:
            raise ValueError(f"{name!r} is not there")
        self._reduce(("drop", name))
        self._dropped = {one: kept for one, kept in self._dropped.items() if one != name}

    def factors(self, lost: float, most: int) -> tuple[Factors, float]:
        """dW as at most `most` ranks, and the share of its energy left out.

        The energy is dW A dW^T = Y^T (I - S^-1) Y, over the rows that are to be forgotten.
        """
        named = np.array([kind == "add" for kind, _ in self._owner], bool)
        targets = self._targets[named]
        core = np.eye(len(targets)) - self._inverse[np.ix_(named, named)]
        energies, vectors = np.linalg.eigh((core + core.T) / 2)
        root = np.sqrt(np.maximum(energies, 0))[:, None] * (vectors.T @ targets)
        return truncate_product((self._inverse @ self._targets).T, self._rows, root, lost, most)

    def drift(self) -> float:
        """Relative error of S S^-1 on random vectors."""
        probes = np.random.default_rng(0).standard_normal((len(self._small), PROBES))
        back = self._small @ (self._inverse @ probes)
        return float(np.linalg.norm(back - probes)) / max(float(np.linalg.norm(probes)), 1e-300)

    def _filtered(self, keys: Rows) -> Doubles:
        """(keys - keys N^T Q N) / ridge."""
        weights = self._root.T @ (self._root @ gram(self._retained, keys))
        return np.asarray((keys - self._weighted(weights)) / self._ridge, np.float64)

    def _weighted(self, weights: Doubles) -> Doubles:
        """`weights`^T N, where N may be in single precision."""
        sums = np.empty((weights.shape[1], self._retained.shape[1]))
        for some in pieces(sums.shape[1], PIECE):
            sums[:, some] = weights.T @ self._retained[:, some].astype(np.float64)
        return sums

    def _border(
        self, owner: tuple[str, str], rows: Doubles, targets: Doubles, side: Doubles,
        corner: Doubles,
    ) -> None:
        """Add rows: [[S, side], [side^T, corner]] and its inverse."""
        outer = self._inverse @ side
        core = np.linalg.inv(corner - side.T @ outer)
        core, corner = (core + core.T) / 2, (corner + corner.T) / 2
        reach = outer @ core
        self._inverse = np.block([[self._inverse + reach @ outer.T, -reach], [-reach.T, core]])
        self._small = np.block([[self._small, side], [side.T, corner]])
        self._rows = np.concatenate([self._rows, rows])
        self._targets = np.concatenate([self._targets, targets])
        owners = np.empty(len(rows), object)
        owners[:] = [owner] * len(rows)
        self._owner = np.concatenate([self._owner, owners])
        self._watch()

    def _reduce(self, owner: tuple[str, str]) -> None:
        """Take the rows of an owner out: S^-1 of the rest is a Schur complement of S^-1."""
        out = np.array([each == owner for each in self._owner], bool)
        rest = ~out
        across = self._inverse[np.ix_(rest, out)]
        inner = np.linalg.solve(self._inverse[np.ix_(out, out)], across.T)
        self._inverse = self._inverse[np.ix_(rest, rest)] - across @ inner
        self._small = self._small[np.ix_(rest, rest)]
        self._rows, self._targets = self._rows[rest], self._targets[rest]
        self._owner = self._owner[rest]
        self._watch()

    def _watch(self) -> None:
        """Invert S from its entries where updates have lost too many digits."""
        self._inverse = (self._inverse + self._inverse.T) / 2
        if self.drift() > self._allowed:
            self._inverse = np.asarray(np.linalg.inv(self._small), np.float64)
            self._allowed = max(DRIFT, WORSE * self.drift())
            self.refactored += 1
