"""What the solve costs, measured: by active requests, by their rows, and by the size of the model.

    python -m bench.solve_cost [--docs DIR] [--json FILE] [--active N ...] [--shapes NAME ...]
                               [--rows N] [--by-rows N ...] [--retained N] [--limit SECONDS]
                               [--threads N]

Every cell is a process of its own with a time limit; one that takes longer is left out and said to
be. Cells whose figures are in FILE already are not run again. Ends with 1 if a cell failed.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.command_line import parser_for
from bench.docs import write_page
from bench.solve_cost.cell import FORMS, Cell
from bench.solve_cost.report import draw, markdown

Row = dict[str, Any]
THREAD_SETTINGS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A down projection (`width`, `feed_forward`) and in how many layers a model has it."""

    width: int
    feed_forward: int
    layers: int


SHAPES = {
    "patient": Shape(256, 1024, 4),
    "0.5 B": Shape(896, 4864, 24),
    "1.5 B": Shape(1536, 8960, 28),
    "3 B": Shape(3072, 8192, 28),
    "8 B": Shape(4096, 14336, 32),
}
"""The shipped patient's shape, then those of Qwen2.5 (two), Llama 3.2 and Llama 3.1."""


def cells(options: argparse.Namespace) -> Iterator[tuple[str, Cell]]:
    """What is to be measured: each shape with one request, the patient's with more and larger."""
    patient = SHAPES["patient"]
    for active in options.active:
        for form in FORMS:
            if form != "dual" or active * options.rows <= patient.feed_forward:
                yield "active", _cell(form, patient, active, options, repeats=7)
    for rows in options.by_rows:
        for form in ("update", "fresh"):
            yield "rows", replace(_cell(form, patient, 10, options, repeats=7), rows=rows)
    for name in options.shapes:
        for form in ("update", "dual", "fresh"):
            large = SHAPES[name].feed_forward > 4096
            yield name, _cell(form, SHAPES[name], 1, options, repeats=1 if large else 5)


def _cell(
    form: str, shape: Shape, active: int, options: argparse.Namespace, *, repeats: int
) -> Cell:
    return Cell(
        form, shape.width, shape.feed_forward, active, options.rows, options.retained, repeats
    )


def run(cell: Cell, threads: int, limit: float) -> Row:
    """The figures of a cell, measured in its own process; `error` says why there are none."""
    command = [sys.executable, "-m", "bench.solve_cost.cell", json.dumps(asdict(cell))]
    settings = os.environ | dict.fromkeys(THREAD_SETTINGS, str(threads))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=settings)
    except subprocess.TimeoutExpired:
        return {"error": f"more than {limit:g} s"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"error": f"ended with {done.returncode}: {last}"}
    found: Row = json.loads(done.stdout)
    return found


def measure(options: argparse.Namespace) -> list[Row]:
    """One row of figures for every cell, in order; what is known already is taken over."""
    known = _known(options.json)
    rows: list[Row] = []
    wanted = list(cells(options))
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=len(wanted))
        for part, cell in wanted:
            progress.update(task, description=f"{part}: {cell.form}")
            spec = {"part": part, **asdict(cell), "threads": options.threads}
            row = next((each for each in known if spec.items() <= each.items()), None)
            rows.append(row or {**spec, **run(cell, options.threads, options.limit)})
            progress.advance(task)
            if options.json:
                options.json.write_text(json.dumps({"rows": rows}, indent=1) + "\n", "utf-8")
    return rows


def _known(file: Path | None) -> list[Row]:
    if file is None or not file.exists():
        return []
    rows: list[Row] = json.loads(file.read_text("utf-8"))["rows"]
    return [row for row in rows if "error" not in row]


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = parser_for("bench.solve_cost", __doc__)
    parser.add_argument("--active", type=int, nargs="*", default=[1, 10, 100, 1000])
    parser.add_argument("--shapes", nargs="*", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--rows", type=int, default=64, help="of a request, once compressed")
    parser.add_argument("--by-rows", type=int, nargs="*", default=[16, 64, 256, 512])
    parser.add_argument("--retained", type=int, default=2048, help="keys of the retained sample")
    parser.add_argument("--limit", type=float, default=600, help="seconds a cell may take")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, help="file of the figures, for going on as well")
    parser.add_argument("--docs", type=Path, help="folder for the page and the curves")
    options = parser.parse_args(arguments)
    for name in ("rows", "by_rows", "retained", "limit", "threads", "active"):
        value = getattr(options, name)
        least = min(value, default=1) if isinstance(value, list) else value
        if least <= 0:
            parser.error(f"--{name.replace('_', '-')} must be positive: {least:g}")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for, print the tables, write the page."""
    options = options_of(arguments)
    rows = measure(options)
    print(text := markdown(rows, SHAPES))
    if options.docs:
        draw(rows, options.docs / "solve-cost.svg")
        body = f"{text}\n\n![seconds a request by active requests and by shape](solve-cost.svg)"
        write_page(options.docs, "solve-cost.md", "What the solve costs", body)
    return int(any("ended with" in row.get("error", "") for row in rows))
