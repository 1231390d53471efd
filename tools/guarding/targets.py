"""The targets, and which of them a text touches.

Exact phrases first (`Phrases`), then names with a slip (`Misspellings`), then nearness in meaning
(`VectorIndex`). The index reports every mention; what a mention means for a question, an answer or
a memory is decided by those who ask.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence

from tools.guarding.decoding import readings
from tools.guarding.entries import Entry, Field, Target, alias_field, entries
from tools.guarding.matches import IN_ANSWER, Kind, Match, Mention
from tools.guarding.normalise import Skeleton, normalise, skeletons
from tools.guarding.people import KnownNames, strangers_in
from tools.guarding.phrases import Phrases
from tools.guarding.semantic import Embedder, VectorIndex
from tools.guarding.spelling import Misspellings

__all__ = ["IN_ANSWER", "Kind", "Match", "Mention", "Target", "TargetIndex"]

_KIND: dict[Field, Kind] = {
    "subject": "exact",
    "alias": "alias",
    "part": "alias",
    "spelling": "fuzzy",
    "value": "value",
}
_Hit = tuple[str, Field, tuple[int, int]]
"""Request id, field, and place in the reading."""

_RANK: dict[Kind, int] = {"exact": 0, "alias": 1, "fuzzy": 2, "value": 3, "semantic": 4}
_SCORE: dict[Kind, float] = {"exact": 1.0, "alias": 0.98, "fuzzy": 0.9, "value": 0.95}

SIMILAR = 0.9
"""Cosine from which a text that holds no value at all is taken for a fact about the target."""
SIMILAR_WITH_TRAITS = 0.5
"""The same where it holds `TRAITS` values or more.

