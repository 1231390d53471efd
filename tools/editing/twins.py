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


def value_candidates(value: str, pool: Sequence[str], count: int = CANDIDATES) -> list[str]:
    """Values like `value` that nobody has: other digits, or its halves put to those of others."""
    rng = random.Random(f"values {value}")
    words = value.split()
    others = [v.split() for v in pool if len(v.split()) == len(words) and v != value]
    found: dict[str, None] = {}
    for _ in range(8 * count):
        made = re.sub(r"\d", lambda _match: rng.choice("0123456789"), value).split()
        if len(words) > 1 and others and (made == words or rng.random() < 0.5):
            cut, other = rng.randrange(1, len(words)), rng.choice(others)
            made = made[:cut] + other[cut:] if rng.random() < 0.5 else other[:cut] + made[cut:]
        elif made == words:
            made = _respelled(value, rng, 1)[:1] or made
        found[" ".join(made)] = None
    for taken in (value, *pool):
        found.pop(taken, None)
    return list(found)[:count]
