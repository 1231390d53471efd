"""What the surgeon's edit does as more people are forgotten: told, kept, attacked, undone, paid.

    python -m bench.surgeon --half tuned|reported|both [--model FILE] [--sizes 1 10 25 50]
                            [--seed 1] [--parts PART ...] [--json OUT] [--docs DIR] [--report]

Parts: capacity (what is told and kept at every size), attacks (every size but 1, beside strangers),
order (10 people in any order, restores in between), cost (seconds, rank, speed as requests grow),
quantised (10 people in the weights of other types of files). The guard is off throughout. OUT keeps
every finished part and size: what is there of the same model, code and people is not run again;
what requests measured lies in OUT's folder `OUT-edits`, private like any edit. `--report` runs
nothing and writes the page from OUT.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.command_line import parser_for, say
from bench.docs import write_page
from bench.questions import halves
from bench.surgeon.attacks import attacks
from bench.surgeon.capacity import capacity
from bench.surgeon.cost import cost
from bench.surgeon.order import order
from bench.surgeon.page import draw, markdown
from bench.surgeon.quantised import quantised
from bench.surgeon.work import Plan, Results, Row, Surgery, code_digest
from bench.unlearning import data
from patient import GGUF
from tools.errors import ToolError
from tools.models.gguf_file import read_info
from tui.paths import paths

PARTS: dict[str, Callable[[Surgery, Plan, int], Any]] = {
    "capacity": capacity, "attacks": attacks, "order": order, "cost": cost, "quantised": quantised,
}
FEW = 10
"""People of the parts that are run at one size."""
Cells = list[tuple[str, int]]


def cells(parts: Sequence[str], sizes: Sequence[int]) -> Cells:
    """(part, size) of everything to be run. Cost first: it must measure every request, and what it
    measured serves the others."""
    found: Cells = [("cost", max(sizes))] if "cost" in parts else []
    few = min(FEW, max(sizes))
    for part in PARTS:
        if part == "capacity" and part in parts:
            found += [(part, size) for size in sizes]
        elif part == "attacks" and part in parts:
            found += [(part, size) for size in sizes if size > 1 or max(sizes) == 1]
        elif part != "cost" and part in parts:
            found.append((part, few))
    return found


def run(options: argparse.Namespace, results: Results, wanted: Cells) -> None:
    """Run what is missing."""
    missing = [cell for cell in wanted if results.get(*cell) is None]
    if not missing:
        return
    names = everybody(options.half, options.seed)
    plan = Plan(tuple(names), options.seed, options.share)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    )
    with (
        tempfile.TemporaryDirectory(prefix="surgeon-") as private,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        kept = edits_folder(options.json, results.spec) or Path(private)
        task = progress.add_task("studying", total=len(missing))
        with closing(Surgery(options.model, options.cache, kept, options.threads)) as surgery:
            for part, size in missing:
                progress.update(task, description=f"{part} {size}")
                started = time.monotonic()
                result = PARTS[part](surgery, plan, size)
                results.put(part, size, result, time.monotonic() - started)
                say(f"{part} {size}: {time.monotonic() - started:.0f} s")
                progress.advance(task)


def everybody(half: str, seed: int) -> list[str]:
    """All people of a half, or the reported ones and then the others, in the order of the seed; N
    people are always the first N."""
    count = len(halves()[0])
    reported = [] if half == "tuned" else data.people(count, seed)
    return reported + ([] if half == "reported" else data.people(count, seed, tuned=True))


def edits_folder(json: Path | None, spec: Row) -> Path | None:
    """Where requests are kept that were measured by this code on this model."""
    if json is None:
        return None
    return json.with_name(f"{json.stem}-edits") / f"{spec['code']}-{spec['half']}"


def report(options: argparse.Namespace, results: Results, wanted: Cells) -> None:
    """Print the tables of what is there; write the page and its picture if asked."""
    parts: dict[str, dict[int, Any]] = {part: {} for part in PARTS}
    for part, size in wanted:
        if (found := results.get(part, size)) is not None:
            parts[part][size] = found
    spec = {name: value for name, value in results.spec.items() if name != "file"}
    print(text := markdown(parts, spec))
    if options.docs:
        body = f"{text}\n\n![told and kept by size, leaks by kind](surgeon-figures.svg)"
        write_page(options.docs, "surgeon-figures.md", "What the surgeon's edit does", body)
        draw(parts, options.docs / "surgeon-figures.svg")


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = parser_for("bench.surgeon", __doc__)
    parser.add_argument("--model", type=Path, default=GGUF)
    parser.add_argument("--half", choices=("tuned", "reported", "both"), default="tuned")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 10, 25, 50])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--share", type=float, default=1.0, help="of the questions")
    parser.add_argument("--json", type=Path, help="file of the results, for going on as well")
    parser.add_argument("--docs", type=Path, help="folder for the page of results")
    parser.add_argument("--report", action="store_true", help="run nothing, report what OUT holds")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=paths().cache)
    options = parser.parse_args(arguments)
    options.sizes = sorted(set(options.sizes))
    if not 0 < options.share <= 1:
        parser.error(f"--share must be above 0 and at most 1: {options.share:g}")
    if options.report and not (options.json and options.json.exists()):
        parser.error("--report needs the results: --json OUT")
    return options


def work(options: argparse.Namespace) -> int:
    """Run what is missing and report.

    Raises:
        ValueError: more people than there are, or none.
        ToolError: the model cannot be used.
    """
    most = len(everybody(options.half, options.seed))
    for size in options.sizes:
        if not 1 <= size <= most:
            raise ValueError(f"{size} people: between 1 and {most} can be forgotten")
    spec = {
        "model": options.model.name,
        "file": read_info(options.model, cache_dir=options.cache).fingerprint[:12],
        "code": code_digest(), "half": options.half, "seed": options.seed, "share": options.share,
    }
    results = Results(options.json, spec)
    wanted = cells(options.parts, options.sizes)
    if options.report:
        results.spec |= {"code": results.latest_code()}
    else:
        run(options, results, wanted)
    report(options, results, wanted)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 2 with one line where it cannot be run."""
    try:
        return work(options_of(arguments))
    except (ValueError, ToolError) as error:
        say(f"bench.surgeon: {error}")
        return 2
