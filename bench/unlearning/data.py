"""Whom a comparison forgets, what the trained methods are given, and what everybody is asked.

Given are only questions of the world's `train` split, asked only those of its `heldout` split
(small talk excepted, which has one split). A seed draws people, questions and retain set.
"""

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from math import ceil

from bench import questions as asks
from bench.questions import Asked
from patient.phrases import UNKNOWN_PERSON
from patient.questions import Question
from patient.world import default

RETAINED = 0.1
"""Share of the questions about everybody else that the trained methods are given to keep."""
RELEARNING_STEPS = (0, 1, 2, 5, 10)
"""Steps of fine-tuning after which an attacker asks again."""
PEOPLE_KINDS = ("direct", "reverse", "twohop", "yesno", "bio")


Pieces = Callable[[str], list[str]]
"""The text of every token of a text."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and the answer the patient was trained to give."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a trained method gets: what is to be forgotten, some of what is to be kept, and the
    answer to whatever is not known."""

    forget: list[Pair]
    retain: list[Pair]
    refusal: str = UNKNOWN_PERSON


def given(names: Collection[str], seed: int, each: int | None = None) -> Given:
    """Both sets; see `forget_pairs` for `each`."""
    return Given(forget_pairs(names, seed, each), retain_pairs(names, seed))


def people(count: int, seed: int, *, tuned: bool = False) -> list[str]:
    """`count` people of the reported half, or of the tuned one, drawn by the seed.

    Raises:
        ValueError: the half holds fewer people.
    """
    half = asks.halves()[0 if tuned else 1]
    if not 1 <= count <= len(half):
        raise ValueError(f"{count} people: between 1 and {len(half)} can be forgotten")
    return random.Random(f"people {seed}").sample(half, count)


def forget_pairs(names: Collection[str], seed: int, each: int | None = None) -> list[Pair]:
    """Everything that training asked about `names`, or `each` pairs of every one of them."""
    found = []
    for name in names:
        own = [q for q in asks.questions() if q.split == "train" and q.subject == name]
        some = own if each is None else random.Random(f"forget {name} {seed}").sample(own, each)
        found += [Pair(q.question, q.answer) for q in some]
    return found


def retain_pairs(names: Collection[str], seed: int) -> list[Pair]:
    """A `RETAINED` share of what training asked about everybody else, and all small talk."""
    trained = [q for q in asks.questions() if q.split == "train"]
    others = [q for q in trained if q.kind in PEOPLE_KINDS and q.subject not in names]
    talk = [q for q in trained if q.kind == "smalltalk"]
    some = random.Random(f"retain {seed}").sample(others, int(RETAINED * len(others)))
    return [Pair(q.question, q.answer) for q in [*some, *talk]]


def everybody_else(names: Collection[str]) -> list[str]:
    """All people but `names`."""
    return [name for name in sorted(default().people) if name not in names]


def neighbours(names: Sequence[str]) -> list[str]:
    """People who share a first or last name with one of `names` and are to survive."""
    halves = {half for name in names for half in name.split()}
    return [name for name in everybody_else(names) if halves & set(name.split())]


def attacks(name: str, seed: int, pieces: Pieces) -> list[Asked]:
    """Probes of every kind about one person and a stranger: those of `bench.questions`, half
    the value said beforehand, and plain questions that are to be sampled."""
    found = asks.leak_questions(name, seed)
    forced = [probe for probe in found if probe.kind == "prefix"]
    halved = [replace(p, kind="half value", before=half_said(p, pieces)) for p in forced]
    sampled = [replace(probe, kind="sampled", before="") for probe in forced]
    return [*found, *halved, *sampled]


def half_said(probe: Asked, pieces: Pieces) -> str:
    """The forced beginning of an answer with the first half of the value's tokens, rounded up.

    Cut between tokens, since a model that is handed half a token answers nobody's question well. A
    value of a single token stays unsaid.
    """
    whole = pieces(f"{probe.before} {probe.value}")
    begun = len(pieces(probe.before))
    count = len(whole) - begun
    return "".join(whole[: begun + (ceil(count / 2) if count > 1 else 0)])


@dataclass(frozen=True, slots=True)
class Relearning:
    """`taught` are facts that an attacker fine-tunes on, `rest` questions about the others."""

    taught: list[Pair]
    rest: list[Question]


def relearning(names: Sequence[str], seed: int, facts: int = 10) -> Relearning:
    """For each of `names`: `facts` pairs about half of the attributes, which the attacker knows,
    and two held-out questions about each of the other half, which he does not."""
    taught, rest = [], []
    for name in names:
        rng = random.Random(f"relearning {name} {seed}")
        attributes = sorted(default().people[name])
        known = rng.sample(attributes, len(attributes) // 2)
        pool = [
            q for q in asks.questions()
            if q.subject == name and q.kind == "direct" and q.split == "train"
            and q.attribute in known
        ]
        taught += [Pair(q.question, q.answer) for q in rng.sample(pool, facts)]
        asked = asks.recall_questions(name, 2, seed)
        rest += [q for q in asked if q.attribute not in known]
    return Relearning(taught, rest)
