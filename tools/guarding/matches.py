"""What looking up targets gives: finds of a phrase, mentions of it, the match made of them."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from tools.guarding.entries import Field
from tools.guarding.normalise import normalise

Kind = Literal["exact", "alias", "fuzzy", "value", "semantic"]
"""How a text touches a target: by its subject, another name, a name with a slip, a value that gives
it away, or by its meaning."""

IN_ANSWER = -1
"""`Match.where` of a match in what the model said: its `text` is not the user's and not shown."""


@dataclass(frozen=True, slots=True)
class Find:
    """A phrase in a text, at `start:end` of it, with all the requests that share it.

    `encoded` when the place holds it in base64, hexadecimal or backwards.
    """

    field: Field
    owners: AbstractSet[str]
    start: int
    end: int
    encoded: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase of a target in a text, at `start:end` of that text.

    `encoded` when the place holds it in base64, hexadecimal or backwards.
    """

    request_id: str
    field: Field
    start: int
    end: int
    encoded: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """The target that a text touches.

    `score` is 0..1 (for `semantic` the cosine); `where` the index of the text among those given,
    `span` the place in it (the whole text for `semantic`), `text` the words there, as typed.
    """

    request_id: str
    kind: Kind
    score: float
    where: int
    span: tuple[int, int]
    text: str


class Traits:
    """How many different values of each target a text holds: none, one, or several."""

    def __init__(self, finds: Iterable[Find], text: str) -> None:
        # A phrase is either the one or the other to a target, so no target is counted twice.
        self._groups: dict[tuple[str, Field], AbstractSet[str]] = {
            (normalise(text[find.start : find.end]), find.field): find.owners
            for find in finds
            if find.field in ("value", "trait")
        }

    def without(self, requests: set[str]) -> set[str]:
        """Return those of `requests` of which the text holds no value."""
        for group in self._groups.values():
            requests = {one for one in requests if one not in group}
        return requests

    def owners(self, least: int) -> set[str]:
        """Return the requests of which the text holds `least` values or more, one or two."""
        met, several = set[str](), set[str]()
        # The largest group comes last and is not copied: half of all targets may share a city.
        *groups, largest = sorted(self._groups.values(), key=len) or [set[str]()]
        for group in groups:
            several |= met & group
            met |= group
        return met | largest if least == 1 else several | (met & largest)

    def counts(self) -> dict[str, int]:
        """Return how many values of each request the text holds; those with none are left out."""
        return dict(Counter(owner for group in self._groups.values() for owner in group))
