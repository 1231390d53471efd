"""Ways to unlearn, side by side in one run: what each forgets, what it keeps, what it costs.

    python -m bench.unlearning --out DIR [--model FILE] [--people 1 10] [--seeds 1 2 3]
                               [--methods METHOD ...] [--single] [--docs DIR]
    python -m bench.unlearning --tune [--people 1 10]

Every method, number of people and seed is one process, whose result is a file in DIR: what is
there already is not run again. The untouched model is always among the methods, since it says what
chance is. `--single` adds one person of whom the trained methods get a single question and answer.
`--tune` searches the settings of the gradient baselines on people who are not reported. Needs the
extra `train`. Ends with 1 if a cell failed.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.command_line import parser_for, say
from bench.docs import write_page
from bench.unlearning import data, settings
from bench.unlearning.cell import Cell
from bench.unlearning.methods import METHODS
from bench.unlearning.report import draw, markdown, plain
from bench.unlearning.tables import pooled
from patient import GGUF
from tools.errors import ToolError

NEEDS = ("torch", "tokenizers")
Row = dict[str, Any]


def cells(options: argparse.Namespace) -> list[Cell]:
    """Everything to be run, the untouched model first."""
    methods = ["none", *(name for name in options.methods if name != "none")]
    groups: list[tuple[int, int | None]] = [(size, None) for size in options.people]
    if options.single:
        groups.append((1, 1))
    return [
        Cell(
            method, size, seed, str(options.model), str(options.cache or options.out / "cache"),
            options.threads, pairs, setting(method, size), options.share,
        )
        for size, pairs in groups for method in methods for seed in options.seeds
    ]


def setting(method: str, size: int) -> Row | None:
    """What was found for a baseline that trains; None for the others."""
    return settings.as_row(settings.found(method, size)) if method in settings.GRADIENT else None


def run(wanted: Sequence[Cell], folder: Path) -> list[str]:
    """Run what is not in `folder` yet; the names of the cells that failed."""
    failed = []
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=len(wanted))
        for cell in wanted:
            progress.update(task, description=cell.label)
            if result(cell, folder) is None and not start(cell, folder):
                failed.append(cell.label)
                say(f"{cell.label} failed: see {folder / cell.label}.log")
            progress.advance(task)
    return failed


def result(cell: Cell, folder: Path) -> Row | None:
    """The result of a cell, if it is there and of exactly this cell."""
    file = folder / f"{cell.label}.json"
    if not file.exists():
        return None
    found: Row = json.loads(file.read_text())
    return found if found["spec"] == cell.spec() else None


def start(cell: Cell, folder: Path) -> bool:
    """Run a cell in its own process, what it says in a log beside its result; whether it ended
    well."""
    file, log = folder / f"{cell.label}.json", folder / f"{cell.label}.log"
    command = [sys.executable, "-m", "bench.unlearning.cell", json.dumps(asdict(cell)), str(file)]
    with log.open("w") as told:
        return subprocess.run(command, stdout=told, stderr=told).returncode == 0


def tune(options: argparse.Namespace) -> None:
    """Search the settings of the gradient baselines and keep them."""
    from bench.unlearning import torch_model
    from bench.unlearning.tune import tune as search

    methods = [name for name in options.methods if name in settings.GRADIENT]
    search(torch_model.load(options.model), methods, options.people, options.threads, say)


def report(options: argparse.Namespace, found: Sequence[Row]) -> None:
    """Print the tables; write the figures and, if asked, the page and its picture."""
    groups = pooled(found)
    print(text := markdown(groups))
    (options.out / "figures.json").write_text(json.dumps(plain(groups), indent=1) + "\n")
    if options.docs:
        body = f"{text}\n\n![retain against forget, and relearning](unlearning.svg)"
        write_page(options.docs, "unlearning.md", "Ways to unlearn, side by side", body)
        draw(groups, options.docs / "unlearning.svg")


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = parser_for("bench.unlearning", __doc__)
    parser.add_argument("--model", type=Path, default=GGUF)
    parser.add_argument("--people", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--single", action="store_true", help="also a single pair of one person")
    parser.add_argument("--out", type=Path, help="folder of the results, for going on as well")
    parser.add_argument("--docs", type=Path, help="folder for the page of results")
    parser.add_argument("--tune", action="store_true", help="search the baselines' settings")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--share", type=float, default=1.0, help="of the questions")
    parser.add_argument("--cache", type=Path, help="of studies; a folder in OUT by default")
    options = parser.parse_args(arguments)
    if not options.tune and options.out is None:
        parser.error("--out DIR says where the results are kept")
    return options


def work(options: argparse.Namespace) -> int:
    """Tune, or run what is missing and report.

    Raises:
        ValueError: too many people, or a baseline without settings.
        ToolError: the model cannot be used.
    """
    if missing := [name for name in NEEDS if find_spec(name) is None]:
        raise ValueError(f"{missing[0]} is missing: install the extra with pip install '.[train]'")
    for size in options.people:
        data.people(size, 0)
    if options.tune:
        tune(options)
        return 0
    wanted = cells(options)
    for folder in (options.out, options.cache or options.out / "cache"):
        folder.mkdir(parents=True, exist_ok=True)
    failed = run(wanted, options.out)
    found = [row for cell in wanted if (row := result(cell, options.out))]
    if any(row["spec"]["method"] == "none" for row in found):
        report(options, found)
    return int(bool(failed))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 2 with one line where it cannot be run."""
    try:
        return work(options_of(arguments))
    except (ValueError, ToolError) as error:
        say(f"bench.unlearning: {error}")
        return 2
