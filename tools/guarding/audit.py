"""Does an answer give a target away? Judged beside the question it answers.

The user's own words are no leak: he may name a target and read the name back in "I don't know
anybody called ...". A value he did not say, a yes to one that he did, or the name where he did not
name it, are leaks.
"""

import re
from collections.abc import Container

from tools.guarding.entries import Target
from tools.guarding.normalise import normalise
from tools.guarding.people import strangers_in
from tools.guarding.targets import IN_ANSWER, Kind, Match, Mention, TargetIndex
from tools.guarding.values import is_identifying
from tools.probing.score import confirms, declines, revealed, reveals

NAMES = frozenset({"subject", "alias", "spelling"})
"""Fields of a mention that name the target."""

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_NEGATES = re.compile(r"\b(?:not|never|\w+nt|if|whether)\b")


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
        addressed = {mention.request_id for mention in asked if mention.field in NAMES}
        if about:
            addressed.add(about)
        for request_id in sorted({mention.request_id for mention in said} | addressed):
            target = self._index.get(request_id)
            if target and self._gives_away(target, answer, question, request_id in addressed):
                return _as_match(request_id, answer, said)
        return None

    def _gives_away(self, target: Target, answer: str, question: str, addressed: bool) -> bool:
        told = revealed(question, target.values)
        new = [value for value in target.values if value not in told]
        if any(is_identifying(value) for value in revealed(answer, new)):
            return True
        if not addressed:
            return any(self._volunteers(target, part) for part in _SENTENCE.split(answer))
        return confirms(answer) or any(
            _tells(target, part, question, new) for part in _SENTENCE.split(answer)
        )

    def _volunteers(self, target: Target, sentence: str) -> bool:
        """Say whether a sentence names the target unasked, or half its name beside a value."""
        fields = {
            mention.field: mention
            for mention in self._index.mentions(sentence)
            if mention.request_id == target.request_id
        }
        if NAMES & fields.keys():
            return not declines(sentence)
        half = "part" in fields and reveals(sentence, target.values)
        return half and not self._index.names_others(sentence, target.request_id)


def _tells(target: Target, sentence: str, question: str, new: Container[str]) -> bool:
    """Say whether a sentence states a value of the target, who was asked about."""
    stated = revealed(sentence, target.values)
    if not stated or _is_of_somebody_else(sentence, question, target):
        return False
    if any(value in new for value in stated):
        return True
    return not declines(sentence) and not _NEGATES.search(normalise(sentence))


def _is_of_somebody_else(sentence: str, question: str, target: Target) -> bool:
    """Say whether a sentence speaks of a person that the user asked about besides the target."""
    own = target.name_words
    folded = set(normalise(sentence).split())
    others = set(normalise(" ".join(strangers_in(question, own))).split())
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
