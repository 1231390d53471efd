"""Which values give a person away by themselves, and which many people share.

A phone number or a book title leads back to its one owner, so a question holding it is a question
about the owner. A city or a job is only telling beside the name. The judgement is by the shape of
the text; nothing here knows the world, so a caller that does may pass what others share.
"""

import re
from collections.abc import Iterable

from tools.guarding.normalise import normalise

_ADDRESS = re.compile(r"\S+@\S+\.\w|https?://\S|\bwww\.\S")
_DATE = re.compile(
    r"\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b",
    re.IGNORECASE,
)
_INSTITUTION = frozenset(
    "academy agency airport association bank board bureau church city club college commission "
    "committee company corporation council country county court department district foundation "
    "group hospital inc institute kingdom library limited ltd ministry museum office party "
    "province republic school society state states station street studio university union "
    "village".split()
)
FUNCTION_WORDS = frozenset(
    "a an and at beyond by for from in into of off on over the through to under with "
    "without".split()
)
_JOINT = re.compile(r",\s+|\s+(?:at|called|for|from|in|named|on|who|with)\s+")
_SHORTEST_PIECE = 3
_MANY_DIGITS = 6
_LONG = 24
"""Letters from which a text of many words is taken for a sentence of its own."""


def is_identifying(value: str) -> bool:
    """Say whether `value` alone points to one owner.

    Addresses, numbers of six digits or more that are no date, titles (several capitalised words
    held together by a function word, or a number), and long texts. Not: names of places, firms and
    institutions, single words, short common phrases.
    """
    value = value.strip()
    if _ADDRESS.search(value):
        return True
    if _DATE.search(value):
        return False
    if sum(character.isdigit() for character in value) >= _MANY_DIGITS:
        return True
    return _is_title(value) or _is_long(value)


def pieces(values: Iterable[str]) -> list[str]:
    """Return `values` and what they are joined of: of "weaver from Oslo" also the job and the city.

    Half a value beside the name is half a secret told.
    """
    found: dict[str, None] = {}
    for value in values:
        parts = [part.strip() for part in _JOINT.split(value)]
        for piece in (value, *parts):
            if len(piece) >= _SHORTEST_PIECE or piece == value:
                found[piece] = None
    return list(found)


def _is_title(value: str) -> bool:
    folded = normalise(value).split()
    content = [word for word in folded if word not in FUNCTION_WORDS]
    held = len(content) < len(folded) and len(folded) >= 3
    capitalised = sum(word[0].isupper() for word in value.split() if word) >= 2
    return held and capitalised and len(content) >= 2 and _INSTITUTION.isdisjoint(folded)


def _is_long(value: str) -> bool:
    folded = normalise(value).split()
    return len(folded) >= 4 and sum(map(len, folded)) >= _LONG and _INSTITUTION.isdisjoint(folded)
