"""What screening costs with few targets and with many: time a query, time and memory a target.

A query is looked up by the same call as in a conversation. The embedder is asked beforehand and
its vectors remembered, so its 5 ms are in none of the figures.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from bench.docs import figure, save
from bench.screening import words
from bench.screening.people import Describer, Person, Remembered, people
from tools.guarding.screen import Screen
from tools.guarding.semantic import Embedder
from tools.guarding.targets import Match, Target, TargetIndex

ASKED = 60
"""People that are asked about in each way."""
REPEATS = 3
AGAIN = 30
"""Targets replaced, and removed, at each size."""

Report = dict[str, Any]
Look = Callable[[Sequence[str]], Match | None]


def queries(known: Sequence[Person], strangers: Sequence[Person]) -> dict[str, list[str]]:
    """Questions by what they are: about targets, nearly about them, and ordinary ones."""
    one, other = known, strangers
    return {
        "name": [f"Where does {p.name} live?" for p in one],
        "slip": [f"What does {slipped(p.name)} do for a living?" for p in one],
        "value": [f"Whose number is {p.values['phone']}?" for p in one],
        "description": [
            f"Who is the {p.values['job']} from {p.values['city']} who likes {p.values['hobby']}?"
            for p in one
        ],
        "stranger": [f"Where was {p.name} born?" for p in other],
        "stranger described": [
            f"Is {p.name} the {p.values['job']} from {p.values['city']}?" for p in other
        ],
        "one value": [f"Who was born in {p.values['city']}?" for p in other],
        "ordinary": words.phrases(words.ORDINARY),
    }


def slipped(name: str) -> str:
    """A name with the third and fourth letters of its last word changed for each other."""
    *first, last = name.split()
    return " ".join([*first, last[:2] + last[3:4] + last[2:3] + last[4:]])


def cost_curve(sizes: Iterable[int], embedder: Embedder, seed: int) -> list[Report]:
    """One row of figures for each size, the smallest first; the index grows in between."""
    rising = sorted(sizes)
    names = {person.name for person in people(rising[-1], seed)}
    known = list(islice(people(rising[0], seed), ASKED))
    asked = queries(known, list(people(ASKED, seed + 2, besides=names)))
    texts = [text for group in asked.values() for text in group]
    index = TargetIndex(Remembered(embedder, texts))
    makers = made(embedder, rising[-1], seed)
    gc.collect()
    before, rows = resident(), []
    for size in rising:
        took = [registered(index, target) for target in islice(makers, size - len(index))]
        rows.append({"targets": size, **timed(index, asked), **spread("register", took)})
        rows[-1] |= replaced(index, seed) | {"memory": resident() - before}
    return rows


def made(embedder: Embedder, count: int, seed: int) -> Iterator[Target]:
    """Targets one after the other; nothing of them is kept here."""
    describer = Describer(embedder, seed)
    for person in people(count, seed):
        yield person.target(describer.vectors(person))


def registered(index: TargetIndex, target: Target) -> float:
    """Seconds to register a target."""
    started = time.perf_counter()
    index.add(target)
    return time.perf_counter() - started


def replaced(index: TargetIndex, seed: int) -> Report:
    """What it costs to register targets again, and to remove them."""
    some = Random(seed).sample(index.all(), min(AGAIN, len(index)))
    again = [registered(index, target) for target in some]
    gone = []
    for target in some:
        started = time.perf_counter()
        index.remove(target.request_id)
        gone.append(time.perf_counter() - started)
        index.add(target)
    return spread("replace", again) | spread("remove", gone)


def timed(index: TargetIndex, asked: dict[str, list[str]]) -> Report:
    """Milliseconds a query, over all and by kind, and how many of each kind were screened.

    `index` is the index alone, without what a conversation's screen does around it.
    """
    look: Look = Screen(index).screen
    found = {kind: [fastest(look, text) for text in texts] for kind, texts in asked.items()}
    alone = [fastest(index.match, text) for texts in asked.values() for text in texts]
    hits = {kind: statistics.mean(look([t]) is not None for t in asked[kind]) for kind in asked}
    everything = [seconds for times in found.values() for seconds in times]
    medians = {kind: 1000 * statistics.median(times) for kind, times in found.items()}
    times = spread("query", everything) | spread("index", alone)
    return {**times, "by kind": medians, "screened": hits}


def fastest(look: Look, text: str) -> float:
    """The least seconds of a few tries: the rest is what other programs did meanwhile."""
    took = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        look([text])
        took.append(time.perf_counter() - started)
    return min(took)


def spread(what: str, seconds: Sequence[float]) -> Report:
    """Median, 95th percentile and greatest of some times, in milliseconds."""
    rising = sorted(1000 * each for each in seconds) or [0.0]
    return {
        f"{what} median": statistics.median(rising),
        f"{what} p95": rising[min(len(rising) - 1, len(rising) * 95 // 100)],
        f"{what} max": rising[-1],
    }


def resident() -> float:
    """Megabytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * 4096 / 1e6


def draw(rows: Sequence[Report], file: Path) -> None:
    """Write a picture: milliseconds a query against the number of targets."""
    picture, axis = figure(6, 3.6)
    sizes = [row["targets"] for row in rows]
    for name, label in (("query median", "median"), ("query p95", "95th percentile")):
        axis.loglog(sizes, [row[name] for row in rows], marker="o", label=label)
    axis.set_xlabel("targets")
    axis.set_ylabel("ms a query, without embedding")
    axis.legend(frameon=False)
    axis.spines[["top", "right"]].set_visible(False)
    save(picture, file)


def table(rows: Sequence[Report]) -> str:
    """The cost curve as a Markdown table."""
    heads = ("targets", "query median ms", "p95", "index alone", "p95", "register median ms",
             "max", "replace", "remove", "MB")  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in rows:
        figures = ("query median", "query p95", "index median", "index p95", "register median",
                   "register max", "replace median", "remove median")  # fmt: skip
        shown = " | ".join(f"{row[name]:.2f}" for name in figures)
        lines.append(f"| {row['targets']:,} | {shown} | {row['memory']:.0f} |")
    kinds = rows[-1]["by kind"]
    lines += ["", "| median ms | " + " | ".join(kinds) + " |", "|---" * (len(kinds) + 1) + "|"]
    for row in rows:
        shown = " | ".join(f"{row['by kind'][kind]:.2f}" for kind in kinds)
        lines.append(f"| {row['targets']:,} | {shown} |")
    return "\n".join(lines)
