"""Text under one spelling: case, accents, disguises and separators folded away.

Two forms. `normalise` keeps words apart and stays readable: scorers compare with it.
`Skeleton` drops the spaces too, folds look-alike letters and digits into one, and remembers where
each letter came from: the guard finds "M-4-r-c-u-5" in it and can point at the place.
Knows no target and no language besides the English possessive.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from tools.guarding.characters import APOSTROPHES, LEET, LEET_SIGNS, fold_character

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word and the stretch `start:end` of the original text it was read from."""

    text: str
    start: int
    end: int


def normalise(text: str) -> str:
    """Return the folded words of `text` separated by single spaces; folding twice changes nothing.

    NFKC, case fold, accents, invisible characters, homoglyphs, apostrophes and possessives,
    whitespace and punctuation. Digits stay digits. Never raises.
    """
    return " ".join(word.text for word in words(text))


def words(text: str) -> list[Word]:
    """Return the folded words of `text` with their places, in order."""
    return list(_gather((index, fold_character(text[index])) for index in _kept(text)))


def _kept(text: str) -> Iterator[int]:
    """Yield the indices of `text` without those of the possessive 's."""
    index = 0
    while index < len(text):
        if text[index] in APOSTROPHES and _is_possessive(text, index):
            index += 2
            continue
        yield index
        index += 1


def _is_possessive(text: str, index: int) -> bool:
    ends = index + 2 >= len(text) or not text[index + 2].isalnum()
    return 0 < index < len(text) - 1 and text[index + 1] in "sS" and ends


def _gather(folded: Iterator[tuple[int, str]]) -> Iterator[Word]:
    letters, start, end = "", 0, 0
    for index, piece in folded:
        for letter in piece:
            if letter != " ":
                start = start if letters else index
                letters, end = letters + letter, index + 1
            elif letters:
                yield Word(letters, start, end)
                letters = ""
    if letters:
        yield Word(letters, start, end)


class Skeleton:
    """The letters of a text without spaces, look-alikes folded, with word edges and origins.

    `text` holds the letters; `starts` are the indices where a name may begin, `ends` (exclusive)
    where one may stop: the edges of words, and every edge in scripts that write words together
    or glue particles to them. `plurals` are the ends of words in s. `words` are the same letters
    word by word.
    """

    __slots__ = ("_origins", "ends", "plurals", "starts", "text", "words")

    def __init__(self, text: str, *, signs: bool = False) -> None:
        plain = words(_as_letters(text) if signs else text)
        self.words = tuple(map(_leet, plain))
        self.text = "".join(word.text for word in self.words)
        self.starts: list[int] = []
        self.ends: set[int] = set()
        self._origins: list[int] = []
        for word in self.words:
            self._add_edges(word.text)
        self.plurals = {
            end for end, word in zip(self._origins, plain, strict=True) if word.text[-1] == "s"
        }

    def _add_edges(self, letters: str) -> None:
        offset = self._origins[-1] if self._origins else 0
        loose = [unicodedata.category(letter) == "Lo" for letter in letters]
        for index in range(len(letters)):
            if index == 0 or loose[index] or loose[index - 1]:
                self.starts.append(offset + index)
                self.ends.add(offset + index)
        self.ends.add(offset + len(letters))
        self._origins.append(offset + len(letters))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the stretch of the original text behind the letters `start:end`.

        Exact at the edges of words; inside a word the whole word is returned.
        """
        first = bisect_left(self._origins, start + 1)
        last = bisect_left(self._origins, end)
        return self.words[first].start, self.words[last].end


def skeletons(text: str) -> tuple[Skeleton, ...]:
    """Return the readings of `text`: one, or two where signs could stand for letters (M@rcus)."""
    plain = Skeleton(text)
    if not any(sign in text for sign in LEET_SIGNS):
        return (plain,)
    signed = Skeleton(text, signs=True)
    return (plain,) if signed.text == plain.text else (plain, signed)


def skeleton(text: str) -> str:
    """Return the letters of the plain reading of `text`: the form names are registered in."""
    return Skeleton(text).text


def _leet(word: Word) -> Word:
    letters = "".join(LEET.get(letter, letter) for letter in word.text)
    return Word(letters, word.start, word.end)


def _as_letters(text: str) -> str:
    """Replace signs between letters by the letters they stand for; addresses keep their @."""
    letters = list(text)
    addresses = {i for found in _EMAIL.finditer(text) for i in range(*found.span())}
    for index, sign in enumerate(text):
        if sign in LEET_SIGNS and index not in addresses and _beside_letters(text, index):
            letters[index] = LEET_SIGNS[sign]
    return "".join(letters)


def _beside_letters(text: str, index: int) -> bool:
    before = index > 0 and text[index - 1].isalnum()
    after = index + 1 < len(text) and text[index + 1].isalnum()
    return before and (after or text[index] in "$€")
