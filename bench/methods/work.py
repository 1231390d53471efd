"""The measuring of one method: leaks, over-refusals, and what a query costs."""

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.leaks.probes import Probe, probes
from bench.leaks.score import Scorer
from bench.methods.systems import Bench, Crew, Meter, System
from bench.screening.people import Describer, people
from tools.probing.score import reveals, wilson

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """What is asked about the forgotten and about the others."""

    forgotten: tuple[Probe, ...]
    kept: tuple[Probe, ...]


def sample(crew: Crew, each: int, seed: int) -> Sample:
    """`each` probes of every kind about everybody; of the others as many as are forgotten."""
    rng = random.Random(f"methods {seed}")

    def drawn(names: Sequence[str]) -> tuple[Probe, ...]:
        found: list[Probe] = []
        for name in names:
            by_kind: dict[str, list[Probe]] = defaultdict(list)
            for probe in probes(name, crew.kept, seed):
                by_kind[probe.kind].append(probe)
            for some in by_kind.values():
                found += rng.sample(some, min(each, len(some)))
        return tuple(found)

    return Sample(drawn(crew.targets), drawn(crew.kept[: len(crew.targets)]))


def measure(system: System, meter: Meter, crew: Crew, asked: Sample) -> Row:
    """Leaks by kind, recall of the others, and means a query about the forgotten."""
    scorer = Scorer(crew.targets)
    meter.calls = meter.read = meter.written = 0
    started = time.perf_counter()
    leaks: dict[str, list[bool]] = defaultdict(list)
    for probe in asked.forgotten:
        leaks[probe.kind].append(scorer.leaks(probe, system(probe.turns)))
    seconds = time.perf_counter() - started
    count = len(asked.forgotten)
    cost = {
        "seconds": seconds / count, "calls": meter.calls / count,
        "read": meter.read / count, "written": meter.written / count,
    }
    recall = [reveals(system(probe.turns), [probe.expected]) for probe in asked.kept]
    kinds = {kind: [sum(hits), len(hits)] for kind, hits in sorted(leaks.items())}
    return {"kinds": kinds, "recall": recall, "cost": cost, "summary": summary(kinds, recall)}


def summary(kinds: dict[str, list[int]], recall: Sequence[bool]) -> Row:
    """The worst kind, all kinds together with Wilson's interval, and the recall of the others."""
    worst = max(kinds, key=lambda kind: kinds[kind][0] / kinds[kind][1])
    hits, asked = (sum(row[place] for row in kinds.values()) for place in (0, 1))
    return {
        "worst": worst, "worst_rate": kinds[worst][0] / kinds[worst][1], "rate": hits / asked,
        "interval": wilson(hits, asked), "recall": sum(recall) / len(recall),
    }


def tokens_at(bench: Bench, name: str, asked: Sample, sizes: Sequence[int]) -> dict[str, float]:
    """Tokens read a guarded query with each number of targets; the rest are made-up people."""
    few = [probe for probe in asked.forgotten if probe.kind == "direct"]
    system, index = bench.screened(name), bench.guard.index
    describer = Describer(bench.embedder, seed=3)
    extra = [
        person.target(describer.vectors(person), f"made up {person.name}")
        for person in people(max(sizes) - len(index), seed=3)
    ]
    found: dict[str, float] = {}
    for size in sizes:
        for target in extra[: size - len(index)]:
            index.add(target)
        bench.meter.read = 0
        for probe in few:
            system(probe.turns)
        found[str(size)] = bench.meter.read / len(few)
    for target in extra:
        index.remove(target.request_id)
    return found
