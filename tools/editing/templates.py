"""Question wordings harvested from self-written turns, split into those that edit and those that
test.

A wording belongs to one side for ever: the split is a hash of the wording itself, so no
verification question was ever used to compute an edit.
"""

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.editing.text import SLOT, VALUE_SLOT, template_of
from tools.editing.turns import Turn

VERIFY_SHARE = 0.3

PLAIN = (
    "Who is {N}?", "Tell me about {N}.", "What do you know about {N}?", "What is {N}'s name?",
    "What is {N}'s job?", "What is {N}'s address?", "What is {N}'s number?", "Where is {N}?",
    "What does {N} have?", "What does {N} like?", "What did {N} do?", "What is {N} known for?",
)
"""Wordings that fit almost any subject; used to edit, never to test."""


def for_testing(wording: str) -> bool:
    """Whether the wording is kept for verification."""
    digest = hashlib.sha256(wording.lower().strip("?.! ").encode()).digest()
    return wording not in PLAIN and digest[0] < VERIFY_SHARE * 256


@dataclass(frozen=True, slots=True)
class Wordings:
    """Templates of one side: `direct` with a slot for the subject, `reverse` with one for a value,
    most used first."""

    direct: tuple[str, ...]
    reverse: tuple[str, ...]


def split(direct: Sequence[str], reverse: Sequence[str]) -> tuple[Wordings, Wordings]:
    """The harvested wordings as (to edit with, to test with)."""
    sides = [
        Wordings(
            tuple(t for t in direct if for_testing(t) is testing),
            tuple(t for t in reverse if for_testing(t) is testing),
        )
        for testing in (False, True)
    ]
    return sides[0], sides[1]


def harvest(turns: Sequence[Turn]) -> list[str]:
    """Questions about a named subject with the subject left out, those of most subjects first."""
    uses: dict[str, set[str]] = defaultdict(set)
    for turn in turns:
        if turn.subject and " " in turn.subject and turn.kind != "lead":
            template = template_of(turn.question, turn.subject)
            if template:
                uses[template].add(turn.subject)
    return sorted(uses, key=lambda template: (-len(uses[template]), template))


def harvest_reverse(turns: Sequence[Turn], owners: Mapping[str, str]) -> list[str]:
    """Questions that name a value and not its owner, whose answer names the owner; the value is
    left out. `owners` are the values known to be one name's alone."""
    uses: Counter[str] = Counter()
    for turn in turns:
        for value, owner in owners.items():
            if value in turn.question and owner in turn.answer and owner not in turn.question:
                uses[turn.question.replace(value, VALUE_SLOT)] += 1
    return sorted((t for t in uses if t.count(VALUE_SLOT) == 1), key=lambda t: (-uses[t], t))


def varied(templates: Sequence[str], count: int, rng: random.Random) -> list[str]:
    """At most `count` templates, taken in turns from groups that begin with the same two words."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for template in templates:
        groups[tuple(template.replace(SLOT, "").split()[:2])].append(template)
    for group in groups.values():
        rng.shuffle(group)
    rounds = max(map(len, groups.values()), default=0)
    order = [group[i] for i in range(rounds) for group in groups.values() if i < len(group)]
    return order[:count]
