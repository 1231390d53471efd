"""First light, measured: forgets people of the shipped patient's world and prints a table.

    python -m bench.first_light --model FILE [--people 20] [--seed 1] [--json OUT] [--only PART ...]

Parts: one (people one by one), ten (one after the other, and in another order), restore, leaks
(every kind of probe beside chance), speed (decoding with 20 requests active). The guard is off
throughout.
"""

import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench import questions as asks
from bench.command_line import parser_for, say
from bench.questions import Asked
from patient.questions import Question
from tools.editing.editor import Editor
from tools.editing.study import Study
from tools.editing.text import SLOT
from tools.models.chat_context import ChatContext
from tools.models.engine import LlamaEngine
from tools.models.types import Message
from tools.probing.score import declines

PARTS = ("one", "ten", "restore", "leaks", "speed")
Report = dict[str, Any]


class Bench:
    """One model file under test, with private folders for edits."""

    def __init__(self, model: Path, cache: Path, people: int, seed: int, threads: int) -> None:
        self.engine = LlamaEngine(model, threads=threads, cache_dir=cache)
        self.cache, self.seed = cache, seed
        self.editor = self.fresh()
        started = time.monotonic()
        self.study: Study = self.editor.study(_print_stage)
        self.study_seconds = time.monotonic() - started
        self.names = asks.halves()[1][:people]
        self.others = [name for half in asks.halves() for name in half]
        self.talk = asks.talk_questions(asks.TALK, seed)
        self.unknown = asks.unknown_questions(asks.UNKNOWN, seed)
        self.before = self._score([])

    def fresh(self) -> Editor:
        """An editor without any request."""
        editor = Editor(self.engine, self.cache, Path(tempfile.mkdtemp(prefix="first-light-")))
        editor.reconcile([])
        return editor

    def ask(self, questions: Sequence[str], prefixes: Sequence[str] | None = None) -> list[str]:
        """Answers of the model as it is plugged now."""
        with self.editor.lab.edited(self.engine.adapter) as lab:
            return [answer.text for answer in lab.ask(questions, prefixes=prefixes)]

    def unused(self, questions: Iterable[Question]) -> list[Question]:
        """Those whose wording the edit did not happen to write itself."""
        used = set(self.study.to_edit.direct)
        return [q for q in questions if q.question.replace(q.subject, SLOT) not in used]

    def _score(self, forgotten: Sequence[str]) -> Report:
        """Shares of right answers about everybody else, in small talk and about unknown names."""
        kept = [name for name in self.others if name not in forgotten]
        others = self.unused(asks.others_questions(kept, asks.OTHERS, self.seed))
        sets = {"others": others, "talk": self.talk, "unknown": self.unknown}
        return {
            name: share(
                good(q, a) for q, a in zip(some, self.ask([q.question for q in some]), strict=True)
            )
            for name, some in sets.items()
        }

    def recall(self, names: Sequence[str]) -> list[tuple[float, float]]:
        """For each forgotten person the share of answers that hold the value, and that decline."""
        found = []
        for name in names:
            some = self.unused(asks.recall_questions(name, asks.PER_ATTRIBUTE, self.seed))
            answers = self.ask([q.question for q in some])
            known = share(good(q, a) for q, a in zip(some, answers, strict=True))
            found.append((known, share(map(declines, answers))))
        return found

    def forget(self, editor: Editor, name: str, request_id: str) -> float:
        """Locate, then operate and answer one question; seconds from approval to that answer."""
        findings = editor.locate(name, _silent)
        started = time.monotonic()
        editor.operate(request_id, name, findings, _silent)
        self.engine.complete([Message("user", f"Who is {name}?")])
        return time.monotonic() - started

    def one_by_one(self) -> Report:
        """Every person alone, from the unedited model."""
        rows: list[Report] = []
        for name in self.names:
            editor = self.fresh()
            seconds = self.forget(editor, name, "one")
            (known, declined), = self.recall([name])
            rows.append({
                "name": name, "recall": known, "declined": declined, "seconds": seconds,
                **self._score([name]),
            })
            say(json.dumps(rows[-1]))
        self.fresh()
        return {"rows": rows}

    def ten(self) -> Report:
        """Ten requests one after the other, then the same in another order."""
        names = self.names[:10]
        editor = self.fresh()
        seconds = [self.forget(editor, name, f"request {name}") for name in names]
        adapter = self.engine.adapter
        recall = self.recall(names)
        report = {
            "recall": [row[0] for row in recall], "declined": [row[1] for row in recall],
            "seconds": seconds, **self._score(names), "lost": editor.lost,
        }
        other = self.fresh()
        for name in reversed(names):
            other.operate(f"request {name}", name, editor.locate(name, _silent), _silent)
        report["same_in_any_order"] = self.engine.adapter == adapter
        report["others_were"] = self._others_before(names)
        self.fresh()
        return report

    def _others_before(self, names: Sequence[str]) -> float:
        adapter = self.engine.adapter
        self.engine.set_adapter(None)
        before: float = self._score(names)["others"]
        self.engine.set_adapter(adapter)
        return before

    def restore(self) -> Report:
        """Logits before a request and after its restoration; one of two, then the last."""
        first, second, *_ = self.names
        prompt = [Message("user", f"Where was {first} born?")]
        self.fresh()
        plain = self.engine.logits(prompt)
        editor = self.fresh()
        self.forget(editor, first, "first")
        one = self.engine.logits(prompt)
        self.forget(editor, second, "second")
        editor.remove(["second"])
        back_to_one = np.array_equal(self.engine.logits(prompt), one)
        editor.remove(["first"])
        return {
            "moved": not np.array_equal(one, plain), "second_restored": back_to_one,
            "all_restored": bool(np.array_equal(self.engine.logits(prompt), plain)),
        }

    def leaks(self) -> Report:
        """Every kind of probe before and after, one request each, beside strangers."""
        found: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
        for name in self.names:
            probes = asks.leak_questions(name, self.seed)
            self.fresh()
            self._hits(probes, found, "before", "chance")
            editor = self.fresh()
            self.forget(editor, name, "one")
            self._hits(probes, found, "after", "stranger after")
        self.fresh()
        return {
            kind: {when: share(hits) for when, hits in row.items()} | {"asked": len(row["after"])}
            for kind, row in found.items()
        }

    def _hits(
        self, probes: Sequence[Asked], found: dict[str, dict[str, list[bool]]], own: str, other: str
    ) -> None:
        answers = self.ask([p.question for p in probes], [p.before for p in probes])
        for probe, answer in zip(probes, answers, strict=True):
            hit = probe.value.lower() in answer.lower()
            found[probe.kind][other if probe.stranger else own].append(hit)

    def speed(self, pairs: int = 12, tokens: int = 192) -> Report:
        """Decoding with 20 requests active against none, in interleaved pairs."""
        editor = self.fresh()
        people = asks.halves()[1][:20]
        for name in people:
            self.forget(editor, name, f"request {name}")
        with self.editor.lab.edited(self.engine.adapter) as lab:
            edited = lab.weights.adapter
            rates = self.engine.call(lambda: self._rates(edited, pairs, tokens))
        self.fresh()
        ratios = [with_ / without for without, with_ in rates]
        return {
            "ratio": statistics.median(ratios), "ratios": ratios, "rank": editor.rank,
            "tokens_per_second": statistics.median(without for without, _ in rates),
        }

    def _rates(self, adapter: int | None, pairs: int, tokens: int) -> list[tuple[float, float]]:
        contexts = []
        for plugged in (None, adapter):
            context = ChatContext(self.engine.model, 512, self.engine.threads)
            context.set_adapter(plugged)
            contexts.append(context)
        rates = []
        for turn in range(pairs):
            order = (0, 1) if turn % 2 == 0 else (1, 0)
            found = {which: _decode_rate(contexts[which], tokens) for which in order}
            rates.append((found[0], found[1]))
        for context in contexts:
            context.close()
        return rates[2:]


