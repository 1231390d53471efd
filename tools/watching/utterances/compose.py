"""Makes the training utterances: every phrase with some of its fillers, in some typing styles.

Seeded, so the same two files always give the same rows in the same order.
"""

import random
import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import cast

from tools.watching.utterances.rows import Utterance
from tools.watching.verdict import Intent, Scope

SEED = 20
VARIANTS = 4
"""Rows made from a phrase with slots; one without gives two, as written and typed lazily."""

_SLOT = re.compile(r"\{(\w+)\}")
_SCOPES: dict[str, Scope] = {
    "name": "entity", "lower": "entity", "firm": "entity", "kin": "entity", "fact": "fact",
    "owned": "fact", "clause": "fact", "note": "fact", "where": "fact", "topic": "topic",
    "thread": "thread", "file": "source",
}


def compose() -> list[Utterance]:
    """The training rows, phrase by phrase."""
    folder = resources.files(__package__)
    fillers = tomllib.loads(folder.joinpath("fillers.toml").read_text("utf-8"))
    lines = folder.joinpath("phrases.txt").read_text("utf-8").splitlines()
    phrases = [line for line in lines if line and not line.startswith("#")]
    rows = [row for i, line in enumerate(phrases) for row in _rows(i, line, fillers)]
    return list({row["text"]: row for row in rows}.values())


def _rows(group: int, line: str, fillers: dict[str, list[str]]) -> Iterator[Utterance]:
    intent, lang, text = line.replace("\\n", "\n").split("|", 2)
    chance = random.Random(f"{SEED}:{line}")
    slots = _SLOT.findall(text)
    for variant in range(VARIANTS if slots else 2):
        chosen = [chance.choice(fillers[slot]) for slot in slots]
        filled = _filled(text, chosen)
        typed = _typed_lazily(filled, chance) if variant % 2 else filled
        subject = chosen[0] if len(slots) == 1 and intent in ("forget", "restore") else None
        yield Utterance(
            text=typed,
            intent=cast(Intent, intent.rstrip("*")),
            subject=subject if subject and subject in typed else None,
            scope=_scope(slots) if intent == "forget" else None,
            lang=lang,
            hard=intent.endswith("*"),
            history=[],
            group=group,
        )


def _scope(slots: list[str]) -> Scope | None:
    return _SCOPES.get(slots[0].rpartition("_")[2]) if slots else None


def _filled(text: str, chosen: list[str]) -> str:
    fillers = iter(chosen)
    filled = _SLOT.sub(lambda _: next(fillers), text)
    return filled[:1].upper() + filled[1:] if text[:1] == "{" else filled


def _typed_lazily(text: str, chance: random.Random) -> str:
    """`text` as people type: often without the last full stop, sometimes without capitals."""
    if chance.random() < 0.6:
        text = text.rstrip(".!")
    if chance.random() < 0.3 and "İ" not in text:
        text = text.lower()
    return text
