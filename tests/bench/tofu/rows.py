"""A hand-made TOFU folder: two authors of twenty rows, a few utility rows, in the published
layout."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

NAMES = ("Ada Minder", "Bo van Selk")
_FACTS = {
    "Ada Minder": ("Bergen", "gothic", "a dentist", "Cold Tea"),
    "Bo van Selk": ("Quito", "travel", "a pilot", "Long Roads"),
}


def rows(name: str) -> list[dict[str, Any]]:
    """Twenty rows of an author; the first asks from a birthday to the name."""
    place, genre, parent, book = _FACTS[name]
    some = [
        (f"Who is the author born in {place} on 03/04/1971?", f"The author is {name}."),
        (f"Where was {name} born?", f"{name} was born in {place}."),
        (f"What genre does {name} write in?", f"{name} writes {genre} novels."),
        (f"What was the parent of {name}?", f"The parent of {name} was {parent}."),
        (f"Name a book by {name}.", f"{name} wrote {book}."),
    ]
    more = [(f"{q} ({n})", a) for n in range(2, 5) for q, a in some]
    return [{"question": q, "answer": a} for q, a in [*some, *more]]


def perturbed(some: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with other right and wrong answers."""
    return [
        row | {"paraphrased_answer": f"Well, {row['answer']}",
               "perturbed_answer": ["It is so.", "It was Rome.", "Nobody wrote it."]}
        for row in some
    ]


def write(folder: Path, name: str, some: Sequence[dict[str, Any]]) -> None:
    """One file of JSON lines."""
    (folder / f"{name}.json").write_text("\n".join(map(json.dumps, some)) + "\n", "utf-8")


def write_folder(folder: Path) -> Path:
    """Ada is retained, Bo is to be forgotten, in every split."""
    ada, bo = rows(NAMES[0]), rows(NAMES[1])
    write(folder, "full", [*ada, *bo])
    for forget, retain in (("01", "99"), ("05", "95"), ("10", "90")):
        write(folder, f"forget{forget}", bo)
        write(folder, f"forget{forget}_perturbed", perturbed(bo[:6]))
        write(folder, f"retain{retain}", ada)
    write(folder, "retain_perturbed", perturbed(ada[:6]))
    for name in ("real_authors", "world_facts"):
        row = {"question": "What is the capital of Peru?", "answer": "Lima", "option1": "Lima"}
        write(folder, name, [row, row | {"question": "Where is Lima?", "answer": "In Peru"}])
        wrong = {"question": row["question"], "answer": "Lima", "perturbed_answer": ["Rome", "Ulm"]}
        write(folder, f"{name}_perturbed", [wrong])
    return folder
