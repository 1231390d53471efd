"""What the agents of a strategy did, as it may be shown: without what they were to keep back."""

import re

from tools.guarding.audit import Audit
from tools.guarding.strategy import Step

WITHHELD = "[withheld]"

_PIECE = re.compile(r"(?<=[.!?…])\s+|\n+")


def redacted(step: Step, question: str, about: str, audit: Audit) -> Step:
    """Return `step` with every sentence that gives a target away replaced by a mark.

    A text that gives one away only as a whole is withheld as a whole.
    """

    def kept_back(text: str) -> bool:
        if step.free:
            return audit.doubts(text, question, about)
        return audit.check(text, question, about) is not None

    pieces = [WITHHELD if kept_back(piece) else piece for piece in _PIECE.split(step.said)]
    said = "\n".join(_merged(pieces))
    told = audit.check(said, question, about) is not None
    return Step(step.agent, WITHHELD if told else said, step.free)


def _merged(pieces: list[str]) -> list[str]:
    """Return `pieces` with neighbouring marks as one: their number tells nothing."""
    return [
        piece for place, piece in enumerate(pieces)
        if piece != WITHHELD or place == 0 or pieces[place - 1] != WITHHELD
    ]
