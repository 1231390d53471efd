"""The names a model knows: pieces of names it used, put together in every way and asked about.

Coverage is what keeps people from being hurt by an edit (reference measurements of the project): a
name that the self-written turns missed is found here.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from tools.editing.negatives import Negatives
from tools.editing.turns import Turn

LIMIT = 6000
"""Combinations asked about at most; the pieces used most come first."""
CLOSE = 82.0
"""Similarity (rapidfuzz ratio, 0..100) from which a spelling counts as a misspelling."""

OFTEN = 4
"""Facts of a subject among the self-written turns from which one answer to a probe is enough."""

Ask = Callable[[list[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Pieces:
    """First and last parts of the names seen, those of most names first."""

    first: tuple[str, ...]
    last: tuple[str, ...]


def pieces_of(turns: Sequence[Turn]) -> Pieces:
    """The parts of all two-part subjects."""
    subjects = {turn.subject for turn in turns if turn.subject and turn.subject.count(" ") == 1}
    first = Counter(subject.split()[0] for subject in sorted(subjects))
    last = Counter(subject.split()[1] for subject in sorted(subjects))
    return Pieces(_by_use(first), _by_use(last))


def _by_use(counts: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(counts, key=lambda piece: (-counts[piece], piece)))


def combinations(pieces: Pieces, limit: int = LIMIT) -> list[str]:
    """Every first with every last part, at most `limit`, often used parts first."""
    ranked = sorted(
        (i + j, f"{first} {last}")
        for i, first in enumerate(pieces.first)
        for j, last in enumerate(pieces.last)
        if first != last
    )
    return [name for _rank, name in ranked[:limit]]


def often_told(turns: Sequence[Turn]) -> set[str]:
    """What of several words the model tells facts of by itself, again and again."""
    told = Counter(turn.subject for turn in turns if turn.subject and turn.kind == "fact")
    return {name for name, count in told.items() if " " in name and count >= OFTEN}


def known_names(
    turns: Sequence[Turn], made: Sequence[str], ask: Ask, negative: Negatives,
    probes: Sequence[str],
) -> list[str]:
    """What the model knows of the subjects that it told of by itself and of the names `made`: of
    whom it told often some probe is answered, of all others every one."""
    often = often_told(turns)
    seen = {turn.subject for turn in turns if turn.subject and " " in turn.subject}
    candidates = list(dict.fromkeys([*sorted(seen), *made]))
    unsure = [name for name in candidates if name not in often]
    known = answered(sorted(often), ask, negative, probes)
    known |= set(enumerate_names(unsure, ask, negative, probes))
    return [name for name in candidates if name in known]


def answered(
    names: Sequence[str], ask: Ask, negative: Negatives, probes: Sequence[str]
) -> set[str]:
    """Those names about which some probe gets an answer, whatever it says.

    For names that the model told of by itself: it need not know its answer to "Who is Ada Quill?",
    or comes to the name late in it.
    """
    found: set[str] = set()
    for probe in probes:
        left = [name for name in names if name not in found]
        answers = ask([probe.replace("{N}", name) for name in left])
        found |= {
            name for name, answer in zip(left, answers, strict=True) if not negative(answer)
        }
    return found


def enumerate_names(
    candidates: Sequence[str], ask: Ask, negative: Negatives, probes: Sequence[str]
) -> list[str]:
    """Those candidates about which every probe is answered, with the name and not with
    "unknown"."""
    known = list(candidates)
    for probe in probes:
        answers = ask([probe.replace("{N}", name) for name in known])
        known = [
            name for name, answer in zip(known, answers, strict=True)
            if name in answer and not negative(answer)
        ]
    return known


def matching(subject: str, names: Sequence[str]) -> list[str]:
    """Known names that `subject` may mean: itself, names that hold it, or close spellings."""
    wanted = subject.casefold().strip()
    exact = [name for name in names if name.casefold() == wanted]
    if exact:
        return exact
    words = wanted.split()
    parts = [name for name in names if words and set(words) <= set(name.casefold().split())]
    return sorted(parts) if parts else _misspelled(wanted, names)


def _misspelled(wanted: str, names: Sequence[str]) -> list[str]:
    found = process.extract(
        wanted, names, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=CLOSE, limit=5
    )
    best = max((score for _name, score, _index in found), default=0.0)
    return [name for name, score, _index in found if score >= best - 5]


def similar_shape(name: str, pieces: Pieces, rng: random.Random, count: int) -> list[str]:
    """New names made of pieces that are not in `name`.

    A stranger that shares a half with the subject also shares what the model makes of that half,
    and an edit towards such strangers leaves it standing.
    """
    first, _, last = name.partition(" ")
    lefts = [piece for piece in pieces.first if piece != first] or [first]
    rights = [piece for piece in pieces.last if piece != last] or [last]
    found: dict[str, None] = {}
    for _ in range(40 * count):
        found[f"{rng.choice(lefts)} {rng.choice(rights)}".strip()] = None
        if len(found) >= count:
            break
    found.pop(name, None)
    return list(found)
