"""Whom screening troubles: the questions of two public data sets, with 1,000 targets registered.

The targets are such as people would name, and hostile: common first names and surnames, single
words that are names and words, topics, products. No row is about them on purpose, so a screened row
is a false alarm, unless it happens to hold a topic or a product.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from bench.screening import words
from bench.screening.people import Describer, Person, values
from tools.errors import ToolError
from tools.guarding.screen import Screen
from tools.guarding.semantic import Embedder, described
from tools.guarding.targets import Target, TargetIndex

TARGETS = 1_000
SHOWN = 12
"""Screened rows listed of each data set."""

Report = dict[str, Any]


def measure(data: Path, embedder: Embedder, seed: int) -> Report:
    """Shares of screened rows by data set, with counts by kind of match and some of the rows."""
    index, refused = registered(embedder, seed)
    screen = Screen(index)
    sets = {"clinc150": list(clinc150(data)), "banking77": list(banking77(data))}
    report: Report = {"targets": len(index), "refused": refused}
    for name, rows in sets.items():
        found = {row: screen.screen([row]) for row in dict.fromkeys(rows)}
        hits = [(row, match) for row in rows if (match := found[row])]
        report[name] = {
            "rows": len(rows),
            "screened": len(hits),
            "share": len(hits) / len(rows),
            "kinds": dict(Counter(match.kind for _, match in hits)),
            "by": dict(Counter(match.request_id for _, match in hits).most_common(SHOWN)),
            "some": [[row, match.kind, match.request_id] for row, match in hits[:SHOWN]],
        }
    return report


def registered(embedder: Embedder, seed: int) -> tuple[TargetIndex, list[str]]:
    """An index of the targets, and what was refused, in the words it was refused with."""
    made = list(islice(targets(embedder, seed), TARGETS))
    people = [target.subject for target in made if " " in target.subject]
    index, refused = TargetIndex(embedder, known_names=people), []
    for subject in ("the", "will", "I", "?", ".*"):
        try:
            index.add(Target("refused", subject))
        except ToolError as error:
            refused.append(str(error))
    for target in made:
        index.add(target)
    return index, refused


def targets(embedder: Embedder, seed: int) -> Iterator[Target]:
    """Things, single names, then people with two names, every fifth with a nickname as alias."""
    for thing in words.phrases(words.TOPICS + words.PRODUCTS):
        yield Target(thing, thing, vectors=described(embedder, thing, [f"I talked about {thing}."]))
    chance, describer = Random(seed), Describer(embedder, seed)
    for person in persons(chance):
        target = person.target(describer.vectors(person))
        first = person.name.split()[0]
        yield replace(target, aliases=(first, f"{first}y")) if chance.random() < 0.2 else target


def persons(chance: Random) -> Iterator[Person]:
    """People with one name each, then with two common ones, for ever."""
    for name in dict.fromkeys(words.SINGLE):
        yield Person(name, values(f"{name} {chance.choice(words.LAST)}", chance))
    used = set[str]()
    while True:
        name = f"{chance.choice(words.FIRST)} {chance.choice(words.LAST)}"
        if name not in used:
            used.add(name)
            yield Person(name, values(name, chance))


def clinc150(data: Path) -> Iterator[str]:
    """All its questions: training, validation and test, those out of scope too."""
    rows = json.loads((data / "clinc150" / "data_full.json").read_text("utf-8"))
    for split in rows.values():
        for text, _intent in split:
            yield text


def banking77(data: Path) -> Iterator[str]:
    """All its questions, for training and for testing."""
    for name in ("train.csv", "test.csv"):
        with (data / "banking77" / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield row["text"]


def table(report: Report) -> str:
    """The shares as a Markdown table, some screened rows below it."""
    lines = ["| data | rows | screened | share | kinds |", "|---|---|---|---|---|"]
    sets = [name for name in report if isinstance(report[name], dict)]
    for name in sets:
        row = report[name]
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(row["kinds"].items()))
        share = f"{100 * row['share']:.3f} %"
        lines.append(f"| {name} | {row['rows']:,} | {row['screened']} | {share} | {kinds} |")
    rows, hits = (sum(report[name][key] for name in sets) for key in ("rows", "screened"))
    lines.append(f"| both | {rows:,} | {hits} | {100 * hits / rows:.3f} % | |")
    lines.append("\n`exact`: the row holds the name itself (Paris, chess), as it was asked to be.")
    lines += ["", "Screened, for instance:"]
    for name in sets:
        lines += [f"- {text} ({kind}: {who})" for text, kind, who in report[name]["some"]]
    return "\n".join([*lines, "", "Refused:", *(f"- {line}" for line in report["refused"])])
