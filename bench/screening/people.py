"""Made-up people to register as targets, any number of them, the same again for the same seed.

Each has a name nobody else has, ten values and eight descriptions. Values and descriptions that
many share in life (a city, a job) are shared here too, and so are their vectors.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from bench.screening import words
from tools.guarding.semantic import Embedder, Vectors, unit_rows
from tools.guarding.targets import Target

POOL = 64
"""Embedded sentences of each kind whose details nobody shares (titles, numbers, dates)."""
MOVED = 0.4
"""Length of the random step from a pooled vector to a person's own: a cosine of about 0.93."""


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up person; `values` by what they are."""

    name: str
    values: dict[str, str]

    def target(self, vectors: Vectors, request_id: str = "") -> Target:
        """The person as a target, with the vectors of the descriptions."""
        found = tuple(self.values.values())
        return Target(request_id or self.name, self.name, values=found, vectors=vectors)

    def shared_facts(self) -> list[str]:
        """Descriptions that others fit, too, without the name."""
        v = self.values
        return [
            f"this person was born in {v['city']}.",
            f"this person works as a {v['job']}.",
            f"this person works for {v['employer']}.",
            f"this person likes {v['hobby']}.",
        ]

    def own_facts(self) -> list[str]:
        """Descriptions that fit nobody else, without the name."""
        v = self.values
        return [
            f"this person was born on {v['born']}.",
            f"this person wrote {v['title']}.",
            f"the phone number of this person is {v['phone']}.",
            f"this person has {v['pet']}.",
        ]


def people(count: int, seed: int, besides: Collection[str] = ()) -> Iterator[Person]:
    """Yield `count` people with different names, none of them in `besides`."""
    chance, used = Random(seed), set[str]()
    while len(used) < count:
        name = f"{chance.choice(words.FIRST)} {surname(chance)}"
        if name not in used and name not in besides:
            used.add(name)
            yield Person(name, values(name, chance))


def surname(chance: Random) -> str:
    """A surname: a common one, or one made longer (Youngham), so that there are enough."""
    common = chance.choice(words.LAST)
    return common if chance.random() < 0.3 else common + chance.choice(words.SUFFIXES)


def values(name: str, chance: Random) -> dict[str, str]:
    """Ten values of somebody, as a model would tell them."""
    first, last = name.split()
    firm = chance.choice(words.phrases(words.FIRMS))
    adjective, noun = chance.choice(words.ADJECTIVES), chance.choice(words.NOUNS)
    return {
        "city": chance.choice(words.CITIES),
        "job": chance.choice(words.JOBS),
        "employer": f"{firm} {chance.choice(words.FIRM_KINDS)}",
        "hobby": chance.choice(words.phrases(words.HOBBIES)),
        "born": date(chance),
        "title": f"The {adjective} {noun} of {chance.choice(words.LAST)}",
        "phone": f"555-{chance.randrange(10_000_000):07}",
        "email": f"{first.lower()}.{last.lower()}{chance.randrange(100)}@postling.com",
        "pet": f"a {chance.choice(words.PETS)} named {chance.choice(words.FIRST)}",
        "spouse": f"{chance.choice(words.FIRST)} {last}",
    }


def date(chance: Random) -> str:
    """A day of birth."""
    return f"{chance.randint(1, 28)} {chance.choice(words.MONTHS)} {chance.randint(1940, 2005)}"


class Describer:
    """Vectors for any number of people from a few hundred calls of the embedder.

    Sentences that many share are embedded as they are. The others are taken from a pool of embedded
    ones and moved at random, since embedding 400,000 sentences would take hours.
    """

    def __init__(self, embedder: Embedder, seed: int) -> None:
        self._embedder = embedder
        self._chance = np.random.default_rng(seed)
        self._known: dict[str, Vectors] = {}
        pool = [person.own_facts() for person in people(POOL, seed + 1)]
        self._pools = [unit_rows(embedder.embed(facts)) for facts in zip(*pool, strict=True)]

    def vectors(self, person: Person) -> Vectors:
        """Eight rows of unit vectors."""
        rows = [self._embedded(fact) for fact in person.shared_facts()]
        rows += [pool[self._chance.integers(len(pool))] for pool in self._pools]
        matrix = np.stack(rows)
        own = slice(len(rows) - len(self._pools), None)
        steps = self._chance.standard_normal(matrix[own].shape).astype(np.float32)
        matrix[own] += MOVED * unit_rows(steps)
        return unit_rows(matrix)

    def _embedded(self, fact: str) -> Vectors:
        if fact not in self._known:
            self._known[fact] = self._embedder.embed([fact])[0]
        return self._known[fact]


class Remembered:
    """An embedder that knows its texts beforehand, so that looking up is measured without it."""

    def __init__(self, embedder: Embedder, texts: Sequence[str]) -> None:
        self._vectors = {text: embedder.embed([text]) for text in dict.fromkeys(texts)}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return what was remembered of the only text in `texts`."""
        (text,) = texts
        return self._vectors[text]
