"""Does this turn of the talk touch a target?

The question itself first. A question that leans on what was said ("where does he live?", "and the
phone number?") is read together with the turns before it, back to the one that says who is meant.
A question that no rule decides but that comes near a target is put before a judge, if there is one.

The order is that of DRAGON (2511.05784): name, nearness, judge. What differs: they are not summed.
A name settles it, nearness has thresholds of its own (`tools.guarding.targets`), and the judge is
the model, asked only about what is left.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from tools.guarding.judge import Judge
from tools.guarding.normalise import normalise
from tools.guarding.targets import Match, TargetIndex

REACH = 8
"""Turns looked back at most."""
_SHORT = 6
"""Words up to which a question without a name of its own is taken for a continuation."""

_LEANS = re.compile(
    r"\b(?:he|she|him|his|her|hers|they|them|their|theirs|it|its|this|that|those|these|same|former"
    r"|latter|person|man|woman|guy|er|sie|ihn|ihm|sein|seine|ihr|ihre|il|elle|lui|son|sa|ses"
    r"|el|ella|su|sus|lei|suo|sua)\b"
)
_CONTINUES = re.compile(r"^(?:and|but|so|also|what about|how about|what else|anything else|more)\b")


class Screen:
    """Looks a conversation up in an index; `judge` decides what comes near a target."""

    def __init__(self, index: TargetIndex, judge: Judge | None = None) -> None:
        self._index = index
        self._judge = judge

    def screen(self, turns: Sequence[str]) -> Match | None:
        """Return the target that the last of `turns` touches, or None.

        `turns` are oldest first, as typed; `Match.where` counts in them.
        """
        if not turns:
            return None
        found = self._index.match(turns[-1:])
        if found:
            return _moved(found, len(turns) - 1)
        if len(turns) > 1 and leans(turns[-1]) and not self._index.names_anybody(turns[-1]):
            found = self._meant(turns) or self._scattered(turns)
        return found or self._judged(turns)

    def _judged(self, turns: Sequence[str]) -> Match | None:
        """Return the nearest target that is suspected, if the judge finds the turn is about it."""
        if self._judge is None or self._judge.unfit:
            return None
        suspected = self._index.suspected(turns[-1])
        target = self._index.get(suspected.request_id) if suspected else None
        if not (suspected and target):
            return None
        about = self._judge("\n".join(target.names), "\n".join(target.values), turns[-1])
        return _moved(suspected, len(turns) - 1) if about else None

    def _meant(self, turns: Sequence[str]) -> Match | None:
        """Return the target of the latest earlier turn that names anybody, if it names one."""
        for where in range(len(turns) - 2, max(-1, len(turns) - 2 - REACH), -1):
            if found := self._index.match([turns[where]]):
                return _moved(found, where)
            if self._index.names_anybody(turns[where]):
                return None
        return self._index.match([" ".join(turns[-REACH:])])

    def _scattered(self, turns: Sequence[str]) -> Match | None:
        """Return the target whose name was given a word here and a word there, by itself each."""
        said: dict[str, set[str]] = defaultdict(set)
        for turn in reversed(turns[-REACH:]):
            if self._index.names_in_full(turn):
                break
            for mention in self._index.mentions(turn):
                if mention.field == "part":
                    said[mention.request_id].add(normalise(turn[mention.start : mention.end]))
        for request_id, words in said.items():
            target = self._index.get(request_id)
            if target and words >= set(normalise(target.subject).split()):
                span = (0, len(turns[-1]))
                return Match(request_id, "alias", 0.9, len(turns) - 1, span, target.subject)
        return None


def leans(question: str) -> bool:
    """Say whether `question` can only be understood with what was said before."""
    folded = normalise(question)
    return (
        _LEANS.search(folded) is not None
        or _CONTINUES.match(folded) is not None
        or len(folded.split()) <= _SHORT
    )


def _moved(match: Match, where: int) -> Match:
    return Match(match.request_id, match.kind, match.score, where, match.span, match.text)
