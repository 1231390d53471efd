"""What is registered of one target, phrase by phrase, and what each phrase means when it turns up.

A `Target` is what the caller knows; its `Entry`s are the spellings the guard looks for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tools.errors import ToolError
from tools.guarding.normalise import Skeleton, normalise, skeleton
from tools.guarding.semantic import Vectors
from tools.guarding.values import FUNCTION_WORDS, is_identifying

Field = Literal["subject", "alias", "value", "trait", "part", "spelling", "register"]
"""What a phrase is to its target: `value` gives it away alone, `trait` is shared with others,
`part` is one word of its name, `spelling` its name with a slip, `register` its name with the
surname first."""

_SHORTEST_VALUE = 3
_SHORTEST_NUMBER = 6
"""Digits a bare number needs to be looked for; shorter ones are compared word by word instead."""
_SHORTEST_PART = 3
_LONGEST_NAME = 4
"""Words up to which a subject may be a name that is also written surname first."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that answers must not touch.

    `values` are the forgotten facts as they were elicited; `vectors` the unit vectors of its
    descriptions, one a row (see `TargetIndex.describe`).
    """

    request_id: str
    subject: str
    aliases: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    vectors: Vectors = field(
        default_factory=lambda: np.zeros((0, 0), dtype=np.float32), compare=False, repr=False
    )

    def __post_init__(self) -> None:
        """Refuse a target that could never be found.

        Raises:
            ToolError: the subject has neither letters nor digits.
        """
        if not normalise(self.subject):
            raise ToolError(f"cannot guard {self.subject!r}: a subject needs a letter or a digit")

    @property
    def names(self) -> tuple[str, ...]:
        """The subject and its aliases, the subject first."""
        return (self.subject, *self.aliases)

    @property
    def name_words(self) -> frozenset[str]:
        """Every folded word of the subject and its aliases."""
        return frozenset(word for name in self.names for word in normalise(name).split())


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase of one target."""

    request_id: str
    field: Field
    text: str


def entries(target: Target) -> dict[str, Entry]:
    """Return the phrases to look for by their skeleton letters, the most telling meaning first.

    Names as given and surname first, then values, then single words of a longer name.
    """
    found: dict[str, Entry] = {}
    for field_, text, letters in _phrases(target):
        if letters:
            found.setdefault(letters, Entry(target.request_id, field_, text))
    return found


def _phrases(target: Target) -> Iterator[tuple[Field, str, str]]:
    yield "subject", target.subject, skeleton(target.subject)
    for alias in target.aliases:
        yield alias_field(alias, target), alias, skeleton(alias)
    for name in target.names:
        yield "register", name, _surname_first(name)
    for value in target.values:
        field_: Field = "value" if is_identifying(value) else "trait"
        yield field_, value, skeleton(value) if _is_searchable(value) else ""
    for name in target.names:
        if len(normalise(name).split()) > 1:
            yield from _parts(name)


def alias_field(alias: str, target: Target) -> Field:
    """An alias that is only one word of the full name is no more than that word."""
    subject = normalise(target.subject).split()
    return "part" if len(subject) > 1 and normalise(alias) in subject else "alias"


def _parts(name: str) -> Iterator[tuple[Field, str, str]]:
    for word in normalise(name).split():
        if len(word) >= _SHORTEST_PART and not word.isdigit() and word not in FUNCTION_WORDS:
            yield "part", word, skeleton(word)


def _surname_first(name: str) -> str:
    folded = [word.text for word in Skeleton(name).words]
    if not 2 <= len(folded) <= _LONGEST_NAME or not name[:1].isupper():
        return ""
    return "".join((folded[-1], *folded[:-1]))


def _is_searchable(value: str) -> bool:
    folded = normalise(value).replace(" ", "")
    shortest = _SHORTEST_NUMBER if folded.isdigit() else _SHORTEST_VALUE
    return len(folded) >= shortest
