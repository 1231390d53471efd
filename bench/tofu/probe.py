"""What a model thinks of given answers, token by token, through llama.cpp in process.

Only four numbers a token are kept; the logits of one pass are overwritten by the next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.models import contexts, native
from tools.models.batch import SCORE_BUDGET
from tools.models.contexts import Tokens, Weights
from tools.models.lab import Lab

Floats = NDArray[np.float64]
Done = Callable[[int, int], None]
_LOGITS_BYTES = 64 << 20
"""Logits of one pass at most."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer's tokens, the end of the turn last: log-probability, whether it is the most likely
    token, and mean and variance of the log-probabilities of all tokens under their own
    distribution; (tokens,) each."""

    chances: Floats
    hits: NDArray[np.bool_]
    means: Floats
    variances: Floats

    @property
    def said(self) -> "Judged":
        """Without the end of the turn."""
        return Judged(self.chances[:-1], self.hits[:-1], self.means[:-1], self.variances[:-1])


def judge(
    lab: Lab, pairs: Sequence[tuple[str, str]], end: int, done: Done | None = None
) -> list[Judged]:
    """Each (question, answer) under the lab's model; `end` is the token that ends a turn."""
    prompts = [lab.prompt(question) for question, _answer in pairs]
    sequences = [
        [*prompt, *lab.tokens(answer), end]
        for prompt, (_question, answer) in zip(prompts, pairs, strict=True)
    ]
    starts = [len(prompt) for prompt in prompts]
    return lab.host.call(lambda: statistics(lab.weights, sequences, starts, done))


def statistics(
    weights: Weights, sequences: Sequence[Tokens], starts: Sequence[int], done: Done | None = None
) -> list[Judged]:
    """For each sequence the tokens from index `starts` on, given all before. On the owner thread.

    `done(sequences, of)` is called between passes.
    """
    if not sequences:
        return []
    length, width = max(map(len, sequences)), native.vocabulary_size(weights.pointer)
    budget = max(length + 3, min(SCORE_BUDGET, _LOGITS_BYTES // (4 * width)))
    streams = weights.streams(length, max(1, budget // length))
    found: dict[int, Judged] = {}
    with contexts.open_context(weights, streams, length, streams * (length + 3)) as context:
        for pack in contexts.packs([len(s) for s in sequences], streams, budget):
            marks = _marks(pack, sequences, starts)
            rows = [sequences[member] for member in pack.members]
            contexts.decode_pack(context, rows, pack.length, marks)
            table = contexts.logits(context, int(marks.sum()), width)
            begin = 0
            for member in pack.members:
                targets = sequences[member][starts[member]:]
                found[member] = _judged(table[begin : begin + len(targets)], targets)
                begin += len(targets)
            if done:
                done(len(found), len(sequences))
    return [found[index] for index in range(len(sequences))]


def _marks(
    pack: contexts.Pack, sequences: Sequence[Tokens], starts: Sequence[int]
) -> NDArray[np.int8]:
    """(members, length), 1 where the next token is one of the answer's."""
    marks = np.zeros((len(pack.members), pack.length), np.int8)
    for row, member in enumerate(pack.members):
        marks[row, starts[member] - 1 : len(sequences[member]) - 1] = 1
    return marks


def _judged(logits: NDArray[np.float32], targets: Tokens) -> Judged:
    """From the rows of logits (tokens, vocabulary) that come before the targets."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    chances = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    shares = np.exp(chances)
    means = (shares * chances).sum(axis=1)
    variances = (shares * chances**2).sum(axis=1) - means**2
    own = chances[np.arange(len(targets)), list(targets)]
    hits = logits.argmax(axis=1) == np.asarray(targets)
    return Judged(own, hits, means, variances)
