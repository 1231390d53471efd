"""One cell of the cost bench, in a process of its own: a way to solve, a shape, so many requests.

    python -m bench.solve_cost.cell SPEC

SPEC is the cell as JSON (see `Cell`); the result is printed as JSON. Keys are random, with
energies over six decades: what is timed depends on shapes alone, apart from fresh factors made for
precision, which are counted. The process is the measure of memory.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tools.editing.blocks import Block
from tools.editing.dual import DualJoint
from tools.editing.joint import Joint
from tools.editing.linear import PIECE, Doubles, add_outer, pieces

Row = dict[str, Any]
RANK = 64
"""Ranks that a change is cut to."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is timed: `form` (see `FORMS`) at a weight `width` x `feed_forward` when `active`
    requests are active, the timed one included; `rows` a request, `retained` keys; `repeats`
    times."""

    form: str
    width: int
    feed_forward: int
    active: int
    rows: int
    retained: int
    repeats: int = 3


class Source:
    """Random keys and blocks of a cell, the same for every form."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self._rng = np.random.default_rng(1)
        self._sizes = 10.0 ** np.linspace(0, -3, cell.feed_forward)

    @property
    def ridge(self) -> float:
        """A small share of the mean energy of the retained keys."""
        return float(1e-5 * self.cell.retained * np.mean(self._sizes**2))

    def keys(self, count: int) -> Doubles:
        """`count` keys (count, feed_forward)."""
        return self._rng.standard_normal((count, self.cell.feed_forward)) * self._sizes

    def block(self, requests: int = 1) -> Block:
        """The rows of so many requests."""
        rows = requests * self.cell.rows
        return Block(self.keys(rows), self._rng.standard_normal((rows, self.cell.width)))

    def kept(self) -> Doubles:
        """Ridge and retained moments (feed_forward, feed_forward)."""
        kept = self.ridge * np.eye(self.cell.feed_forward)
        for some in pieces(self.cell.retained, PIECE):
            add_outer(kept, self.keys(some.stop - some.start).T, 1)
        return kept


def timed(action: Callable[[], object]) -> float:
    """Seconds it takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def update(cell: Cell) -> Row:
    """The primal form: one request more, one less."""
    source = Source(cell)
    kept = source.kept()
    started = time.perf_counter()
    solver = Joint(kept, cell.width)
    once = time.perf_counter() - started
    del kept
    if cell.active > 1:
        solver.add("others", source.block(cell.active - 1))
    before = solver.refactored
    found = _toggled(solver, source)
    return {**found, "once": once, "factors": solver.refactored - before}


def dual(cell: Cell) -> Row:
    """The dual form: one request more, one less."""
    source = Source(cell)
    retained = source.keys(cell.retained).astype(np.float32)
    started = time.perf_counter()
    solver = DualJoint(retained, source.ridge, cell.width)
    once = time.perf_counter() - started
    if cell.active > 1:
        solver.add("others", source.block(cell.active - 1))
    before = solver.refactored
    found = _toggled(solver, source)
    return {**found, "once": once, "factors": solver.refactored - before}


def _toggled(solver: Joint | DualJoint, source: Source) -> Row:
    """A request added, cut and removed, again and again."""
    times: dict[str, list[float]] = {"add": [], "cut": [], "remove": []}
    for _ in range(source.cell.repeats):
        block = source.block()
        times["add"].append(timed(lambda: solver.add("it", block)))  # noqa: B023
        times["cut"].append(timed(lambda: solver.factors(0.0, RANK)))
        times["remove"].append(timed(lambda: solver.remove("it")))
    return {name: min(each) for name, each in times.items()}


def fresh(cell: Cell) -> Row:
    """The whole system solved again; the sums over requests are kept and only added to."""
    source = Source(cell)
    system, pulls = source.kept(), np.zeros((cell.feed_forward, cell.width))
    if cell.active > 1:
        _sum(system, pulls, source.block(cell.active - 1))
    times = []
    for _ in range(cell.repeats):
        block = source.block()
        started = time.perf_counter()
        _sum(system, pulls, block)
        np.linalg.solve(system, pulls)
        times.append(time.perf_counter() - started)
    return {"add": min(times)}


def recompute(cell: Cell) -> Row:
    """The whole system summed over all requests and solved again."""
    source = Source(cell)
    kept, blocks = source.kept(), [source.block() for _ in range(cell.active)]
    times = []
    for _ in range(cell.repeats):
        started = time.perf_counter()
        system, pulls = kept.copy(), np.zeros((cell.feed_forward, cell.width))
        for block in blocks:
            _sum(system, pulls, block)
        np.linalg.solve(system, pulls)
        times.append(time.perf_counter() - started)
    return {"add": min(times)}


def _sum(system: Doubles, pulls: Doubles, block: Block) -> None:
    add_outer(system, block.keys.T, 1)
    pulls += block.keys.T @ block.residuals


FORMS: Mapping[str, Callable[[Cell], Row]] = {
    "update": update, "dual": dual, "fresh": fresh, "recompute": recompute,
}


def peak_memory() -> float:
    """Megabytes that this process has held at most, not what the one before it in its place did."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text("utf-8").splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> int:
    """Measure the cell and print its figures."""
    cell = Cell(**json.loads(sys.argv[1]))
    print(json.dumps({**FORMS[cell.form](cell), "peak_mb": peak_memory()}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
