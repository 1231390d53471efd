"""The targets, and which of them a text touches.

Exact phrases first (`Phrases`), then names with a slip (`Misspellings`), then nearness in meaning
(`VectorIndex`). The index reports every mention; what a mention means for a question, an answer or
a memory is decided by those who ask.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence

from tools.guarding.decoding import readings
from tools.guarding.entries import Entry, Field, Target, entries, misspellable
from tools.guarding.matches import IN_ANSWER, Find, Kind, Match, Mention, Traits
from tools.guarding.normalise import Skeleton, normalise, skeletons
from tools.guarding.people import (
    COMMON,
    ORDINARY_NAMES,
    KnownNames,
    Words,
    beside_a_name,
    is_typed_as_name,
    strangers_in,
)
from tools.guarding.phrases import Phrases
from tools.guarding.semantic import Embedder, VectorIndex, Vectors
from tools.guarding.spelling import Misspellings, Slip

__all__ = ["IN_ANSWER", "Kind", "Match", "Mention", "Target", "TargetIndex"]

_KIND: dict[Field, Kind] = {
    "subject": "exact",
    "alias": "alias",
    "part": "alias",
    "spelling": "fuzzy",
    "value": "value",
}
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
SUSPICIOUS = 0.8
"""Cosine from which a text that shares no value with a target is suspected to be about it."""

_LONG_WORD = 8
"""Letters from which a word one slip away from a name is hardly ever another word."""
_TELLING_OTHERWISE = 6
"""Letters a phrase needs where the whole text is read in another way, backwards for one: "not" and
"now" are everywhere, Ton and Won are not meant."""


class TargetIndex:
    """Targets by request id; adding, removing and looking up are safe from several threads.

    `known_names` tells which names belong to other people; without it a single word of a longer
    name never counts alone. Without `embedder` nothing is found by meaning.
    """

    def __init__(self, embedder: Embedder | None = None, known_names: Iterable[str] = ()) -> None:
        self._embedder = embedder
        self._lock = threading.RLock()
        self._targets: dict[str, Target] = {}
        self._own: dict[str, Words] = {}
        self._phrases: Phrases[Entry] = Phrases()
        self._misspelled = Misspellings()
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
        """Register `target`, in place of an earlier one of the same request.

        Costs the same with many targets as with few.
        """
        with self._lock:
            self.remove(target.request_id)
            self._targets[target.request_id] = target
            self._own[target.request_id] = Words((*target.names, *target.values))
            for letters, entry in entries(target).items():
                self._phrases.add(letters, entry, target.request_id)
            for name in misspellable(target):
                self._misspelled.add(name, target.request_id)
            self._meanings.add(target.request_id, target.vectors)

    def remove(self, request_id: str) -> None:
        """Forget about the target of `request_id`; unknown ids are ignored."""
        with self._lock:
            target = self._targets.pop(request_id, None)
            if target is None:
                return
            del self._own[request_id]
            for letters, entry in entries(target).items():
                self._phrases.remove(letters, entry, request_id)
            for name in misspellable(target):
                self._misspelled.remove(name, request_id)
            self._meanings.remove(request_id)

    def mentions(self, text: str) -> list[Mention]:
        """Return every phrase of every target in `text`, disguised ones too, in order of place."""
        with self._lock:
            found = {
                Mention(owner, find.field, find.start, find.end, find.encoded)
                for find in self._finds(text)
                for owner in find.owners
            }
        return sorted(found, key=lambda mention: (mention.start, -mention.end, mention.field))

    def _finds(self, text: str) -> list[Find]:
        """Return what `text` holds, in order of place; each phrase once, whoever shares it."""
        if not self._targets:
            return []
        finds = [
            Find(find.field, find.owners, *place, encoded=reading.origin is not None)
            for reading in readings(text)
            for letters in skeletons(reading.text)
            for find in (*self._exact(letters, reading.text), *self._slips(letters, reading.text))
            if (place := reading.place((find.start, find.end)))
            and not (reading.origin == (0, len(text)) and _is_short(reading.text, find))
        ]
        return sorted(finds, key=lambda find: (find.start, -find.end, find.field))

    def _exact(self, letters: Skeleton, text: str) -> Iterator[Find]:
        for found in self._phrases.find(letters):
            span, entry = letters.span(found.start, found.end), found.label
            if entry.fits(text, *span):
                field_: Field = "alias" if entry.field == "register" else entry.field
                yield Find(field_, found.owners, *span)

    def _slips(self, letters: Skeleton, text: str) -> Iterator[Find]:
        for slip in self._misspelled.find([word.text for word in letters.words]):
            words = letters.words[slip.start : slip.end]
            start, end = words[0].start, words[-1].end
            # What is written as some target's name or value has no slip, whatever else is near.
            if "".join(word.text for word in words) in self._phrases:
                continue
            if text[start:end] not in self.names and _is_slip_of_name(slip, text, start, end):
                yield Find("spelling", slip.owners, start, end)

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
        # Both are looked for, whatever the first finds: a name must not be answered sooner.
        described = [self._described(where, text) for where, text in enumerate(texts)]
        with self._lock:
            named = self._named(texts)
        return named or next(filter(None, described), None)

    def _named(self, texts: Sequence[str]) -> Match | None:
        """Return the most telling find that counts, the first of its kind."""
        found = [
            (kind, where, find)
            for where, text in enumerate(texts)
            for find in self._finds(text)
            if (kind := _KIND.get(find.field))
        ]
        for kind, where, find in sorted(found, key=lambda each: _RANK[each[0]]):
            owner = self._meant(find, texts[where])
            if owner is not None:
                span = find.start, find.end
                return Match(owner, kind, _SCORE[kind], where, span, texts[where][slice(*span)])
        return None

    def _meant(self, find: Find, text: str) -> str | None:
        """Return the first target that a find is about: of names any; of a value none where
        somebody else is asked about ("Is 555-1234 Anna Berg's number?"), nor of half a name."""
        if find.field == "part" and not self._is_alone(find, text):
            return None
        if find.field not in ("part", "value"):
            return next(iter(find.owners))
        return self._not_of_others(find.owners, text, fully=find.field == "value")

    def _not_of_others(self, owners: Iterable[str], text: str, *, fully: bool) -> str | None:
        """Return the first of `owners` in whose place `text` names nobody else."""
        typed = {normalise(word) for name in strangers_in(text, ()) for word in name.split()}
        anybody = typed or self.names.named_in(text)
        for owner in owners:
            # Looked at first because it is quick: thousands may share what the text says.
            if not fully and not all(word in self._own[owner] for word in typed):
                continue
            if not anybody or not self.names_others(text, owner, fully=fully):
                return owner
        return None

    def _is_alone(self, part: Find, text: str) -> bool:
        """Say whether one word of a name can only mean its target: nobody else bears it, and it is
        typed as a name. (That no other name may stand beside it is seen to elsewhere.)

        Where it is known neither who else there is nor anything of the target, its surname has to
        do: nothing else could give it away.
        """
        word = text[part.start : part.end]
        folded = normalise(word)
        if not word[0].isupper():
            return False
        if self.names.sharers(folded) == 1 and text[: part.start].strip():
            return True
        return not self.names and folded not in COMMON | ORDINARY_NAMES and any(
            not target.values and normalise(target.subject).split()[-1] == folded
            for target in map(self._targets.__getitem__, part.owners)
        )

    def alone(self, mention: Mention, text: str) -> bool:
        """Say whether a mention of one word of a name can, in `text`, only mean its target."""
        part = Find("part", {mention.request_id}, mention.start, mention.end)
        return (
            mention.field == "part"
            and self._is_alone(part, text)
            and not beside_a_name(text, part.start, part.end)
        )

    def names_others(self, text: str, request_id: str, *, fully: bool = False) -> bool:
        """Say whether `text` names somebody who is not the target of `request_id`.

        `fully`: by more than one word, so that a chance capital is not taken for a person.
        """
        target = self._targets[request_id]
        if self.names.named_in(text) - {normalise(name) for name in target.names}:
            return True
        strangers = strangers_in(text, self._own[request_id])
        return any(" " in name or not fully for name in strangers)

    def names_anybody(self, text: str) -> bool:
        """Say whether `text` holds a known name, or a word typed as a name inside a sentence."""
        return bool(self.names.named_in(text) or strangers_in(text, ()))

    def names_in_full(self, text: str) -> bool:
        """Say whether `text` names somebody by more than one word."""
        return bool(self.names.named_in(text)) or any(" " in n for n in strangers_in(text, ()))

    def suspected(self, text: str) -> Match | None:
        """Return the nearest target that `text` may be about although no rule says so, or None.

        It shares a value with the target and is near, or none and is rather near.
        """
        return self._described(0, text, least=1, similar=SUSPICIOUS)

    def _described(
        self, where: int, text: str, least: int = TRAITS, similar: float = SIMILAR
    ) -> Match | None:
        if self._embedder is None or not self._meanings:
            return None
        vector = self._embedder.embed([text])[0]
        with self._lock:
            traits = Traits(self._finds(text), text)
            scores = self._alike(vector, traits, traits.owners(least), similar)
            owner = self._not_of_others(scores, text, fully=False)
        if owner is None:
            return None
        return Match(owner, "semantic", scores[owner], where, (0, len(text)), text)

    def _alike(
        self, vector: Vectors, traits: Traits, sharing: set[str], similar: float
    ) -> dict[str, float]:
        """Return the cosines of those whom a text may describe, the best first: near ones among
        those `sharing` enough values with it, and from `similar` on those that share none."""
        likely = traits.without(self._meanings.likely(vector, similar))
        scores = self._meanings.scores(vector, sharing | likely)
        floors = {False: similar, True: SIMILAR_WITH_TRAITS}
        near = {one: score for one, score in scores.items() if score >= floors[one in sharing]}
        return dict(sorted(near.items(), key=lambda item: -item[1]))

    def traits(self, text: str) -> dict[str, int]:
        """Return how many different values of each target `text` holds."""
        with self._lock:
            return Traits(self._finds(text), text).counts()


def _is_short(text: str, find: Find) -> bool:
    return sum(map(str.isalnum, text[find.start : find.end])) < _TELLING_OTHERWISE


def _is_slip_of_name(slip: Slip, text: str, start: int, end: int) -> bool:
    """Prince with a slip is a price: one short word must be typed as a name."""
    long = slip.end - slip.start > 1 or end - start >= _LONG_WORD
    return long or is_typed_as_name(text, start, end)
