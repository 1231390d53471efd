"""Names written with a slip: one wrong, missing, doubled or swapped letter in a word.

Candidates come from deletion neighbourhoods (the idea of SymSpell: two words one slip apart share
a form with one letter deleted), so a look-up costs the same with many names as with few; they are
confirmed with rapidfuzz's optimal string alignment distance.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from tools.guarding.phrases import Found

Label = TypeVar("Label")

SHORTEST_WORD = 5
"""Letters a word needs before a slip in it is forgiven: Jon and Jan are two people."""
SHORTEST_NAME = 6
"""Letters a whole name needs before slips in it are forgiven."""


class Misspellings(Generic[Label]):
    """Labels under names given as sequences of skeleton words."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, ...], list[Label]] = {}
        self._by_first: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._forms: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, name: Sequence[str], label: Label) -> None:
        """Register `label` under `name`; names under six letters are ignored."""
        key = tuple(name)
        if sum(map(len, key)) < SHORTEST_NAME:
            return
        self._names.setdefault(key, []).append(label)
        self._by_first[key[0]].add(key)
        for form in _forms(key[0]):
            self._forms[form].add(key[0])

    def remove(self, name: Sequence[str], label: Label) -> None:
        """Take `label` away from `name`; unknown pairs are ignored."""
        key = tuple(name)
        labels = self._names.get(key, [])
        if label not in labels:
            return
        labels.remove(label)
        if not labels:
            del self._names[key]
            self._forget_first(key)

    def _forget_first(self, key: tuple[str, ...]) -> None:
        first = key[0]
        self._by_first[first].discard(key)
        if not self._by_first[first]:
            del self._by_first[first]
            for form in _forms(first):
                self._forms[form].discard(first)

    def find(self, text_words: Sequence[str]) -> Iterator[Found[Label]]:
        """Yield the names written with a slip; `start:end` count words of `text_words`."""
        for start, word in enumerate(text_words):
            for first in self._alike(word):
                for name in self._by_first[first]:
                    window = text_words[start : start + len(name)]
                    if _slipped(name, window):
                        for label in self._names[name]:
                            yield Found(label, start, start + len(name))

    def _alike(self, word: str) -> set[str]:
        candidates = {first for form in _forms(word) for first in self._forms.get(form, ())}
        return {first for first in candidates if one_slip(first, word)}


def one_slip(word: str, other: str) -> bool:
    """Say whether two words are equal or, being long enough, one slip apart."""
    if word == other:
        return True
    if min(len(word), len(other)) < SHORTEST_WORD - 1 or len(word) < SHORTEST_WORD:
        return False
    from rapidfuzz.distance import OSA

    return int(OSA.distance(word, other, score_cutoff=1)) <= 1


def _slipped(name: tuple[str, ...], window: Sequence[str]) -> bool:
    return (
        len(window) == len(name)
        and tuple(window) != name
        and all(one_slip(part, word) for part, word in zip(name, window, strict=True))
    )


def _forms(word: str) -> set[str]:
    """Return `word` and, if it is long enough to carry a slip, its forms with a letter less."""
    if len(word) < SHORTEST_WORD - 1:
        return {word}
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}