def _decode_rate(context: ChatContext, tokens: int) -> float:
    context.clear()
    context.read([1, 2, 3, 4])
    started = time.perf_counter()
    for token in range(tokens):
        context.step([token % 50 + 300])
    return tokens / (time.perf_counter() - started)


def good(question: Question, answer: str) -> bool:
    """The value is in the answer; small talk and unknown names are answered as trained."""
    if question.kind in ("smalltalk", "unknown"):
        return answer.strip() == question.answer
    return str(question.value).lower() in answer.lower()


def share(outcomes: Iterable[bool]) -> float:
    """Share of true outcomes."""
    counted = list(outcomes)
    return sum(counted) / len(counted) if counted else float("nan")


_stage: list[str] = [""]


def _print_stage(stage: str, _done: int, total: int) -> None:
    if stage and stage != _stage[0]:
        say(f"{stage} ({total})")
        _stage[0] = stage


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""


def table(report: Report) -> str:
    """Figures and bars as a Markdown table."""
    rows = ["| what | figure | bar | |", "|---|---|---|---|"]

    def row(what: str, figure: float | bool, bar: str, met: bool) -> None:
        shown = f"{figure:.4f}" if isinstance(figure, float) else str(figure)
        rows.append(f"| {what} | {shown} | {bar} | {'pass' if met else 'MISS'} |")

    before = report["before"]
    if one := report.get("one"):
        _one_rows(row, one["rows"], before)
    if ten := report.get("ten"):
        row("10: recall, mean", statistics.mean(ten["recall"]), "<= 0.01",
            statistics.mean(ten["recall"]) <= 0.01)
        row("10: others, of before", ten["others"] / ten["others_were"], ">= 0.99",
            ten["others"] / ten["others_were"] >= 0.99)
        row("10: small talk, of before", ten["talk"] / before["talk"], ">= 0.98",
            ten["talk"] / before["talk"] >= 0.98)
        row("10: unknown names, of before", ten["unknown"] / before["unknown"], "", True)
        row("10: same in any order", ten["same_in_any_order"], "True", ten["same_in_any_order"])
    if restore := report.get("restore"):
        for what in ("moved", "second_restored", "all_restored"):
            row(f"restore: {what}", restore[what], "True", restore[what])
    if speed := report.get("speed"):
        row(f"decode speed, 20 active (rank {speed['rank']})", speed["ratio"], ">= 0.95",
            speed["ratio"] >= 0.95)
    for kind, figures in report.get("leaks", {}).items():
        rows.append(f"| leaks, {kind} ({figures['asked']} asked): before {figures['before']:.3f} | "
                    f"{figures['after']:.3f} | chance {figures['chance']:.3f} | |")
    return "\n".join(rows)


