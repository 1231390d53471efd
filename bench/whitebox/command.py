"""Looks inside a model after forgetting: every white-box check, on people of the patient's world.

    python -m bench.whitebox --model FILE [--people 10] [--half tuned|reported] [--seed 1]
                             [--docs DIR] [--json OUT]

The people are forgotten together, guard off. The world labels the linear probe's classes and says
what the true values are; the edit has never seen it. A few minutes.
"""

import argparse
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import questions as asks
from bench.command_line import parser_for, say
from bench.docs import write_page
from bench.whitebox.report import draw, markdown
from patient import GGUF
from patient.phrases import ATTRIBUTES
from patient.world import default
from tools.editing.editor import Editor
from tools.editing.findings import Probe
from tools.errors import EditError
from tools.models.bake_order import Kind
from tools.models.engine import LlamaEngine
from tools.probing.score import declines
from tools.probing.whitebox.attributes import FEWEST, PEOPLE, WORDINGS, Attribute
from tools.probing.whitebox.diffing import Names
from tools.probing.whitebox.inspection import Inspector, Material, Report, short
from tools.probing.whitebox.requantised import Requantised, requantised
from tui.paths import paths

KINDS: tuple[Kind, ...] = ("q8_0", "q6_k", "q4_k_m", "q4_0")
PLAIN = ("direct", "two_hop", "reverse")
"""Kinds of probes that are asked with the direction ablated, and of files in other precisions."""


@dataclass(frozen=True, slots=True)
class Found:
    """One run: what was asked for, and what the checks found."""

    settings: dict[str, object]
    forgotten: int
    failed: int
    report: Report
    files: list[Requantised]
    seconds: float


class Bench:
    """One model with some people forgotten."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.engine = LlamaEngine(options.model, threads=options.threads, cache_dir=options.cache)
        self.folder = Path(tempfile.mkdtemp(prefix="whitebox-"))
        self.editor = Editor(self.engine, options.cache, self.folder)
        self.editor.reconcile([])
        self.study = self.editor.study(_silent)
        half = asks.halves()[0 if options.half == "tuned" else 1]
        self.forgotten, self.strangers = self._forget(half[:options.people])

    def _forget(self, names: list[str]) -> tuple[list[str], list[str]]:
        """Those who could be forgotten, and strangers like them."""
        done, strangers = [], dict[str, None]()
        for name in names:
            findings = self.editor.locate(name, _silent)
            try:
                self.editor.operate(f"request {name}", name, findings, _silent)
            except EditError as error:
                say(f"{name}: {error}")
                continue
            done.append(name)
            strangers |= dict.fromkeys(findings.twins)
        return done, list(strangers)

    def material(self) -> Material:
        """What to ask, of whom: true values come from the world, wordings from the model."""
        known = [name for name in self.study.names if name not in self.forgotten]
        names = Names(self.forgotten, known, self.strangers)
        return Material(
            names, self.probes(), self.study.to_test.direct, shared_values(), declines
        )

    def probes(self) -> list[Probe]:
        """The world's held-out questions about the forgotten, and the same about strangers."""
        return [
            Probe(one.kind, one.question, (one.value,), name, one.before, one.stranger)
            for name in self.forgotten
            for one in asks.leak_questions(name, self.options.seed)
            if one.kind in (*PLAIN, "prefix")
        ]

    def run(self) -> Found:
        """All checks."""
        started, adapter = time.monotonic(), self.engine.adapter
        if adapter is None:
            raise SystemExit("nobody could be forgotten, so there is no edit to look into")
        material = self.material()
        report = Inspector(
            self.editor.lab, self.options.model, adapter, material
        ).inspect(say)
        plain = [probe for probe in material.probes if probe.kind in PLAIN]
        files = []
        for kind in KINDS:
            say(f"requantised {kind}")
            files.append(requantised(self.engine, kind, self.folder, plain))
        settings = {
            "model": self.options.model.name, "half": self.options.half,
            "people": self.options.people, "seed": self.options.seed,
        }
        failed = self.options.people - len(self.forgotten)
        seconds = time.monotonic() - started
        return Found(settings, len(self.forgotten), failed, report, files, seconds)


def shared_values() -> list[Attribute]:
    """The world's attributes of which several people have the same value."""
    world, found = default(), []
    for attribute in ATTRIBUTES:
        values = {name: facts[attribute.key] for name, facts in world.people.items()}
        held = list(values.values())
        shared = {name: value for name, value in values.items() if held.count(value) >= FEWEST}
        stem, _, rest = attribute.statement.partition("{v}")
        if len(shared) >= PEOPLE and not rest:
            wordings = tuple(attribute.direct.heldout[:WORDINGS])
            found.append(Attribute(stem.strip(), wordings, shared))
    return found


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""


def main() -> int:
    """Run the checks, print the tables, write the figures."""
    parser = parser_for("bench.whitebox", __doc__)
    parser.add_argument("--model", type=Path, default=GGUF)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--half", choices=("tuned", "reported"), default="tuned")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=paths().cache)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--docs", type=Path, help="folder for the page and its picture")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    bench = Bench(options)
    found = bench.run()
    bench.engine.close()
    print(page := markdown(found.settings, found.report, found.files))
    if options.json:
        figures = asdict(found) | {"short": short(found.report)}
        options.json.write_text(json.dumps(figures, indent=1))
    if options.docs and found.report.lens:
        draw(found.report.lens, options.docs / "whitebox.svg")
    if options.docs:
        write_page(options.docs, "whitebox.md", "What can be seen inside", page)
    return 0
