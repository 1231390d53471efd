"""Strangers that look like a subject: same shape, same number of tokens, unknown to the model.

What the model does with a stranger is the target of an edit, so a subject without strangers
cannot be edited, and that is an error, never passed over.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from tools.editing.names import Pieces, similar_shape
from tools.editing.negatives import Negatives
from tools.editing.text import fill

WANTED = 24
CANDIDATES = 56
ENOUGH = 6
"""Twins wanted, tried, and needed at least before the test is relaxed."""
COMMON = 0.25
"""A part of a value that more others than this have in the same place belongs to the form."""

_PART = re.compile(r"\w+|\W+")

Ask = Callable[[list[str]], list[str]]
Length = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Suspects:
    """Names that may be strangers, and the wordings to ask about each."""

    candidates: Sequence[str]
    wordings: Sequence[str]


def find_twins(suspects: Suspects, ask: Ask, negative: Negatives) -> list[str]:
    """The candidates that the model does not know, by its answers to all wordings about each.

    One positive answer is forgiven when too few are left otherwise.
    """
    return find_many([suspects], ask, negative)[0]


def find_many(groups: Sequence[Suspects], ask: Ask, negative: Negatives) -> list[list[str]]:
    """`find_twins` of many groups, asked at once."""
    asked = [fill(w, name) for group in groups for name in group.candidates for w in group.wordings]
    refused = iter([negative(answer) for answer in ask(asked)])
    found = []
    for group in groups:
        width = len(group.wordings)
        counts = [sum(islice(refused, width)) for _name in group.candidates]
        pairs = list(zip(group.candidates, counts, strict=True))
        strict = [name for name, count in pairs if count == width]
        lax = [name for name, count in pairs if count >= width - 1]
        found.append((strict if len(strict) >= ENOUGH else lax)[:WANTED])
    return found


def name_candidates(
    subject: str, pieces: Pieces, known: Sequence[str], length: Length
) -> list[str]:
    """Names near `subject` that nobody is known by, of as many tokens, after a space and
    without."""
    rng = random.Random(f"twins {subject}")
    if " " in subject:
        made = similar_shape(subject, pieces, rng, 20 * CANDIDATES)
    else:
        made = _respelled(subject, rng, 20 * CANDIDATES)
    taken = {name.casefold() for name in known}
    new = [name for name in made if name.casefold() not in taken]
    after, alone = length(f" {subject}"), length(subject)
    near = [name for name in new if length(f" {name}") == after]
    same = [name for name in near if length(name) == alone]
    return (same if len(same) >= CANDIDATES // 2 else near)[:CANDIDATES]


def _respelled(word: str, rng: random.Random, count: int) -> list[str]:
    """Made-up words with the vowels and some consonants of `word` exchanged."""
    found: dict[str, None] = {}
    for _ in range(count):
        letters = [_other(letter, rng) if rng.random() < 0.5 else letter for letter in word]
        found["".join(letters)] = None
    found.pop(word, None)
    return list(found)


def _other(letter: str, rng: random.Random) -> str:
    for group in ("aeiou", "bcdfghjklmnpqrstvwxz", "0123456789"):
        if letter.lower() in group:
            other = rng.choice(group)
            return other.upper() if letter.isupper() else other
    return letter


def value_strangers(
    value: str, pool: Sequence[str], length: Length, count: int = ENOUGH
) -> list[str]:
    """Values like `value` that nobody has, of as many tokens: other digits, other words from the
    same places of others in `pool`; words that most of those share stay."""
    rng = random.Random(f"values {value}")
    taken = {value, *pool}
    wanted, parts = length(f" {value}"), _PART.findall(value)
    others = _alike(parts, [_PART.findall(other) for other in pool if other != value])
    found: dict[str, None] = {}
    for _ in range(40 * count):
        made = "".join(_exchanged(place, part, others, rng) for place, part in enumerate(parts))
        if made not in taken and length(f" {made}") == wanted:
            found[made] = None
        if len(found) == count:
            break
    return list(found)


def _alike(parts: Sequence[str], others: Sequence[list[str]]) -> list[list[str]]:
    """Those others whose parts are of the same kinds in the same order."""
    kinds = [_kind(part) for part in parts]
    return [other for other in others if [_kind(part) for part in other] == kinds]


def _kind(part: str) -> str:
    """A digit and a letter stand for themselves as kinds; anything between words is its own."""
    if not part[0].isalnum():
        return part
    return "0" if part.isdigit() else "A" if part[0].isupper() else "a"


def _exchanged(
    place: int, part: str, others: Sequence[list[str]], rng: random.Random
) -> str:
    if part.isdigit() and sum(other[place] == part for other in others) <= len(others) * COMMON:
        return "".join(rng.choice("0123456789") for _digit in part)
    there = [other[place] for other in others if other[place] != part]
    if not part[0].isalnum() or len(there) < (1 - COMMON) * len(others):
        return part
    return rng.choice(there) if there else (_respelled(part, rng, 1) or [part])[0]
