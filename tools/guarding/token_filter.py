"""Keeps forbidden phrases out of an answer while it is written, token by token.

The hard half of GUARD (arXiv 2505.13312) and STaR (arXiv 2601.09281), on folded text in place of
token sequences: `Marcus  FELD`, `M@rcus Feld` and `Marcus-Feld` are one phrase. It judges texts and
knows no tokens; who asks it is `tools.models.writing`.

A phrase counts once its last word is known to have ended: "Oslo" at the very end of a text may
still become "Oslovian". Who may not end there asks with a line end behind the text.
"""

from collections.abc import Iterable, Sequence

from tools.guarding.characters import fold_character
from tools.guarding.normalise import Skeleton, skeleton, skeletons
from tools.guarding.phrases import Found, Phrases

_LAST = 66
"""Letters that one piece can add to a text: so far from its end may a phrase lie that was still
growing before. No vocabulary has a longer token."""


class TokenFilter:
    """Forbids texts in which one of `forbidden` has been said.

    What occurs in `allowed`, the user's own question, he may read back. `discouraged` are words
    made less likely, as a steering of a model has them.
    """

    def __init__(
        self, forbidden: Iterable[str], allowed: str = "", discouraged: Sequence[str] = ()
    ) -> None:
        self.discouraged = tuple(discouraged)
        folded = {skeleton(phrase) for phrase in forbidden} - {""}
        self._phrases = _registered(folded - _said(folded, allowed))
        self._needed = max(map(len, folded), default=0) + _LAST

    def forbids(self, text: str) -> bool:
        """Whether a forbidden phrase is complete near the end of `text`, its last word ended.

        Whoever asks has asked before his last piece: what lies further back is not read again.
        """
        if not len(self._phrases):
            return False
        end = self._end_of(text)
        return any(
            _is_over(found, letters, end) for letters in skeletons(end)
            for found in self._phrases.find(letters)
        )

    def _end_of(self, text: str) -> str:
        """As much of the end of `text` as a phrase can take, from the beginning of a word on.

        Counted in letters, so that no number of dots and blanks inside a phrase hides it.
        """
        letters = 0
        for index in range(len(text) - 1, -1, -1):
            folded = fold_character(text[index])
            letters += len(folded.replace(" ", ""))
            if letters >= self._needed and " " in folded:
                return text[index:]
        return text


def _registered(phrases: Iterable[str]) -> Phrases[str]:
    found: Phrases[str] = Phrases()
    for phrase in phrases:
        found.add(phrase, phrase, "")
    return found


def _said(phrases: Iterable[str], text: str) -> set[str]:
    """Those of some folded phrases that a text says."""
    sought = _registered(phrases)
    return {found.label for letters in skeletons(text) for found in sought.find(letters)}


def _is_over(found: Found[str], letters: Skeleton, text: str) -> bool:
    """Whether nothing that may follow `text` can grow the phrase's last word."""
    last = len(letters.text)
    if found.end < last - 1 or (found.end < last and found.end in letters.ends):
        return True
    behind = text[letters.words[-1].end :]
    return any(" " in fold_character(character) for character in behind)
