"""Inputs at random against every door: the command line, settings, files, the ledger, the filter.

    python -m bench.fuzz [--inputs N] [--seed N] [--only NAME ...] [--limit SECONDS]
                         [--json FILE] [--docs DIR]

Prints a table of what came out; every find is shown with the input that led to it. Ends with 1 if
there is any: a traceback or a broken promise, a hang, a lost request.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.command_line import parser_for, say
from bench.docs import write_page
from bench.fuzz.running import LIMIT, Row, run
from bench.fuzz.target import Target
from bench.fuzz.targets import NAMES, targets

ABOUT = """\
Every input goes through the product's own code: `tui.main.main` with a session that gives back
what it is told, the ledger on real SQLite files, and every reader of files and settings on real
files. A traceback is anything that is not an error meant for the user, or a promise not kept (a
message of two lines, control characters on the terminal, factors that do not fit, text that depends
on how a stream was cut). A hang is an input that took more than {limit:g} s. A lost request is one
that the ledger had taken in and no longer tells of, or a line of standard input without an answer
or an error. Inputs are made by Hypothesis from seed {seed}, {batch} at a time, without repetition
within a batch; the same strategies run in the tests on some hundred inputs each."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for, print the table, write the page."""
    options = options_of(arguments)
    chosen = [targets()[name] for name in options.only]
    rows = []
    for target, inputs in zip(chosen, shares(chosen, options.inputs), strict=True):
        say(f"{target.name}: {inputs:,} inputs")
        rows.append(run(target, inputs, options.seed, options.limit))
        for find in rows[-1].finds:
            say(f"FOUND in {target.name}: {find}")
    print(text := markdown(rows))
    if options.json:
        record = {"seed": options.seed, "limit": options.limit, "rows": [asdict(r) for r in rows]}
        options.json.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    if options.docs:
        _write(options, text)
    return int(any(row.found for row in rows))


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = parser_for("bench.fuzz", __doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="over all targets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=NAMES, default=list(NAMES))
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds an input may take")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--docs", type=Path, help="folder for the page")
    options = parser.parse_args(arguments)
    for name in ("inputs", "limit"):
        if getattr(options, name) <= 0:
            parser.error(f"--{name} must be positive: {getattr(options, name):g}")
    return options


def shares(chosen: Sequence[Target], inputs: int) -> list[int]:
    """How many inputs each target gets; rounded up, so that the sum is never less."""
    whole = sum(target.share for target in chosen)
    return [-(-inputs * target.share // whole) for target in chosen]


def markdown(rows: Sequence[Row]) -> str:
    """The table, and its sums."""
    total = Row("all")
    for row in rows:
        for name in ("inputs", "tracebacks", "hangs", "lost", "seconds"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
        total.slowest = max(total.slowest, row.slowest)
    head = "| target | inputs | tracebacks | hangs | lost requests | seconds | slowest, ms |"
    lines = [head, "|---|--:|--:|--:|--:|--:|--:|", *map(_line, [*rows, total])]
    return "\n".join(lines)


def _line(row: Row) -> str:
    counts = f"{row.inputs:,} | {row.tracebacks} | {row.hangs} | {row.lost}"
    return f"| {row.target} | {counts} | {row.seconds:,.0f} | {1000 * row.slowest:,.0f} |"


def _write(options: argparse.Namespace, table: str) -> None:
    from bench.fuzz.running import BATCH

    about = ABOUT.format(limit=options.limit, seed=options.seed, batch=BATCH)
    write_page(options.docs, "fuzz.md", "Anybody's input", f"{table}\n\n{about}")
