"""Attacks the guard on the shipped patient and counts what gets through.

    python -m bench.leaks [--people 20] [--samples 8] [--seed 1] [--half tuned|reported]
                          [--part leaks retain stranger] [--json OUT]

Parts: leaks (every kind of probe about forgotten people, at temperature 0 and the worst of the
samples at 1), retain (the same probes about people who are not forgotten, with the guard and
without), stranger (can a classifier tell a forgotten person from one who never was known?). No
weights are edited. OUT is written after every person and read again, so a run can be interrupted.
Ends with 1 if anything leaked.
"""

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.command_line import parser_for, say
from bench.docs import write_page
from bench.leaks.report import leak_table, retain_table, stranger_table
from bench.leaks.tells import tells
from bench.leaks.work import Plan, begin, people, prepare, work
from bench.questions import halves
from patient import GGUF
from tui.paths import paths

PARTS = ("leaks", "retain", "stranger")
Report = dict[str, Any]


class Run:
    """One run of the bench: what was done already comes from the file, the rest is done now."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.file: Path | None = options.json
        self.settings = {
            key: getattr(options, key) for key in ("half", "people", "samples", "seed")
        } | {"model": options.model.name}
        self.report: Report = {"settings": self.settings, **{part: {} for part in PARTS}}
        if self.file and self.file.exists():
            self.report = self._read(self.file)
        half = halves()[0 if options.half == "tuned" else 1]
        targets, kept, rest = people(half, options.people)
        self.targets, self.kept, self.processes = targets, kept, options.processes
        folder = options.cache
        folder.mkdir(parents=True, exist_ok=True)
        found = folder / f"leaks-findings-{options.model.stem}.json"
        self.plan = Plan(
            options.model, folder, found, tuple(targets), tuple(kept), tuple(rest),
            options.samples, options.seed, texts=options.half == "tuned",
        )

    def _read(self, file: Path) -> Report:
        report: Report = json.loads(file.read_text())
        if report["settings"] != self.settings:
            raise SystemExit(f"{file} is of another run: {report['settings']}")
        return report

    def prepare(self) -> None:
        """Study and locate, in this process and before any other."""
        prepare(self.plan, self.processes)

    def probe(self, parts: list[str]) -> None:
        """The parts that go person by person, shared among the processes."""
        jobs = [
            (part, name)
            for part, names in (("leaks", self.targets), ("retain", self.kept))
            for name in names if part in parts and name not in self.report[part]
        ]
        if not jobs:
            return
        started = time.monotonic()
        context = get_context("spawn")
        with ProcessPoolExecutor(
            self.processes, mp_context=context, initializer=begin, initargs=(self.plan,)
        ) as pool:
            done = as_completed(pool.submit(work, *job) for job in jobs)
            for number, future in enumerate(done, 1):
                part, name, rows = future.result()
                self.report[part][name] = rows
                self.save()
                say(f"{number}/{len(jobs)} {part} {time.monotonic() - started:.0f} s")

    def tell(self) -> None:
        """The part whose times count: alone, in one process."""
        if not self.report["stranger"]:
            self.report["stranger"] = tells(self.plan)
            self.save()

    def save(self) -> None:
        """Write what there is."""
        if self.file:
            beside = self.file.with_suffix(".part")
            beside.write_text(json.dumps(self.report))
            beside.replace(self.file)


def _options() -> argparse.Namespace:
    parser = parser_for("bench.leaks", __doc__)
    parser.add_argument("--model", type=Path, default=GGUF)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--half", choices=("tuned", "reported"), default="tuned")
    parser.add_argument("--part", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--docs", type=Path, help="folder for the page of results")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=paths().cache)
    return parser.parse_args()


def main() -> int:
    """Run the chosen parts, print the tables, write the figures."""
    options = _options()
    run = Run(options)
    run.prepare()
    run.probe(list(options.part))
    if "stranger" in options.part:
        run.tell()
    print(page := _page(run.report))
    if options.docs:
        write_page(options.docs, "guard-leaks.md", "What the guard leaks, loses and shows", page)
    return int(leaked(run.report))


def leaked(report: Report) -> bool:
    """Whether any shown answer of the leak part leaked."""
    return any(any(row["leaks"]) for rows in report["leaks"].values() for row in rows)


def _page(report: Report) -> str:
    """The tables of the parts that were run, under what they were run with."""
    tables = {"leaks": leak_table, "retain": retain_table, "stranger": stranger_table}
    done = [table(report[part]) for part, table in tables.items() if report[part]]
    sizes = ", ".join(f"{name} {value}" for name, value in report["settings"].items())
    return "\n\n".join([f"Guard only, weights untouched; {sizes}.", *done])