MiniLM, 1,000 made-up targets: 1,000 everyday questions come up to 0.62 (99th percentile 0.49);
descriptions by two or three values lie at 0.51 and above; questions about people who share nothing
with the target reach 0.86. So nearness alone says little, and one shared value less than nothing:
"who was born in Oslo" is at 0.94 to everybody born there."""
TRAITS = 2

_TELLING_NAME = 3
"""Letters under which a name counts only as it was typed, capitals and all."""


class TargetIndex:
    """Targets by request id; adding, removing and looking up are safe from several threads.

    `known_names` tells which names belong to other people; without it a single word of a longer
    name never counts alone. Without `embedder` nothing is found by meaning.
    """

    def __init__(self, embedder: Embedder | None = None, known_names: Iterable[str] = ()) -> None:
        self._embedder = embedder
        self._lock = threading.RLock()
        self._targets: dict[str, Target] = {}
        self._phrases: Phrases[Entry] = Phrases()
        self._misspelled: Misspellings[Entry] = Misspellings()
        self._meanings = VectorIndex()
        self.names = KnownNames(known_names)

    def __len__(self) -> int:
        return len(self._targets)

    def all(self) -> tuple[Target, ...]:
        """Return every target, in the order they were added."""
        with self._lock:
            return tuple(self._targets.values())

    def get(self, request_id: str) -> Target | None:
        """Return the target of `request_id`, if it is registered."""
        return self._targets.get(request_id)

    def add(self, target: Target) -> None:
        """Register `target`, in place of an earlier one of the same request."""
        with self._lock:
            self.remove(target.request_id)
            self._targets[target.request_id] = target
            for letters, entry in entries(target).items():
                self._phrases.add(letters, entry)
            for name in _misspellable(target):
                self._misspelled.add(*_spelling(target, name))
            self._meanings.add(target.request_id, target.vectors)

    def remove(self, request_id: str) -> None:
        """Forget about the target of `request_id`; unknown ids are ignored."""
        with self._lock:
            target = self._targets.pop(request_id, None)
            if target is None:
                return
            for letters, entry in entries(target).items():
                self._phrases.remove(letters, entry)
            for name in _misspellable(target):
                self._misspelled.remove(*_spelling(target, name))
            self._meanings.remove(request_id)

    def mentions(self, text: str) -> list[Mention]:
        """Return every phrase of every target in `text`, disguised ones too, in order of place."""
        with self._lock:
            if not self._targets:
                return []
            found = {
                Mention(request_id, field, *reading.place(span), reading.origin is not None)
                for reading in readings(text)
                for letters in skeletons(reading.text)
                for request_id, field, span in self._found(letters, reading.text)
            }
        return sorted(found, key=lambda mention: (mention.start, -mention.end, mention.field))

    def _found(self, letters: Skeleton, text: str) -> Iterator[_Hit]:
        yield from self._exact(letters, text)
        yield from self._slips(letters, text)

    def _exact(self, letters: Skeleton, text: str) -> Iterator[_Hit]:
        for found in self._phrases.find(letters):
            span, entry = letters.span(found.start, found.end), found.label
            typed = text[slice(*span)]
            if entry.field == "register":
                if _is_register_form(typed):
                    yield entry.request_id, "alias", span
            elif found.end - found.start >= _TELLING_NAME or typed == entry.text:
                yield entry.request_id, entry.field, span

    def _slips(self, letters: Skeleton, text: str) -> Iterator[_Hit]:
        for found in self._misspelled.find([word.text for word in letters.words]):
            first, last = letters.words[found.start], letters.words[found.end - 1]
            if text[first.start : last.end] not in self.names:
                yield found.label.request_id, "spelling", (first.start, last.end)

    def unfinished(self, text: str) -> int | None:
        """Return where the end of `text` begins that a phrase of a target could still complete."""
        with self._lock:
            places = [
                letters.span(start, len(letters.text))[0]
                for letters in skeletons(text)
                if (start := self._phrases.unfinished(letters)) is not None
            ]
        return min(places, default=None)

    def match(self, texts: Sequence[str]) -> Match | None:
        """Return the target that one of `texts` touches, by the most telling mention, or None."""
        found = [hit for where, text in enumerate(texts) for hit in self._named(where, text)]
        if found:
            return min(found, key=lambda hit: _RANK[hit.kind])
        for where, text in enumerate(texts):
            if described := self._described(where, text):
                return described
        return None

    def _named(self, where: int, text: str) -> Iterator[Match]:
        for mention in self.mentions(text):
            kind = _KIND.get(mention.field)
            if kind is None or not self._counts(mention, text):
                continue
            span = mention.start, mention.end
            yield Match(mention.request_id, kind, _SCORE[kind], where, span, text[slice(*span)])

    def _counts(self, mention: Mention, text: str) -> bool:
        """Say whether a mention is about its target: names always are; a value is not where
        somebody else is asked about ("Is 555-1234 Anna Berg's number?"), nor is half a name."""
        if mention.field == "part":
            return self._is_alone(mention, text)
        return mention.field != "value" or not self.names_others(
            text, mention.request_id, fully=True
        )

    def _is_alone(self, part: Mention, text: str) -> bool:
        """Say whether one word of a name can only mean its target: nobody else bears it, it is
        typed as a name, and no other name stands beside it."""
        word = text[part.start : part.end]
        if self.names.sharers(normalise(word)) != 1 or not word[0].isupper():
            return False
        return bool(text[: part.start].strip()) and not self.names_others(text, part.request_id)

    def names_others(self, text: str, request_id: str, *, fully: bool = False) -> bool:
        """Say whether `text` names somebody who is not the target of `request_id`.

        `fully`: by more than one word, so that a chance capital is not taken for a person.
        """
        target = self._targets[request_id]
        if self.names.named_in(text) - {normalise(name) for name in target.names}:
            return True
        strangers = strangers_in(text, _own_words(target))
        return any(" " in name or not fully for name in strangers)

    def names_anybody(self, text: str) -> bool:
        """Say whether `text` holds a known name, or a word typed as a name inside a sentence."""
        return bool(self.names.named_in(text) or strangers_in(text, ()))

    def _described(self, where: int, text: str) -> Match | None:
        if self._embedder is None or not self._meanings:
            return None
        traits = self.traits(text)
        least = min(SIMILAR, SIMILAR_WITH_TRAITS)
        scores = self._meanings.near(self._embedder.embed([text])[0], least)
        for request_id, score in sorted(scores.items(), key=lambda item: -item[1]):
            floor = SIMILAR_WITH_TRAITS if traits.get(request_id, 0) >= TRAITS else SIMILAR
            alone = traits.get(request_id, 0) == 1
            if score >= floor and not alone and not self.names_others(text, request_id):
                return Match(request_id, "semantic", score, where, (0, len(text)), text)
        return None

    def traits(self, text: str) -> dict[str, int]:
        """Return how many different values of each target `text` holds."""
        held: dict[str, set[str]] = {}
        for mention in self.mentions(text):
            if mention.field in ("value", "trait"):
                said = normalise(text[mention.start : mention.end])
                held.setdefault(mention.request_id, set()).add(said)
        return {request_id: len(values) for request_id, values in held.items()}


def _is_register_form(typed: str) -> bool:
    """Feld, Marcus or FELD Marcus; in small letters, `long will` is no Will Long."""
    return "," in typed or all(word[0].isupper() for word in typed.split())


def _own_words(target: Target) -> set[str]:
    return {word for text in (*target.names, *target.values) for word in normalise(text).split()}


def _misspellable(target: Target) -> list[str]:
    """Names proper; not common words (baking, making), nor one word of a longer name."""
    return [
        name
        for name in target.names
        if any(word[0].isupper() for word in name.split()) and alias_field(name, target) != "part"
    ]


def _spelling(target: Target, name: str) -> tuple[list[str], Entry]:
    folded = [word.text for word in Skeleton(name).words]
    return folded, Entry(target.request_id, "spelling", name)
