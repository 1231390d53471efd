"""Writes one answer token by token, held to a grammar and steered away from words.

After GUARD (arXiv 2505.13312) and STaR (arXiv 2601.09281), which ban the token that completes a
forbidden token sequence. Here the *text* with the token is judged, so that no other way of cutting
it into tokens leads around. The chosen token is judged alone; a refused one gets -inf and the
choice is made again, which at any temperature equals masking every refused token beforehand. There
are no beams: where nothing is left, the answer ends.

No text is given out that would say what is forbidden if it ended there, so the answer may end
anywhere. A token after which it would (the "Oslo" of "Oslovian") is taken only together with the
next one, if that carries the word on.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tools.models.chat_context import ChatContext
from tools.models.grammar import Grammar
from tools.models.sampler import Sampler
from tools.models.tokens import Detokeniser, Vocabulary
from tools.models.types import Steering

Logits = NDArray[np.float32]

REFUSALS = 64
"""Tokens refused in one place before the answer is ended there."""
END = "\n"
"""Stands for the end of an answer: behind it no word can grow."""


class Writer:
    """One answer, on a context whose prompt has been read.

    `begun` is the start of the answer that the prompt ended with; `penalty`, float32[vocabulary],
    is taken off the logits.
    """

    def __init__(
        self, context: ChatContext, vocabulary: Vocabulary, sampler: Sampler, *,
        grammar: Grammar | None = None, steering: Steering | None = None,
        penalty: Logits | None = None, begun: str = "",
    ) -> None:
        self._context, self._vocabulary, self._sampler = context, vocabulary, sampler
        self._grammar, self._steering, self._penalty = grammar, steering, penalty
        self._text = Detokeniser(vocabulary)
        # What the caller has said himself is his: judged is what it grows to.
        self._said = "" if self._forbids(begun + END) else begun

    def pieces(self, most: int) -> Iterator[str]:
        """The text that token after token completes, possibly none, until the answer ends or has
        `most` tokens."""
        left = most
        while left > 0 and (tokens := self._next(left)):
            left -= len(tokens)
            piece = "".join(map(self._text.push, tokens))
            self._said += piece
            yield piece
            self._take(tokens[-1])  # the first of two has been read already

    def _next(self, left: int) -> list[int]:
        """The tokens to take now, one or two; none where the answer ends."""
        logits = self._logits()
        for _ in range(REFUSALS):
            token = self._choose(logits)
            if token is None or self._vocabulary.ends(token):
                return []
            if self._steering is None:
                return [token]
            rest = _without(logits, token)  # now, for a look ahead overwrites the logits
            if tokens := self._judged(token, left):
                return tokens
            logits = rest
        return []

    def _judged(self, token: int, left: int) -> list[int]:
        """The token, alone or with the one that carries its word on; none if it is refused."""
        text = self._said + self._text.preview(token)
        if not self._forbids(text + END):
            return [token]
        if self._forbids(text) or left < 2 or self._grammar or not self._context.rewinds:
            return []
        self._context.step([token])
        following = self._choose(self._logits())
        if following is not None and self._carries_on(token, following):
            return [token, following]
        self._context.undo()
        return []

    def _carries_on(self, token: int, following: int) -> bool:
        """Whether the second token grows the first one's word into a harmless one."""
        if self._vocabulary.ends(following):
            return False
        return not self._forbids(self._said + self._text.preview(token, following) + END)

    def _choose(self, logits: Logits) -> int | None:
        """A token that the grammar allows; None when there is none."""
        token = self._drawn(logits)
        if token is None or self._grammar is None or self._grammar.allows(token):
            return token
        return self._drawn(self._grammar.masked(logits))

    def _drawn(self, logits: Logits) -> int | None:
        return None if np.isneginf(logits.max()) else self._sampler.choose(logits)

    def _logits(self) -> Logits:
        logits = self._context.logits()
        return logits if self._penalty is None else logits - self._penalty

    def _take(self, token: int) -> None:
        if self._grammar is not None:
            self._grammar.accept(token)
        self._context.step([token])

    def _forbids(self, text: str) -> bool:
        return self._steering is not None and self._steering.forbids(text)


def _without(logits: Logits, token: int) -> Logits:
    rest = logits.copy()
    rest[token] = -np.inf
    return rest
