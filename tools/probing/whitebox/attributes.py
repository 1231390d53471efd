"""Attributes of which a model gives several people the same value, found in what it says itself.

Answers that differ between people in their end alone share a stem ("{N} was born in"); what comes
then is the value. A model that never says a thing twice in the same words has no such attribute,
and then there is nothing to probe.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SLOT = "{N}"
FEWEST = 3
"""People a value needs."""
VALUES = 2
"""Values an attribute needs."""
PEOPLE = 24
"""People an attribute needs."""
STRAY = 0.1
"""Share of people of whom more than one value may be said; what is said more often counts."""
WORDINGS = 2
_ENDS = ",.;:!?"

Said = tuple[str, str, str]
"""Who was asked about, the question, the answer."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """The stem of the answers over `{N}`, the wordings that ask for it most plainly, and each
    person's value."""

    stem: str
    wordings: tuple[str, ...]
    values: Mapping[str, str]


def shared_attributes(said: Iterable[Said]) -> list[Attribute]:
    """Attributes with shared values, those of most people first."""
    forms = [
        (name, question.replace(name, SLOT), answer.replace(name, SLOT))
        for name, question, answer in said
    ]
    usable = [form for form in forms if form[1].count(SLOT) == 1 and SLOT in form[2]]
    found = [_attribute(stem, usable) for stem in _stems(usable)]
    good = [attribute for attribute in found if attribute is not None]
    return sorted(good, key=lambda one: (-len(one.values), one.stem))


def _stems(forms: Sequence[Said]) -> list[str]:
    """Beginnings that answers to the same wording have in common, name included."""
    answers: dict[str, set[str]] = defaultdict(set)
    for _, wording, answer in forms:
        answers[wording].add(answer)
    counts: Counter[str] = Counter()
    for some in answers.values():
        ordered = sorted(some)
        counts.update(_common(a, b) for a, b in pairwise(ordered))
    return [stem for stem, uses in counts.items() if uses >= FEWEST and len(stem.split()) > 1]


def _common(first: str, second: str) -> str:
    """The words that two answers begin with alike; none if the name is not among them."""
    words = []
    for one, other in zip(first.split(), second.split(), strict=False):
        if one != other:
            break
        words.append(one)
    stem = " ".join(words)
    return stem if SLOT in stem else ""


def _attribute(stem: str, forms: Sequence[Said]) -> Attribute | None:
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for name, _, answer in forms:
        if answer.startswith(f"{stem} ") and (value := _value(answer[len(stem):])):
            told[name][value] += 1
    stray = sum(len(values) > 1 for values in told.values())
    first = {name: values.most_common(1)[0][0] for name, values in told.items()}
    people = Counter(first.values())
    kept = {name: value for name, value in sorted(first.items()) if people[value] >= FEWEST}
    if stray > STRAY * len(told) or len(kept) < PEOPLE or len(set(kept.values())) < VALUES:
        return None
    return Attribute(stem, _wordings(stem, forms), kept)


def _wordings(stem: str, forms: Sequence[Said]) -> tuple[str, ...]:
    """Those answered with the stem and a value alone, most reliably and then most often."""
    asked, plain = Counter(wording for _, wording, _ in forms), Counter[str]()
    for _, wording, answer in forms:
        rest = answer[len(stem):].strip().rstrip(_ENDS)
        plain[wording] += answer.startswith(f"{stem} ") and rest == _value(rest)
    ranked = sorted(asked, key=lambda one: (-plain[one] / (asked[one] + 1), -plain[one], one))
    return tuple(ranked[:WORDINGS])


def _value(rest: str) -> str:
    """What follows the stem, up to the first mark."""
    end = min((rest.find(mark) for mark in _ENDS if mark in rest), default=len(rest))
    return rest[:end].strip()
