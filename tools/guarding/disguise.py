"""A question about a target turned into the same question about a stranger, and the way back.

The stranger stands where the target stood; in the reply he is replaced again by the words that the
user typed, so that nothing of the exchange shows.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tools.guarding.normalise import normalise
from tools.guarding.targets import Mention

THAT = "that"
"""What the stranger is called in the reply where the user typed no name for him."""

_PRONOUN = re.compile(r"\b(he|she|him|they|them|it|his|her|hers|their|theirs|its)\b", re.IGNORECASE)
_POSSESSIVE = frozenset("his her hers their theirs its".split())
_ANYBODY = r"(?:(?:a|the) )?(?:anyone|anybody|somebody|someone|person|people) (?:called|named) "

_GARBLED = 75.0
"""rapidfuzz ratio, 0..100, from which words of a reply are the stranger's name misspelled."""


@dataclass(frozen=True, slots=True)
class Disguise:
    """The disguised question, and for each stand-in the words it stands for."""

    question: str
    typed: dict[str, str]

    def undo(self, reply: str) -> str:
        """Return `reply` with every stand-in, whole, in part or garbled, taken back."""
        for stand_in, typed in self.typed.items():
            if typed == THAT:
                reply = re.sub(_ANYBODY + re.escape(stand_in), THAT, reply, flags=re.IGNORECASE)
            reply = _replaced(reply, stand_in, typed)
        for stand_in, typed in self.typed.items():
            reply = _ungarbled(reply, stand_in, typed)
            for word, own in _word_by_word(stand_in, typed):
                reply = _replaced(reply, word, own)
        return reply


def disguise(
    question: str, mentions: Iterable[Mention], stand_in: Callable[[Mention], str]
) -> Disguise:
    """Return `question` with each mentioned phrase replaced by its `stand_in`."""
    pieces, typed, end = [], dict[str, str](), 0
    for mention in _apart(mentions):
        words = question[mention.start : mention.end]
        stranger = stand_in(mention)
        typed.setdefault(stranger, THAT if mention.encoded else words)
        pieces += [question[end : mention.start], stranger]
        end = mention.end
    return Disguise("".join([*pieces, question[end:]]), typed)


def named_instead(question: str, stranger: str, typed: str) -> Disguise | None:
    """Return `question` with its pronouns replaced by `stranger`, None where it has none."""

    def name(found: re.Match[str]) -> str:
        return f"{stranger}'s" if found.group().casefold() in _POSSESSIVE else stranger

    named, count = _PRONOUN.subn(name, question)
    return Disguise(named, {stranger: typed}) if count else None


def part_of(stranger: str, subject: str, word: str) -> str:
    """Return the word of `stranger`'s name in the place that `word` has in `subject`."""
    own, other = normalise(subject).split(), stranger.split()
    folded = normalise(word)
    if len(own) == len(other) and folded in own:
        return other[own.index(folded)]
    return stranger


def _apart(mentions: Iterable[Mention]) -> list[Mention]:
    """Return mentions that do not overlap, longer ones first served, in order of place."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda mention: mention.start - mention.end):
        if all(mention.end <= other.start or mention.start >= other.end for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda mention: mention.start)


def _replaced(text: str, word: str, own: str) -> str:
    return re.sub(rf"\b{re.escape(word)}\b", lambda _found: own, text, flags=re.IGNORECASE)


def _word_by_word(stand_in: str, typed: str) -> list[tuple[str, str]]:
    """Pair the words of a stand-in with those typed; with all of them where they do not pair."""
    words, own = stand_in.split(), typed.split()
    if len(words) == len(own):
        return list(zip(words, own, strict=True))
    return [(word, typed) for word in words]


def _ungarbled(text: str, stand_in: str, typed: str) -> str:
    """Replace capitalised words of `text` that are the stand-in with letters wrong."""
    from rapidfuzz import fuzz

    size = len(stand_in.split())
    window = re.compile(r"(?=\b([A-Z]\w+" + r"\s+[A-Z]\w+" * (size - 1) + r"))")
    found = [match.span(1) for match in window.finditer(text)]
    for start, end in reversed(found):
        if fuzz.ratio(text[start:end].casefold(), stand_in.casefold()) >= _GARBLED:
            text = text[:start] + typed + text[end:]
    return text
