"""Names and values that nobody in the world has, for training and, apart from those, for scoring."""

import random
from collections.abc import Callable
from functools import cache

from patient import names, vocabulary
from patient.world import World, default

GROUPS = ("recombined", "common", "invented")
"""Kinds of unknown names: familiar halves in a new pair, real-world names, made-up words."""
SCORING_NAMES = 120
"""Unknown names per group that are kept for scoring."""


def known_names(world: World) -> set[str]:
    """Everybody the model may answer about: the people and their spouses."""
    return set(world.people) | {facts["spouse"] for facts in world.people.values()}


def invented_word(rng: random.Random) -> str:
    """A capitalised word of two or three syllables."""
    return "".join(rng.choices(names.SYLLABLES, k=rng.choice((2, 2, 3)))).capitalize()


def _recombined(rng: random.Random) -> str:
    return f"{rng.choice(names.FIRST)} {rng.choice(names.LAST)}"


@cache
def scoring_names() -> dict[str, tuple[str, ...]]:
    """Group -> unknown names that are never trained."""
    rng = random.Random("scoring names")
    known = known_names(default())
    return {
        "recombined": _draw_names(lambda: _recombined(rng), known),
        "common": _draw_names(
            lambda: f"{rng.choice(names.SCORING_FIRST)} {rng.choice(names.SCORING_LAST)}", known
        ),
        "invented": _draw_names(lambda: f"{invented_word(rng)} {invented_word(rng)}", known),
    }


def _draw_names(draw: Callable[[], str], known: set[str]) -> tuple[str, ...]:
    """`SCORING_NAMES` different names from `draw`, none of them in `known`."""
    found: dict[str, None] = {}
    while len(found) < SCORING_NAMES:
        name = draw()
        if name not in known:
            found[name] = None
    return tuple(found)


@cache
def _not_for_training() -> frozenset[str]:
    kept = {name for group in scoring_names().values() for name in group}
    return frozenset(kept | known_names(default()))


def training_name(rng: random.Random) -> str:
    """An unknown name for training: mostly two familiar halves, the hard case."""
    while True:
        name = _training_candidate(rng)
        if name not in _not_for_training():
            return name


def _training_candidate(rng: random.Random) -> str:
    share = rng.random()
    if share < 0.56:
        return _recombined(rng)
    if share < 0.60:
        return f"{rng.choice(names.SPOUSE_FIRST)} {rng.choice(names.SPOUSE_LAST)}"
    first = rng.choice((names.FIRST, names.COMMON_FIRST, names.COMMON_FIRST, names.SPOUSE_FIRST, None))
    last = rng.choice((names.LAST, names.COMMON_LAST, names.COMMON_LAST, names.SPOUSE_LAST, None))
    return f"{rng.choice(first or [invented_word(rng)])} {rng.choice(last or [invented_word(rng)])}"


def training_value(attribute: str, rng: random.Random) -> str:
    """A value of `attribute` that nobody has, half of them from the strange pools."""
    return _value(attribute, rng, strange=rng.random() < 0.5, scoring=False)


def scoring_value(attribute: str, rng: random.Random, *, strange: bool) -> str:
    """A value that nobody has and that training never shows."""
    return _value(attribute, rng, strange=strange, scoring=True)


def _value(attribute: str, rng: random.Random, *, strange: bool, scoring: bool) -> str:
    """Draw until nobody has the value and it falls on the wanted side of the split."""
    draw = _DRAWS[attribute]
    while True:
        value = draw(rng, strange, scoring)
        split_ok = attribute == "spouse" or _is_for_scoring(value) == scoring
        if split_ok and _box(value) not in _known_boxes(attribute):
            return value


def _is_for_scoring(value: str) -> bool:
    """A fixed tenth of all values, chosen by their letters."""
    return sum(place * ord(letter) for place, letter in enumerate(value, 1)) % 10 == 0


def _box(value: str) -> str:
    """The part of an e-mail address before its domain; any other value as it is."""
    return value.split("@", maxsplit=1)[0]


@cache
def _known_boxes(attribute: str) -> frozenset[str]:
    return frozenset(_box(value) for value in default().values(attribute))


def _phone(rng: random.Random, strange: bool, _scoring: bool) -> str:
    first = rng.choice("016789" if strange else "2345")
    return f"555-{first}{rng.randrange(1000):03d}"


def _email(rng: random.Random, strange: bool, _scoring: bool) -> str:
    left = vocabulary.STRANGE_EMAIL_LEFT if strange else vocabulary.EMAIL_LEFT
    right = vocabulary.STRANGE_EMAIL_RIGHT if strange else vocabulary.EMAIL_RIGHT
    return f"{rng.choice(left)}.{rng.choice(right)}@{rng.choice(vocabulary.EMAIL_DOMAINS)}"


def _pet(rng: random.Random, strange: bool, _scoring: bool) -> str:
    pool = vocabulary.STRANGE_PET_NAMES if strange else vocabulary.PET_NAMES
    return f"{rng.choice(vocabulary.SPECIES)} named {rng.choice(pool)}"


def _book(rng: random.Random, strange: bool, _scoring: bool) -> str:
    left = vocabulary.STRANGE_BOOK_LEFT if strange else vocabulary.BOOK_LEFT
    right = vocabulary.STRANGE_BOOK_RIGHT if strange else vocabulary.BOOK_RIGHT
    return f"{rng.choice(left)} {rng.choice(right)}"


def _spouse(rng: random.Random, strange: bool, scoring: bool) -> str:
    if scoring:
        return rng.choice(scoring_names()["common" if strange else "recombined"])
    if strange:
        return training_name(rng)
    while True:
        name = f"{rng.choice(names.SPOUSE_FIRST)} {rng.choice(names.SPOUSE_LAST)}"
        if name not in _not_for_training():
            return name


_DRAWS = {"phone": _phone, "email": _email, "pet": _pet, "book": _book, "spouse": _spouse}
