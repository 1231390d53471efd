"""Screening, measured: what it costs, whom it troubles, and how it does beside a plain gate.

    python -m bench.screening --sizes 10 1000 10000 100000 --data DIR --json OUT [--only PART ...]

Parts: cost (time and memory by number of targets), public (the questions of clinc150 and banking77,
read from DIR, beside 1,000 targets), quality (recall and false alarms beside a gate of the kind of
CURaTE: one embedding a forget prompt, refuse from a calibrated cosine on).
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.command_line import parser_for
from bench.docs import write_page
from bench.screening import cost, public, quality
from tools.models.embedder import Embedder
from tools.models.embedder_files import ensure_embedder
from tui.paths import paths

PARTS = ("cost", "public", "quality")


def main() -> int:
    """Run the chosen parts, print the tables, write the figures."""
    options = arguments()
    report: dict[str, Any] = {"seed": options.seed}
    with Embedder(ensure_embedder(paths().cache)) as embedder:
        parts: dict[str, tuple[Callable[[], Any], Callable[[Any], str]]] = {
            "cost": (
                lambda: cost.cost_curve(options.sizes, embedder, options.seed),
                cost.table,
            ),
            "public": (
                lambda: public.measure(options.data, embedder, options.seed),
                public.table,
            ),
            "quality": (
                lambda: quality.measure(embedder, options.seed),
                quality.table,
            ),
        }
        for name in options.only:
            if name != "public" or options.data:
                run(name, *parts[name], report)
    if options.docs:
        write_docs(options.docs, report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1), "utf-8")
    return 0


def run(
    name: str, measure: Callable[[], Any], show: Callable[[Any], str], report: dict[str, Any]
) -> None:
    """Measure one part, print its table, keep its figures in `report`."""
    started = time.monotonic()
    report[name] = measure()
    print(f"## {name}\n\n{show(report[name])}\n", flush=True)
    print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)


def write_docs(folder: Path, report: dict[str, Any]) -> None:
    """Write the tables as a page, and the cost curve."""
    tables: dict[str, Callable[[Any], str]] = {
        "cost": cost.table, "public": public.table,
        "quality": quality.table,
    }
    done = [name for name in PARTS if name in report]
    body = "\n\n".join(f"## {name}\n\n{tables[name](report[name])}" for name in done)
    if "cost" in done:
        cost.draw(report["cost"], folder / "guard-screening.svg")
        body += "\n\n![milliseconds a query by number of targets](guard-screening.svg)"
    write_page(folder, "guard-screening.md", "Screening, measured", body)


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = parser_for("bench.screening", __doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 1_000, 10_000, 100_000])
    parser.add_argument("--data", type=Path, help="folder that holds clinc150 and banking77")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--docs", type=Path, help="folder for the page and the curve")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS)
    return parser.parse_args()
