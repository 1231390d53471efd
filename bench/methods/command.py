"""Every way to forget, side by side in one run: what it leaks, what it refuses, what it costs.

    python -m bench.methods [--people 10] [--each 2] [--seed 1] [--half tuned|reported]
                            [--only METHOD ...] [--json OUT] [--docs DIR]

The questions are those of `bench.leaks`, `--each` of every kind about each forgotten person, and
the same about as many who are not forgotten. Methods as published run bare: nobody audits what
they say. OUT is written after every method and read again. `--docs` writes the table and the plot.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from bench.command_line import parser_for, say
from bench.docs import write_page
from bench.methods.report import draw, markdown
from bench.methods.systems import METHODS, Bench, Crew
from bench.methods.work import Sample, measure, sample, tokens_at
from bench.questions import halves
from patient import GGUF
from tui.paths import paths

Report = dict[str, Any]
SIZES = (10, 1_000)
"""Numbers of targets between which the tokens of a query should not grow."""


def crew(options: argparse.Namespace) -> Crew:
    """Who is forgotten, who is not, and on whom the gate is calibrated."""
    tuned, reported = halves()
    half = reported if options.half == "reported" else tuned
    other = tuned if options.half == "reported" else reported
    at = options.people
    return Crew(tuple(half[:at]), tuple(half[at:]), tuple(other[:at]), tuple(other[at:]))


def run(options: argparse.Namespace) -> Report:
    """The figures of every method, those in OUT already not again."""
    people = crew(options)
    asked: Sample = sample(people, options.each, options.seed)
    settings = {
        "half": options.half, "people": options.people, "each": options.each,
        "seed": options.seed, "model": options.model.name,
        "probes": len(asked.forgotten), "retained": len(asked.kept),
    }
    report: Report = {"settings": settings, "methods": {}, "tokens": {}}
    if options.json and options.json.exists():
        report = json.loads(options.json.read_text())
        if report["settings"] != settings:
            raise SystemExit(f"{options.json} is of another run: {report['settings']}")
    with Bench(options.model, options.cache, people, options.threads) as bench:
        for name in options.only:
            if name not in report["methods"]:
                bench.fell_back = 0
                row = measure(bench.system(name), bench.meter, people, asked)
                report["methods"][name] = row | {"fell_back": bench.fell_back}
                say(f"{name}: {json.dumps(report['methods'][name]['summary'])}")
                save(report, options.json)
        for name in ("alu", "dragon"):
            if name in options.only and name not in report["tokens"]:
                report["tokens"][name] = tokens_at(bench, name, asked, SIZES)
                save(report, options.json)
    return report


def save(report: Report, file: Path | None) -> None:
    """Write what there is."""
    if file:
        file.write_text(json.dumps(report, indent=1))


def _options() -> argparse.Namespace:
    parser = parser_for("bench.methods", __doc__)
    parser.add_argument("--model", type=Path, default=GGUF)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--half", choices=("tuned", "reported"), default="tuned")
    parser.add_argument("--only", nargs="*", choices=METHODS, default=METHODS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--docs", type=Path)
    parser.add_argument("--cache", type=Path, default=paths().cache)
    return parser.parse_args()


def main() -> int:
    """Run the chosen methods, print the table, draw the plot."""
    options = _options()
    options.cache.mkdir(parents=True, exist_ok=True)
    report = run(options)
    print(markdown(report))
    if options.docs:
        title = "Every way to forget, side by side"
        body = f"{markdown(report)}\n\n![leaks, losses and seconds](guard-methods.svg)"
        write_page(options.docs, "guard-methods.md", title, body)
        draw(report, options.docs / "guard-methods.svg")
    return 0
