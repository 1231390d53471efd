"""What is registered of one target, phrase by phrase, and what each phrase means when it turns up.

A `Target` is what the caller knows; its `Entry`s are the spellings the guard looks for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

import numpy as np

from tools.errors import ToolError
from tools.guarding.normalise import Skeleton, normalise, skeleton
from tools.guarding.people import COMMON, ORDINARY_NAMES, is_typed_as_name
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
_TELLING_NAME = 3
"""Letters under which a name counts only as it was typed, capitals and all."""
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
        """Refuse a target that could never be found, or would be found everywhere.

        Raises:
            ToolError: the subject has neither letters nor digits, or is a word of every question.
        """
        if not normalise(self.subject):
            raise ToolError(f"cannot guard {self.subject!r}: a subject needs a letter or a digit")
        if _is_everywhere(self.subject):
            raise ToolError(
                f"cannot guard {self.subject!r}: almost every question holds it; say the full name"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The subject and its aliases, the subject first."""
        return (self.subject, *self.aliases)

    @property
    def name_words(self) -> frozenset[str]:
        """Every folded word of the subject and its aliases."""
        return frozenset(word for name in self.names for word in normalise(name).split())


class Entry(NamedTuple):
    """What a phrase is to its target, and how it must be typed to count.

    `as_typed`: only as this text, capitals and signs too. `as_name`: only with a name's capitals.
    """

    field: Field
    as_typed: str = ""
    as_name: bool = False

    def fits(self, text: str, start: int, end: int) -> bool:
        """Say whether the phrase, found at `start:end` of `text`, is typed as it must be."""
        if self.field == "register":
            return _is_register_form(text[start:end])
        if self.as_typed:
            size = len(self.as_typed)
            return self.as_typed in text[max(0, start - size) : end + size]
        return not self.as_name or is_typed_as_name(text, start, end)


_PLAIN = {field_: Entry(field_) for field_ in get_args(Field)}
"""One object each: with many targets there are millions of them."""


def entries(target: Target) -> dict[str, Entry]:
    """Return what to look for, by skeleton letters; of a phrase with two meanings the first stays.

    Full names come before aliases, then the name surname first, then values, then single words of a
    longer name.
    """
    found: dict[str, Entry] = {}
    for field_, text, letters in _phrases(target):
        if letters and (field_ == "part" or not _is_everywhere(text)):
            found.setdefault(letters, _entry(field_, text, letters))
    return found


def misspellable(target: Target) -> list[list[str]]:
    """Return the names in which a slip is forgiven, each as its skeleton words.

    Names proper; not common words (baking, making), nor one word of a longer name.
    """
    return [
        [word.text for word in Skeleton(name).words]
        for name in target.names
        if any(word[0].isupper() for word in name.split()) and alias_field(name, target) != "part"
    ]


def _is_register_form(typed: str) -> bool:
    """Feld, Marcus or FELD Marcus; in small letters, `long will` is no Will Long."""
    return "," in typed or all(word[0].isupper() for word in typed.split())


def _entry(field_: Field, text: str, letters: str) -> Entry:
    if len(letters) < _TELLING_NAME:
        return Entry(field_, as_typed=text)
    if field_ in ("subject", "alias") and _is_also_a_word(text):
        return Entry(field_, as_name=True)
    return _PLAIN[field_]


def _is_everywhere(text: str) -> bool:
    """Say whether a name or value is nothing but words that every text is full of.

    Unless it is written as a name (Will, The Who), or with signs that must be there, too (a+).
    """
    folded = normalise(text).split()
    signs = len("".join(folded)) < _TELLING_NAME and not text.strip().isalnum()
    if signs or not COMMON.issuperset(folded):
        return False
    capitals = all(word[0].isupper() for word in text.split())
    return not capitals or (len(folded) == 1 and folded[0] not in ORDINARY_NAMES)


def _is_also_a_word(text: str) -> bool:
    folded = normalise(text).split()
    if len(folded) == 1:
        return text[0].isupper() and folded[0] in ORDINARY_NAMES
    return COMMON.issuperset(folded)


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
