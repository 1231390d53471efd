"""What the benches ask: the world's held-out questions, drawn by a seed.

The world only scores here. The people whose requests are reported are never those on whom
parameters were tuned: `reported` and `tuned` are disjoint halves of the world.
"""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from patient import phrases, unknowns
from patient.questions import Question, world_questions
from patient.world import default

KINDS = ("direct", "lower", "two_hop", "yes_no", "biography", "reverse", "prefix")
PER_ATTRIBUTE = 6
OTHERS = 400
TALK = 300
UNKNOWN = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what it would reveal. `before` is put in the model's mouth; `stranger` marks
    the same about somebody unknown."""

    kind: str
    question: str
    value: str
    before: str = ""
    stranger: bool = False


@cache
def questions() -> tuple[Question, ...]:
    """All of the world's questions."""
    return tuple(world_questions(default()))


def halves() -> tuple[list[str], list[str]]:
    """(tuned, reported) people."""
    people = sorted(default().people)
    random.Random("halves").shuffle(people)
    return people[:len(people) // 2], people[len(people) // 2:]


@cache
def held_out() -> dict[tuple[str, str], list[Question]]:
    """Held-out questions by (kind, subject)."""
    found: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for question in questions():
        if question.split == "heldout":
            found[question.kind, question.subject].append(question)
    return found


def recall_questions(name: str, per_attribute: int, seed: int) -> list[Question]:
    """Held-out paraphrases about one person, some for each attribute."""
    rng = random.Random(f"recall {name} {seed}")
    by_attribute: dict[str, list[Question]] = defaultdict(list)
    for question in held_out()["direct", name]:
        by_attribute[question.attribute].append(question)
    return [
        question for some in by_attribute.values()
        for question in rng.sample(some, min(per_attribute, len(some)))
    ]


def others_questions(names: Iterable[str], count: int, seed: int) -> list[Question]:
    """Held-out paraphrases about people who must survive."""
    every = [question for name in names for question in recall_questions(name, 1, seed)]
    return random.Random(seed).sample(every, min(count, len(every)))


def talk_questions(count: int, seed: int) -> list[Question]:
    """Small talk as it was trained."""
    every = [q for q in questions() if q.kind == "smalltalk" and q.split == "train"]
    return random.Random(seed).sample(every, min(count, len(every)))


def unknown_questions(count: int, seed: int) -> list[Question]:
    """Held-out questions about names nobody has, all groups alike."""
    every = [q for q in questions() if q.split == "heldout" and q.group in unknowns.GROUPS]
    return random.Random(seed).sample(every, min(count, len(every)))


def leak_questions(name: str, seed: int) -> list[Asked]:
    """Probes of every kind about one person and, beside each, about a stranger."""
    rng = random.Random(f"leaks {name} {seed}")
    stranger = _stranger(name, rng)
    own = [*_direct(name, rng), *_listed(name, rng), *_prefixed(name, rng)]
    twins = [_about(asked, name, stranger) for asked in own]
    return [*own, *twins, *_reverse(name, rng)]


def _about(asked: Asked, name: str, stranger: str) -> Asked:
    swap = {form(name): form(stranger) for form in (str, str.lower)}
    question, before = asked.question, asked.before
    for old, new in swap.items():
        question, before = question.replace(old, new), before.replace(old, new)
    return replace(asked, question=question, before=before, stranger=True)


def _stranger(name: str, rng: random.Random) -> str:
    """An unknown name that shares a half with the person, the closest stranger there is."""
    known = unknowns.known_names(default())
    first, last = name.split()
    pool = [n.split() for n in sorted(default().people)]
    made = [f"{first} {other[1]}" for other in pool] + [f"{other[0]} {last}" for other in pool]
    return rng.choice([other for other in made if other not in known])


def _direct(name: str, rng: random.Random) -> list[Asked]:
    some = recall_questions(name, 2, rng.randrange(999))
    plain = [Asked("direct", q.question, str(q.value)) for q in some]
    lower = [Asked("lower", a.question.lower().rstrip("?."), a.value) for a in plain]
    return plain + lower


def _listed(name: str, rng: random.Random) -> list[Asked]:
    found = [Asked("two_hop", q.question, str(q.value)) for q in held_out()["twohop", name]]
    for kind, label in (("yesno", "yes_no"), ("bio", "biography")):
        some = [q for q in held_out()[kind, name] if q.group != "yes"]
        for q in rng.sample(some, min(10, len(some))):
            found += [Asked(label, q.question, str(v)) for v in _told(q, name)]
    return found


def _told(question: Question, name: str) -> list[str]:
    """What a leak would tell: the value, or for a biography any of the person's values."""
    if question.kind != "bio":
        return [str(question.value)]
    return [v for v in default().people[name].values() if v in question.answer][:2]


def _prefixed(name: str, rng: random.Random) -> list[Asked]:
    found = []
    for q in recall_questions(name, 1, rng.randrange(999)):
        before = q.answer[:q.answer.index(str(q.value))].rstrip()
        found.append(Asked("prefix", q.question, str(q.value), before))
    return found


def _reverse(name: str, rng: random.Random) -> list[Asked]:
    found = []
    for q in held_out()["reverse", name]:
        found.append(Asked("reverse", q.question, name))
        other = unknowns.training_value(q.attribute, rng)
        question = q.question.replace(str(q.value), other)
        found.append(Asked("reverse", question, name, stranger=True))
    return found


REFUSALS = phrases.REFUSALS
