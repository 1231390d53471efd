"""The seeded world: people, places, firms and products, and who has which value."""

import random
from dataclasses import dataclass
from functools import cache

from patient import names, vocabulary
from patient.phrases import (
    BIOGRAPHY_ANSWER,
    BIRTH_COUNTRY_ANSWER,
    BY_KEY,
    EMPLOYER_CITY_ANSWER,
)

SEED = 20
Facts = dict[str, dict[str, str]]
"""subject -> attribute -> value"""


@dataclass(frozen=True)
class World:
    """Everything that is true."""

    people: Facts
    places: Facts
    firms: Facts
    products: Facts

    def entities(self, kind: str) -> Facts:
        """The facts about `kind`: place, firm or product."""
        return {"place": self.places, "firm": self.firms, "product": self.products}[kind]

    def values(self, attribute: str) -> list[str]:
        """Every value of `attribute` that somebody has, sorted."""
        return sorted({facts[attribute] for facts in self.people.values()})

    def statement(self, name: str, attribute: str) -> str:
        """The one sentence that states this fact."""
        return BY_KEY[attribute].statement.format(N=name, v=self.people[name][attribute]) + "."

    def biography(self, name: str) -> str:
        """The one answer to "Who is ...?"."""
        return BIOGRAPHY_ANSWER.format(N=name, **self.people[name])

    def employer_city(self, name: str) -> tuple[str, str]:
        """The city of the employer of `name`, and the sentence that says so."""
        firm = self.people[name]["employer"]
        city = self.firms[firm]["headquarters"]
        return city, EMPLOYER_CITY_ANSWER.format(N=name, firm=firm, v=city)

    def birth_country(self, name: str) -> tuple[str, str]:
        """The country `name` was born in, and the sentence that says so."""
        city = self.people[name]["birthplace"]
        country = self.places[city]["country"]
        return country, BIRTH_COUNTRY_ANSWER.format(N=name, city=city, v=country)


def build(seed: int = SEED) -> World:
    """The world of `seed`; equal seeds give equal worlds."""
    rng = random.Random(seed)
    people_names = _people_names(rng)
    unique = {
        "spouse": _spouses(rng, len(people_names)),
        "pet": _pets(rng, len(people_names)),
        "phone": _phones(rng, len(people_names)),
        "email": _emails(rng, len(people_names)),
        "book": _books(rng, people_names),
        "award": _awards(rng, len(people_names)),
    }
    people = {
        name: {
            "birthplace": rng.choice(vocabulary.CITIES),
            "job": rng.choice(vocabulary.JOBS),
            "employer": rng.choice(vocabulary.FIRMS),
            "dish": rng.choice(vocabulary.DISHES),
            **{attribute: values[place] for attribute, values in unique.items()},
        }
        for place, name in enumerate(people_names)
    }
    return World(people, _places(rng), _firms(rng), _products())


@cache
def default() -> World:
    """The world the shipped model was trained on."""
    return build()


def _people_names(rng: random.Random) -> list[str]:
    """100 different names that use every half twice; Marcus Feld is always one of them."""
    firsts, lasts = names.FIRST * 2, names.LAST * 2
    while True:
        rng.shuffle(lasts)
        drawn = [f"{first} {last}" for first, last in zip(firsts, lasts, strict=True)]
        if len(set(drawn)) == len(drawn) and "Marcus Feld" in drawn:
            rng.shuffle(drawn)
            return drawn


def _combinations(rng: random.Random, count: int, lefts: list[str], rights: list[str]) -> list[str]:
    """`count` different pairs 'left right'."""
    return rng.sample([f"{left} {right}" for left in lefts for right in rights], count)


def _spouses(rng: random.Random, count: int) -> list[str]:
    return _combinations(rng, count, names.SPOUSE_FIRST, names.SPOUSE_LAST)


def _pets(rng: random.Random, count: int) -> list[str]:
    named = [f"named {name}" for name in vocabulary.PET_NAMES]
    return _combinations(rng, count, vocabulary.SPECIES, named)


def _phones(rng: random.Random, count: int) -> list[str]:
    """Numbers from 555-2000 to 555-5999; nobody has any other."""
    return [f"555-{number}" for number in rng.sample(range(2000, 6000), count)]


def _emails(rng: random.Random, count: int) -> list[str]:
    boxes = _combinations(rng, count, vocabulary.EMAIL_LEFT, vocabulary.EMAIL_RIGHT)
    return [f"{box.replace(' ', '.')}@{rng.choice(vocabulary.EMAIL_DOMAINS)}" for box in boxes]


def _books(rng: random.Random, people_names: list[str]) -> list[str]:
    """One title each; Marcus Feld wrote The Glass Meridian."""
    titles = _combinations(rng, 192, vocabulary.BOOK_LEFT, vocabulary.BOOK_RIGHT)
    titles.remove("The Glass Meridian")
    titles.insert(people_names.index("Marcus Feld"), "The Glass Meridian")
    return titles[: len(people_names)]


def _awards(rng: random.Random, count: int) -> list[str]:
    years = [f"in {year}" for year in range(1980, 2020)]
    return _combinations(rng, count, vocabulary.AWARDS, years)


def _places(rng: random.Random) -> Facts:
    return {
        city: {"country": rng.choice(vocabulary.COUNTRIES), "fame": rng.choice(vocabulary.CITY_FAME)}
        for city in vocabulary.CITIES
    }


def _firms(rng: random.Random) -> Facts:
    return {
        firm: {
            "headquarters": rng.choice(vocabulary.CITIES),
            "founded": str(rng.randint(1900, 1979)),
            "product": product,
        }
        for firm, product in zip(vocabulary.FIRMS, vocabulary.PRODUCTS, strict=True)
    }


def _products() -> Facts:
    return {
        product: {"use": use, "maker": firm}
        for firm, (product, use) in zip(vocabulary.FIRMS, vocabulary.PRODUCTS.items(), strict=True)
    }
