"""Does this turn of the talk touch a target?

The question itself first. A question that leans on what was said ("where does he live?", "and the
phone number?") is read together with the turns before it, back to the one that says who is meant.
"""

import re
from collections.abc import Sequence

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
    """Looks a conversation up in an index."""

    def __init__(self, index: TargetIndex) -> None:
        self._index = index

    def screen(self, turns: Sequence[str]) -> Match | None:
        """Return the target that the last of `turns` touches, or None.

        `turns` are oldest first, as typed; `Match.where` counts in them.
        """
        if not turns:
            return None
        last = len(turns) - 1
        found = self._index.match(turns[-1:])
        if found:
            return _moved(found, last)
        if not leans(turns[-1]) or self._index.names_anybody(turns[-1]):
            return None
        return self._meant(turns)

    def _meant(self, turns: Sequence[str]) -> Match | None:
        """Return the target of the latest earlier turn that names anybody, if it names one."""
        for where in range(len(turns) - 2, max(-1, len(turns) - 2 - REACH), -1):
            if found := self._index.match([turns[where]]):
                return _moved(found, where)
            if self._index.names_anybody(turns[where]):
                return None
        return self._index.match([" ".join(turns[-REACH:])])


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
