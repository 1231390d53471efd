"""Exact phrases found in a text in one pass, and phrases that a text may still be completing.

The trie of pyahocorasick, walked from the word starts of a `Skeleton`. A phrase can only begin
where a word begins, so the automaton's failure links are not needed and nothing is rebuilt when a
phrase is added or removed: registering costs the same with one target as with many.

Owners that share a phrase under one label are found together: a city that half of all targets have
is one find, not one each.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tools.guarding.normalise import Skeleton

Label = TypeVar("Label")

_SHORTEST_PLURAL = 6
"""Letters a phrase needs before a glued possessive s (marcus felds) is allowed behind it."""


@dataclass(frozen=True, slots=True)
class Found(Generic[Label]):
    """A phrase's label, the letters `start:end` of the skeleton it was found at, and those who own
    the phrase under that label, in the order they were added."""

    label: Label
    start: int
    end: int
    owners: AbstractSet[str]


class Phrases(Generic[Label]):
    """Labels and their owners under phrases; who needs no owners leaves them out."""

    def __init__(self) -> None:
        import ahocorasick

        # Most phrases have one owner and keep a pair; the others a dictionary of dictionaries.
        self._trie: Any = ahocorasick.Automaton()
        self._longest = 0

    def __len__(self) -> int:
        return len(self._trie)

    def add(self, phrase: str, label: Label, owner: str = "") -> None:
        """Register `label` under `phrase`, given as skeleton letters; empty phrases are ignored."""
        if not phrase:
            return
        held = self._trie.get(phrase, None)
        if held is None:
            self._trie.add_word(phrase, (label, owner))
            self._longest = max(self._longest, len(phrase))
            return
        if isinstance(held, tuple):
            held = {held[0]: {held[1]: None}}
            self._trie.add_word(phrase, held)
        held.setdefault(label, {})[owner] = None

    def remove(self, phrase: str, label: Label, owner: str = "") -> None:
        """Take `label` of `owner` away from `phrase`; one that is not there is ignored."""
        held = self._trie.get(phrase, None)
        if isinstance(held, dict):
            owners = held.get(label, {})
            owners.pop(owner, None)
            if not owners:
                held.pop(label, None)
        if held in ((label, owner), {}):
            self._trie.remove_word(phrase)

    def __contains__(self, phrase: str) -> bool:
        return bool(phrase) and self._trie.exists(phrase)

    def find(self, letters: Skeleton) -> Iterator[Found[Label]]:
        """Yield every phrase between word edges of `letters`, overlapping ones too."""
        for start in letters.starts:
            stretch = letters.text[start : start + self._longest]
            for length in range(1, self._trie.longest_prefix(stretch) + 1):
                if self._closes(letters, start + length, length):
                    for label, owners in _labelled(self._trie.get(stretch[:length], {})):
                        yield Found(label, start, start + length, owners)

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


def _labelled(held: Any) -> Iterator[tuple[Any, AbstractSet[str]]]:
    if isinstance(held, tuple):
        yield held[0], {held[1]}
    else:
        for label, owners in held.items():
            yield label, owners.keys()
