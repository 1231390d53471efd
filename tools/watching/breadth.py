"""How much a subject would take along: words that are in every other text, numbers, dates."""

import re

from tools.watching.lexicon import Language, languages

_DATE = re.compile(
    r"\d{1,4}\s*[-./]\s*\d{1,2}(?:\s*[-./]\s*\d{1,4})?\.?|\d{1,2}[:.]\d{2}(?:[:.]\d{2})?"
)
_ORDINAL = re.compile(r"(\d)(?:st|nd|rd|th|er|º|ª)\b")
_MANY_DIGITS = 7
"""Digits from which a number is likely somebody's own: a telephone, an account."""


def words_of(subject: str) -> list[str]:
    """The words of `subject` in small letters, without signs around them."""
    words = (_stripped(word) for word in subject.casefold().split())
    return [word for word in words if word]


def is_common(subject: str) -> bool:
    """Whether `subject` holds nothing but common words of one language; numbers do not count."""
    words = [word for word in words_of(subject) if not word.isdecimal()]
    return bool(words) and any(_all_common(words, language) for language in languages())


def is_number(subject: str) -> bool:
    """Whether `subject` is a date, a time or a short number, perhaps with common words around."""
    bare = _ORDINAL.sub(r"\1", subject.casefold())
    digits = sum(letter.isdecimal() for letter in bare)
    if not digits:
        return False
    rest = _DATE.sub(" ", bare)
    others = [word for word in words_of(rest) if not re.fullmatch(r"[\d.,:/%+-]+", word)]
    if others:
        return is_common(" ".join(others))
    return digits < _MANY_DIGITS or rest != bare


def width(word: str) -> int:
    """Letters of `word`; a sign of a script that writes words in one or two counts twice."""
    return sum(2 if letter >= "\u2e80" else 1 for letter in word)


def _stripped(word: str) -> str:
    kept = [i for i, letter in enumerate(word) if letter.isalnum()]
    return word[kept[0] : kept[-1] + 1] if kept else ""


def _all_common(words: list[str], language: Language) -> bool:
    row = language.subject.get("broad")
    if row is None:
        return False
    if language.spaced:
        return all(row.fullmatch(word) for word in words)
    return bool(re.fullmatch(rf"(?:{row.pattern})+", "".join(words)))
