"""Which requests does a user mean: by id, by name, by part of a name, by a misspelling?"""

from collections.abc import Sequence
from typing import TypeVar

from memory.request import Label, names_of
from memory.text import Mentions, normalise

L = TypeVar("L", bound=Label)

_NEAR_MISS = 85.0
"""Similarity, 0 to 100, from which a misspelled name still finds its request."""


def best_matches(text: str, records: Sequence[L]) -> list[L]:
    """The records that match in the best way any of them does, in their given order."""
    wanted = normalise(text)
    if not wanted:
        return []
    for matches in (_is_id, _is_name, _is_part, _is_near):
        if found := [record for record in records if matches(record, wanted)]:
            return found
    return []


def _is_id(record: Label, wanted: str) -> bool:
    return record["request_id"] == wanted


def _is_name(record: Label, wanted: str) -> bool:
    return wanted in map(normalise, names_of(record))


def _is_part(record: Label, wanted: str) -> bool:
    """Does the name hold the text ("Marcus"), or the text the name ("bring Marcus Feld back")?"""
    part = Mentions.of([wanted])
    names = names_of(record)
    return any(map(part.in_text, names)) or Mentions.of(names).in_text(wanted)


def _is_near(record: Label, wanted: str) -> bool:
    from rapidfuzz import fuzz

    return any(fuzz.ratio(wanted, normalise(name)) >= _NEAR_MISS for name in names_of(record))
