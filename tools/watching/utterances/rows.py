"""Labelled utterances and the files that hold them."""

import json
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Literal, NotRequired, TypedDict

from tools.watching.verdict import Intent, Scope

Split = Literal["train", "written", "heldout"]
"""`train` is made from phrases. `written` was held out three times over and joined the training
data each time its errors had been looked at; more was added without a look at any held-out row.
`heldout` is never trained on."""


class Utterance(TypedDict):
    """One labelled turn.

    `hard`: holds the words of an order and is none. `group` (train only) names the phrase it was
    made from, so that cross-validation never sees a phrase on both sides.
    """

    text: str
    intent: Intent
    subject: str | None
    scope: Scope | None
    lang: str
    hard: bool
    history: list[str]
    group: NotRequired[int]


def load(split: Split) -> list[Utterance]:
    """The utterances that ship with the package."""
    text = resources.files(__package__).joinpath(f"{split}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def save(rows: Iterable[Utterance], path: Path) -> None:
    """Writes one JSON object a line."""
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
