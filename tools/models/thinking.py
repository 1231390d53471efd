"""Tells a reasoning model's thought from its answer, in one stream of text.

A thought stands between `<think>` and `</think>`, as DeepSeek-R1 and Qwen3 write it; every model
client brings other forms into this one. Blanks next to a tag belong to it and are dropped. It does
not know what is done with a thought.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

OPEN, CLOSE = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of a stream, never empty; `thought` tells reasoning from answer."""

    text: str
    thought: bool


def separated(pieces: Iterable[str]) -> Iterator[Piece]:
    """The same text without its tags, each piece a thought's or the answer's, as it comes.

    Thoughts may be several, empty, or never closed. A stream that begins with the closing tag is an
    answer whose thought was opened, and left empty, in the prompt; a closing tag further on without
    an opening one is plain text, for what was given out as the answer cannot be taken back. How the
    stream is cut into pieces makes no difference.
    """
    splitter = _Splitter()
    for piece in pieces:
        yield from splitter.push(piece)
    yield from splitter.finish()


def left_open(prompt: str, begun: str = "") -> bool:
    """Whether a prompt ends inside a thought; `begun` is the start of the answer it ends with."""
    tags = begun.rfind(OPEN), begun.rfind(CLOSE)
    if max(tags) >= 0:
        return tags[0] > tags[1]
    return prompt.removesuffix(begun).rstrip().endswith(OPEN)


class _Splitter:
    def __init__(self) -> None:
        self._held = ""
        self._thought = False
        self._silent = True  # nothing was given out so far
        self._after_tag = True

    def push(self, text: str) -> Iterator[Piece]:
        self._held += text
        while (found := self._next_tag()) is not None:
            at, tag = found
            yield from self._give(self._held[:at])
            self._held = self._held[at + len(tag) :]
            self._thought, self._after_tag = tag == OPEN, True
        ready = len(self._held) - self._unfinished()
        yield from self._give(self._held[:ready])
        self._held = self._held[ready:]

    def finish(self) -> Iterator[Piece]:
        yield from self._give(self._held)

    def _give(self, text: str) -> Iterator[Piece]:
        if text := text.lstrip() if self._after_tag else text:
            self._silent = self._after_tag = False
            yield Piece(text, self._thought)

    def _next_tag(self) -> tuple[int, str] | None:
        """Where the next tag that counts here is, and which."""
        if self._may_close_at_once() and self._held.lstrip().startswith(CLOSE):
            return self._held.index(CLOSE), CLOSE
        tag = CLOSE if self._thought else OPEN
        at = self._held.find(tag)
        return (at, tag) if at >= 0 else None

    def _unfinished(self) -> int:
        """Letters at the end that may be the beginning of a tag."""
        start = self._held.lstrip()
        if self._may_close_at_once() and start and CLOSE.startswith(start):
            return len(start)
        tag = CLOSE if self._thought else OPEN
        lengths = range(min(len(tag) - 1, len(self._held)), 0, -1)
        return next((size for size in lengths if self._held.endswith(tag[:size])), 0)

    def _may_close_at_once(self) -> bool:
        return self._silent and not self._thought
