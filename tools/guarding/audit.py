"""Does an answer give a target away? Judged beside the question it answers.

The user's own words are no leak: he may name a target and read the name back in "I don't know
anybody called ...". A value he did not say, a yes to one that he did, or the name where he did not
name it, are leaks.
"""

import re
from collections.abc import Container

from tools.guarding.doubt import doubtful
from tools.guarding.entries import Target
from tools.guarding.normalise import normalise
from tools.guarding.people import strangers_in
from tools.guarding.targets import IN_ANSWER, Kind, Match, Mention, TargetIndex
from tools.guarding.values import is_identifying, pieces
from tools.probing.score import confirms, declines, denies, revealed, reveals

NAMES = frozenset({"subject", "alias", "spelling"})
"""Fields of a mention that name the target."""

TELLING = NAMES | {"value"}
"""Fields of a mention in an answer that can give a target away by itself."""
MANY = 64
"""Bearers of a name looked at one by one; with a hundred thousand targets there are hundreds."""

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_INITIAL = re.compile(r"\b[^\W\d_]\.")


def leaks(answer: str, target: Target, question: str = "") -> bool:
    """Say whether `answer`, given to `question`, gives `target` away."""
    index = TargetIndex()
    index.add(target)
    return Audit(index).check(answer, question) is not None


class Audit:
    """The judgement over all targets of an index; only those mentioned cost time."""

    def __init__(self, index: TargetIndex) -> None:
        self._index = index

    def check(self, answer: str, question: str = "", about: str | None = None) -> Match | None:
        """Return the target that `answer` gives away, or None.

        `about` is the request a question is known to be about although it does not name it
        ("where does he live?").
        """
        said, asked = self._index.mentions(answer), self._index.mentions(question)
        addressed = _owners(asked, NAMES)
        if about:
            addressed.add(about)
        if len(unasked := _owners(said, NAMES) - addressed) > 1:  # a list of them
            return _as_match(min(unasked), answer, said)
        for request_id in sorted(addressed | _owners(said, TELLING) | _half_named(said, asked)):
            target = self._index.get(request_id)
            named = request_id in addressed
            if target and self._gives_away(target, answer, question, addressed=named):
                return _as_match(request_id, answer, said)
        return None

    def doubts(self, text: str, question: str, about: str) -> bool:
        """Say whether what a model wrote knowing the target of request `about` must be kept back:
        what gives a known value away, and what may tell something that nobody elicited."""
        target = self._index.get(about)
        if target and doubtful(text, question, target):
            return True
        asked = _owners(self._index.mentions(question), NAMES) | {about}
        if _owners(self._index.mentions(text), NAMES) - asked:
            return True
        return self.check(text, question, about) is not None

    def _gives_away(
        self, target: Target, answer: str, question: str, *, addressed: bool
    ) -> bool:
        values = pieces(target.values)
        told = revealed(question, values)
        new = [value for value in values if value not in told]
        if any(is_identifying(value) for value in revealed(answer, new)):
            return True
        if not addressed:
            half = self._half_named(target, question)
            return any(
                self._volunteers(target, part, half=half) for part in _SENTENCE.split(answer)
            )
        return confirms(answer) or any(
            _tells(target, part, question, new) for part in _SENTENCE.split(answer)
        )

    def _half_named(self, target: Target, question: str) -> bool:
        """Say whether a question holds half the target's name and nobody else's: "Mr. Feld",
        "M. Feld"."""
        mentions = self._index.mentions(question)
        if not any((m.request_id, m.field) == (target.request_id, "part") for m in mentions):
            return False
        return not self._index.names_others(_INITIAL.sub("", question), target.request_id)

    def _volunteers(self, target: Target, sentence: str, *, half: bool) -> bool:
        """Say whether a sentence names the target unasked, or half its name beside a value; the
        half may be in the question."""
        mentions = [
            mention
            for mention in self._index.mentions(sentence)
            if mention.request_id == target.request_id
        ]
        fields = {mention.field for mention in mentions}
        if NAMES & fields:
            return not declines(sentence)
        if not target.values and any(self._index.alone(mention, sentence) for mention in mentions):
            return not declines(sentence)
        own_half = "part" in fields
        if not (half or own_half) or not reveals(sentence, pieces(target.values)):
            return False
        # Beside half a name any capital may be its other half; without one it may be a city.
        return not self._index.names_others(sentence, target.request_id, fully=not own_half)


def _owners(mentions: list[Mention], fields: frozenset[str]) -> set[str]:
    return {mention.request_id for mention in mentions if mention.field in fields}


def _half_named(said: list[Mention], asked: list[Mention]) -> set[str]:
    """Return whose name answer or question hold a word of; of very many, those of whom the answer
    holds a value as well."""
    halves = _owners([*said, *asked], frozenset({"part"}))
    return halves if len(halves) <= MANY else halves & _owners(said, frozenset({"value", "trait"}))


def _tells(target: Target, sentence: str, question: str, new: Container[str]) -> bool:
    """Say whether a sentence states a value of the target, who was asked about."""
    stated = revealed(sentence, pieces(target.values))
    if not stated or _is_of_somebody_else(sentence, question, target):
        return False
    if any(value in new for value in stated):
        return True
    return not declines(sentence) and not denies(sentence)


def _is_of_somebody_else(sentence: str, question: str, target: Target) -> bool:
    """Say whether a sentence speaks of a person that the user asked about besides the target.

    A person goes by two words: a single capital may be a firm, a city or the letter of an option.
    """
    own = target.name_words
    folded = set(normalise(sentence).split())
    people = [name for name in strangers_in(question, own) if " " in name]
    others = set(normalise(" ".join(people)).split())
    for value in target.values:
        others -= set(normalise(value).split())
    return bool(others & folded) and not own & folded


def _as_match(request_id: str, answer: str, said: list[Mention]) -> Match:
    for mention in said:
        if mention.request_id == request_id:
            span = mention.start, mention.end
            kind: Kind = "exact" if mention.field in NAMES else "value"
            return Match(request_id, kind, 1.0, IN_ANSWER, span, answer[slice(*span)])
    return Match(request_id, "value", 1.0, IN_ANSWER, (0, len(answer)), answer)