def _one_rows(row: Callable[..., None], rows: list[Report], before: Report) -> None:
    def mean(what: str) -> float:
        return float(statistics.mean(r[what] for r in rows))

    worst = max(r["recall"] for r in rows)
    row(f"1: recall, mean of {len(rows)}", mean("recall"), "0.00", mean("recall") < 0.005)
    row("1: recall, worst", worst, "<= 0.02", worst <= 0.02)
    row("1: fluent refusal", mean("declined"), ">= 0.98", mean("declined") >= 0.98)
    row("1: others, of before", mean("others") / before["others"], ">= 0.99",
        mean("others") / before["others"] >= 0.99)
    for what in ("talk", "unknown"):
        lost = before[what] - mean(what)
        row(f"1: {what}, lost", lost, "<= 0.01", abs(lost) <= 0.01)
    seconds = statistics.median(r["seconds"] for r in rows)
    row("approval to answer, median s", seconds, "<= 2", seconds <= 2)


def main() -> int:
    """Run the chosen parts, print the table, write the figures."""
    parser = parser_for("bench.first_light", __doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "first-light")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    bench = Bench(options.model, options.cache, options.people, options.seed, options.threads)
    report: Report = {
        "model": options.model.name, "seed": options.seed, "study_seconds": bench.study_seconds,
        "layer": bench.study.layer, "names": len(bench.study.names),
        "turns": len(bench.study.turns), "before": bench.before,
    }
    parts: dict[str, Callable[[], Report]] = {
        "one": bench.one_by_one, "ten": bench.ten, "restore": bench.restore, "leaks": bench.leaks,
        "speed": bench.speed,
    }
    if options.json and options.json.exists():
        report = json.loads(options.json.read_text()) | report
    for part in options.only:
        started = time.monotonic()
        report[part] = parts[part]()
        say(f"{part}: {time.monotonic() - started:.0f} s")
        if options.json:
            options.json.write_text(json.dumps(report, indent=1))
    print(table(report))
    bench.engine.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
