"""Invented people and what somebody might confide about them; the same again for the same seed."""

import random
from dataclasses import dataclass

_FIRST = "Orvald Tessaly Brannick Ysmene Corvane Delphra Eskil Fennoway Garrick Hesper".split()
_LAST = "Quillfeather Marrowick Thornbury Vexley Wintermoor Ashgrove Blackwater Kestrell".split()
_DEEDS = (
    "hides the spare key under the {} stone", "owes {} crowns to the ferryman",
    "was fired in {} for telling the truth", "meets her sister at {} o'clock on Fridays",
    "has a scar from {} stitches on the left arm", "keeps {} letters in a biscuit tin",
)
_CHATTER = "the {} bus was late again and I walked past the {} shop"


@dataclass(frozen=True, slots=True)
class Secret:
    """Who it is about, and the sentence told."""

    name: str
    told: str


def secrets(number: int, seed: int) -> list[Secret]:
    """`number` secrets about as many people."""
    draw = random.Random(seed)
    names = [f"{first} {last}" for first in _FIRST for last in _LAST]
    return [
        Secret(name, f"{name} {draw.choice(_DEEDS).format(draw.randrange(100, 1000))}")
        for name in draw.sample(names, number)
    ]


def chatter(number: int) -> list[str]:
    """As many different memories about nobody."""
    return [_CHATTER.format(index, index * 7 % 1000) for index in range(number)]
