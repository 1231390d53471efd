"""Names written with a slip: one wrong, missing, doubled or swapped letter in a word.

Candidates come from deletion neighbourhoods (the idea of SymSpell: two words one slip apart share
a form with one letter deleted) and are put together to names word by word, so a look-up costs the
same with many names as with few, also where many begin alike. They are confirmed with rapidfuzz's
optimal string alignment distance.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeVar

SHORTEST_WORD = 5
"""Letters a word needs before a slip in it is forgiven: Jon and Jan are two people."""
SHORTEST_NAME = 6
"""Letters a whole name needs before slips in it are forgiven."""

_Name = tuple[str, ...]
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Slip:
    """A name written with a slip: those who bear it, and the words `start:end` it was found at."""

    owners: AbstractSet[str]
    start: int
    end: int


class Misspellings:
    """Owners under names given as sequences of skeleton words."""

    def __init__(self) -> None:
        self._names: dict[_Name, dict[str, None]] = {}
        self._begun: Counter[_Name] = Counter()
        self._words: Counter[str] = Counter()
        self._forms: dict[str, tuple[str, ...]] = {}

    def add(self, name: Sequence[str], owner: str) -> None:
        """Register `owner` under `name`; names under six letters are ignored."""
        key = tuple(name)
        if sum(map(len, key)) < SHORTEST_NAME:
            return
        if key not in self._names:
            self._names[key] = {}
            self._begun.update(_beginnings(key))
            for word in key:
                self._learn(word)
        self._names[key][owner] = None

    def remove(self, name: Sequence[str], owner: str) -> None:
        """Take `owner` away from `name`; one that is not there is ignored."""
        key = tuple(name)
        owners = self._names.get(key, {})
        if owner not in owners:
            return
        del owners[owner]
        if not owners:
            del self._names[key]
            for beginning in _beginnings(key):
                _count_down(self._begun, beginning)
            for word in key:
                self._unlearn(word)

    def _learn(self, word: str) -> None:
        self._words[word] += 1
        if self._words[word] == 1:
            for form in _forms(word):
                self._forms[form] = (*self._forms.get(form, ()), word)

    def _unlearn(self, word: str) -> None:
        if _count_down(self._words, word):
            return
        for form in _forms(word):
            left = tuple(other for other in self._forms[form] if other != word)
            if left:
                self._forms[form] = left
            else:
                del self._forms[form]

    def find(self, text_words: Sequence[str]) -> Iterator[Slip]:
        """Yield the names written with a slip; `start:end` count words of `text_words`."""
        alike = [self._alike(word) for word in text_words]
        for start in range(len(alike)):
            names: list[_Name] = [()]
            for end in range(start + 1, len(alike) + 1):
                names = [(*begun, word) for begun in names for word in alike[end - 1]]
                written = tuple(text_words[start:end])
                for name in names:
                    if name != written and name in self._names:
                        yield Slip(self._names[name].keys(), start, end)
                names = [name for name in names if name in self._begun]
                if not names:
                    break

    def _alike(self, word: str) -> list[str]:
        """Return the words of names that `word` may stand for, itself among them."""
        candidates = {other for form in _forms(word) for other in self._forms.get(form, ())}
        return [other for other in candidates if one_slip(other, word)]


def one_slip(word: str, other: str) -> bool:
    """Say whether two words are equal or, being long enough, one slip apart."""
    if word == other:
        return True
    if min(len(word), len(other)) < SHORTEST_WORD - 1 or len(word) < SHORTEST_WORD:
        return False
    from rapidfuzz.distance import OSA

    return int(OSA.distance(word, other, score_cutoff=1)) <= 1


def _beginnings(name: _Name) -> list[_Name]:
    return [name[:length] for length in range(1, len(name))]


def _count_down(counts: Counter[_Key], key: _Key) -> int:
    counts[key] -= 1
    left = counts[key]
    if not left:
        del counts[key]
    return left


def _forms(word: str) -> set[str]:
    """Return `word` and, if it is long enough to carry a slip, its forms with a letter less."""
    if len(word) < SHORTEST_WORD - 1:
        return {word}
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}
