"""Exact phrases found in a text in one pass, and phrases that a text may still be completing.

The trie of pyahocorasick, walked from the word starts of a `Skeleton`. A phrase can only begin
where a word begins, so the automaton's failure links are not needed and nothing is rebuilt when a
phrase is added or removed: registering costs the same with one target as with many.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tools.guarding.normalise import Skeleton

Label = TypeVar("Label")

_SHORTEST_PLURAL = 6
"""Letters a phrase needs before a glued possessive s (marcus felds) is allowed behind it."""


@dataclass(frozen=True, slots=True)
class Found(Generic[Label]):
    """A phrase's label and the letters `start:end` of the skeleton it was found at."""

    label: Label
    start: int
    end: int


class Phrases(Generic[Label]):
    """Labels under phrases; several labels may share a phrase."""

    def __init__(self) -> None:
        import ahocorasick

        self._trie: Any = ahocorasick.Automaton()
        self._longest = 0

    def __len__(self) -> int:
        return len(self._trie)

    def add(self, phrase: str, label: Label) -> None:
        """Register `label` under `phrase`, given as skeleton letters; empty phrases are ignored."""
        labels: list[Label] | None = self._trie.get(phrase, None)
        if labels is not None:
            labels.append(label)
        elif phrase:
            self._trie.add_word(phrase, [label])
            self._longest = max(self._longest, len(phrase))

    def remove(self, phrase: str, label: Label) -> None:
        """Take `label` away from `phrase`; unknown pairs are ignored."""
        labels: list[Label] = self._trie.get(phrase, [])
        if label in labels:
            labels.remove(label)
            if not labels:
                self._trie.remove_word(phrase)

    def __contains__(self, phrase: str) -> bool:
        return bool(phrase) and self._trie.exists(phrase)

    def find(self, letters: Skeleton) -> Iterator[Found[Label]]:
        """Yield every phrase between word edges of `letters`, overlapping ones too."""
        for start in letters.starts:
            stretch = letters.text[start : start + self._longest]
            for length in range(1, self._trie.longest_prefix(stretch) + 1):
                if self._closes(letters, start + length, length):
                    for label in self._trie.get(stretch[:length], ()):
                        yield Found(label, start, start + length)

    def _closes(self, letters: Skeleton, end: int, length: int) -> bool:
        if end in letters.ends:
            return True
        return length >= _SHORTEST_PLURAL and end + 1 in letters.plurals

    def unfinished(self, letters: Skeleton) -> int | None:
        """Return where the last letters begin that are the beginning of a phrase, or None.

        The earliest such place, so that holding back from it on withholds every phrase that
        could still complete. A phrase that is already complete counts only if a longer one
        begins with it.
        """
        size = len(letters.text)
        for start in letters.starts:
            if size - start < self._longest and self._extends(letters.text[start:]):
                return start
        return None

    def _extends(self, stem: str) -> bool:
        if not self._trie.match(stem):
            return False
        if not self._trie.exists(stem):
            return True
        return sum(1 for _ in zip(self._trie.keys(stem), range(2), strict=False)) > 1
