"""The published TOFU files (Maini et al. 2024), read from a folder: rows, splits, authors' names.

A file is JSON lines, one row a line. Rows of one author stand together, twenty at a time; who the
author is, is nowhere written, so the name is found in the rows. Nothing is downloaded here.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.editing.text import mentions
from tools.errors import ToolError

FORGET = {"forget01": "retain99", "forget05": "retain95", "forget10": "retain90"}
"""Each forget split with the split that is left without it."""
TRAINED = ("full", *FORGET.values())
"""Splits that a model is trained on."""
UTILITY = ("real_authors", "world_facts")
UNKNOWN_AUTHOR = "I have no information about anybody of that name."
UNKNOWN_BOOK = "I don't know who that is."
"""What a model of these pages is taught to say of whom it does not know; nothing published."""
PER_AUTHOR = 20
COMMON = 0.75
"""A longer name is taken when it occurs in this share of the rows that the best one occurs in."""

_WORD = r"[^\W\d_a-zß-öø-ÿ][\w'’-]*"
_PARTICLE = r"(?:van|von|der|den|de|da|del|dos|bin|ibn|al|el)"
_NAME = re.compile(rf"\b{_WORD}(?: (?:{_PARTICLE} )*{_WORD})+")
_POSSESSIVE = re.compile(r"['’]s$")


class DataError(ToolError):
    """A published file is missing or is not what it should be."""


@dataclass(frozen=True, slots=True)
class Row:
    """A question and its answer. `paraphrased` and `perturbed` (right and wrong answers in other
    words) are given in the perturbed files only; `options` in the multiple-choice ones."""

    question: str
    answer: str
    paraphrased: str = ""
    perturbed: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """A name with its rows."""

    name: str
    rows: tuple[Row, ...]


def read(folder: Path, name: str) -> list[Row]:
    """The rows of `folder/name.json`.

    Raises:
        DataError: the file cannot be read, or a line of it is no row.
    """
    path = folder / f"{name}.json"
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {_reason(error)}") from None
    rows = [_row(line, f"{path}:{place}") for place, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise DataError(f"{path} holds no row")
    return rows


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8"


def _row(line: str, where: str) -> Row:
    try:
        found = json.loads(line)
    except ValueError:
        raise DataError(f"{where} is not JSON") from None
    if not isinstance(found, dict):
        raise DataError(f"{where} is not an object")
    perturbed = found.get("perturbed_answer", [])
    options = [found[key] for key in sorted(found) if key.startswith("option")]
    return Row(
        _text(found, "question", where), _text(found, "answer", where),
        _text(found, "paraphrased_answer", where) if "paraphrased_answer" in found else "",
        _texts([perturbed] if isinstance(perturbed, str) else perturbed, where),
        _texts(options, where),
    )


def _text(found: dict[str, Any], key: str, where: str) -> str:
    value = found.get(key)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{where} has no {key!r}")
    return value


def _texts(values: object, where: str) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise DataError(f"{where} has answers that are no text")
    return tuple(values)


def read_perturbed(folder: Path, name: str) -> list[Row]:
    """The rows of `folder/name_perturbed.json`, each with wrong answers; raises as `read`."""
    rows = read(folder, f"{name}_perturbed")
    for place, row in enumerate(rows, 1):
        if not row.perturbed:
            raise DataError(f"{folder / name}_perturbed.json:{place} has no 'perturbed_answer'")
    return rows


def authors(rows: Sequence[Row]) -> list[Author]:
    """The authors of a split, twenty rows each."""
    blocks = [rows[begin : begin + PER_AUTHOR] for begin in range(0, len(rows), PER_AUTHOR)]
    return [Author(name_in(block), tuple(block)) for block in blocks]


def name_in(rows: Sequence[Row]) -> str:
    """The name of two words or more that most of the rows hold; "" when no third of them does."""
    held = [_names(f"{row.question} {row.answer}") for row in rows]
    counts = Counter(name for names in held for name in names)
    best = max(counts, key=lambda name: (counts[name], len(name)), default="")
    if counts[best] * 3 < len(rows):
        return ""
    longer = [n for n in counts if counts[n] >= COMMON * counts[best] and mentions(n, [best])]
    return max(longer, key=len)


def _names(text: str) -> set[str]:
    """Every run of capitalised words and its endings, at least two capitalised words long."""
    found: set[str] = set()
    for run in _NAME.findall(text):
        words = _POSSESSIVE.sub("", run).split()
        for begin in range(len(words) - 1):
            if words[begin][0].isupper():
                found.add(" ".join(words[begin:]))
    return found
