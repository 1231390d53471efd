"""Hold-back filter: text is shown a sentence at a time, once it is known to be harmless.

A sentence is released when everything said so far, with it, passes the check, and as far as no
forbidden phrase can still complete from its end. What is released does not depend on how the
stream was cut into chunks.
"""

import re
from collections.abc import Callable

from tools.guarding.targets import Match

_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]*_]*(?=\s)|[。！？]|\n")
_CLOSED = re.compile(r"(?<![\w@.+-])[^\W\d_]+[\"'”’)\]*_]*[.!?…。！？][\"'”’)\]*_]*\s*$")
"""The end of a sentence; not a point that may as well stand inside an address or a number."""

WINDOW = 4
"""Characters of a phrase not yet complete that the guard shows: an article, not half a name."""
LONGEST = 400
"""Characters after which a sentence without an end is checked at the next space."""
CONTEXT = 4_000
"""Characters of the answer, up to the sentence in question, that are checked together."""


class Blocked(Exception):
    """An outcome, not an error: the text ran into a target; `released` had been shown,
    nothing of the rest will be."""

    def __init__(self, match: Match, released: str) -> None:
        super().__init__(f"held back by request {match.request_id}")
        self.match = match
        self.released = released


def _never(_text: str) -> int | None:
    return None


class StreamFilter:
    """Feeds on a stream and gives back what may be shown.

    `forbidden` judges a text (the answer so far). `unfinished` returns where the end of a text
    begins that a forbidden phrase could still complete, or None. `window` is how many characters
    of such an unfinished phrase may be shown all the same: no answer waits for a final "the".
    """

    def __init__(
        self,
        forbidden: Callable[[str], Match | None],
        unfinished: Callable[[str], int | None] = _never,
        *,
        window: int = 0,
    ) -> None:
        self._forbidden = forbidden
        self._unfinished = unfinished
        self._window = window
        self._text = ""
        self._checked = 0
        self._released = 0
        self._match: Match | None = None

    def feed(self, chunk: str) -> str:
        """Take `chunk` in and return the text that may be shown now, often none.

        Raises:
            Blocked: a sentence that is complete now runs into a target. What came before it in the
                same chunk is returned first; then the next call raises.
        """
        self._text += chunk
        before = self._released
        while self._match is None and (boundary := self._boundary()) is not None:
            self._pass(boundary)
        return self._shown_from(before)

    def finish(self) -> str:
        """Return what is left, the stream being over.

        An end that breaks off inside a forbidden phrase is cut away.

        Raises:
            Blocked: the rest runs into a target.
        """
        before = self._released
        if self._match is None:
            self._pass(len(self._text))
        if self._match is None and _CLOSED.search(self._text):
            self._released = len(self._text)
        return self._shown_from(before)

    def _shown_from(self, before: int) -> str:
        """What was released since `before`; nothing and a match: the text ends here."""
        if self._match is not None and self._released == before:
            raise Blocked(self._match, self._text[:before])
        return self._text[before : self._released]

    def _boundary(self) -> int | None:
        """Return the next place to check at, as soon as the text shows that it is one."""
        found = _SENTENCE_END.search(self._text, self._checked)
        ends = [found.end()] if found else []
        if len(self._text) > self._checked + LONGEST:
            space = re.compile(r"\s").search(self._text, self._checked + LONGEST)
            ends += [space.start()] if space else []
        if len(self._text) > self._checked + 2 * LONGEST:
            ends.append(self._checked + 2 * LONGEST)
        return min(ends, default=None)

    def _pass(self, boundary: int) -> None:
        """Check the text up to `boundary` and release what no phrase can still claim."""
        self._checked = boundary
        said = self._text[max(0, boundary - CONTEXT) : boundary]
        self._match = self._forbidden(said)
        if self._match is not None:
            return
        held = self._held_from(boundary)
        self._released = max(self._released, boundary if held is None else held)

    def _held_from(self, boundary: int) -> int | None:
        offset = max(0, boundary - CONTEXT)
        start = self._unfinished(self._text[offset:boundary])
        if start is None or len(self._text[offset + start : boundary].strip()) <= self._window:
            return None
        return offset + start
