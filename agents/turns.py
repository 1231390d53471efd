"""What may be taken for a turn at all, checked once for every face of the product."""

import unicodedata

from agents.errors import TurnRefused

LONGEST = 32_768
"""Characters of one turn; more than any model here reads, far less than what would stall it."""

_KEPT = {"\n", "\t"}


def checked(text: str) -> str:
    """`text` as a turn: carriage returns unified, outer space removed.

    Raises:
        TurnRefused: it is empty, too long, or holds control characters or broken UTF-8.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise TurnRefused("the turn is empty; type a question or an order")
    if len(text) > LONGEST:
        raise TurnRefused(f"the turn has {len(text)} characters; at most {LONGEST} are taken")
    for character in text:
        if character not in _KEPT and unicodedata.category(character) in ("Cc", "Cs"):
            raise TurnRefused(f"the turn holds the control character {character!r}; remove it")
    return text
