"""Makes words, and what is like them, less likely: a soft penalty on tokens.

After STaR (arXiv 2601.09281): what is taken off a logit is 5 times the highest cosine between its
token's embedding and a disliked one, where that is 0.5 or more. STaR dislikes the last token of
each forbidden sequence; here it is every token of a word that has letters enough to mean
something, and never a token that ends an answer.

The embeddings are those of the model's file, dequantised a few megabytes at a time; only which
tokens are alike is kept, so that a token is looked up once. That takes milliseconds on a small
model, and seconds where 150,000 tokens have embeddings of 4096 numbers.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.models.gguf_header import Tensor, read_header
from tools.models.tokens import Vocabulary

Floats = NDArray[np.float32]
Likes = tuple[NDArray[np.intp], Floats]
"""Tokens and how alike they are, as cosines."""

STRENGTH, LIKE = 5.0, 0.5
SHORTEST = 3
"""Letters of a token that is disliked: shorter ones are parts of every word."""
KEPT = 512
"""Tokens whose likes are remembered."""
CHUNK_BYTES = 16 << 20
"""Memory for rows dequantised at once, as float32."""
EMBEDDINGS = "token_embd.weight"
"""The input embeddings, which every file has; tied to them or not, the output is not looked at."""


class Dislike:
    """The penalties that one model's file gives reason for; used on one thread."""

    def __init__(self, path: Path, vocabulary: Vocabulary) -> None:
        self._path, self._vocabulary = path, vocabulary
        self._known: OrderedDict[int, Likes] = OrderedDict()

    def penalty(self, words: Sequence[str]) -> Floats | None:
        """What to take off the logits, float32[vocabulary]; None for nothing, also where the
        file's embeddings cannot be read."""
        tokens = self._tokens(words)
        if not tokens or self._table is None:
            return None
        self._learn([token for token in tokens if token not in self._known], self._table)
        cosines = np.zeros(self._vocabulary.size, np.float32)
        for token in tokens:
            self._known.move_to_end(token)
            places, values = self._known[token]
            cosines[places] = np.maximum(cosines[places], values)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return STRENGTH * cosines

    def _tokens(self, words: Sequence[str]) -> list[int]:
        """The tokens of words, of each in the way that cuts it least: with a blank or without."""
        found: set[int] = set()
        for word in " ".join(words).split():
            inside, alone = (
                self._vocabulary.encode(text, special=False) for text in (f" {word}", word)
            )
            found.update(inside if len(inside) <= len(alone) else alone)
        return sorted(filter(self._has_letters, found))

    def _has_letters(self, token: int) -> bool:
        piece = self._vocabulary.piece(token).decode("utf-8", "ignore")
        return sum(map(str.isalnum, piece)) >= SHORTEST

    @cached_property
    def _table(self) -> "_Table | None":
        tensor = read_header(self._path).tensors.get(EMBEDDINGS)
        if tensor is None or not _is_readable(tensor, self._vocabulary.size):
            return None
        return _Table(self._path, tensor)

    def _learn(self, tokens: Sequence[int], table: "_Table") -> None:
        if not tokens:
            return
        disliked = _unit(np.concatenate([table.read(token, token + 1) for token in tokens]))
        parts: list[list[Likes]] = [[] for _ in tokens]
        for start, rows in table.chunks():
            cosines = _unit(rows) @ disliked.T
            for part, column in zip(parts, cosines.T, strict=True):
                places = np.flatnonzero(column >= LIKE)
                part.append((places + start, column[places]))
        for token, part in zip(tokens, parts, strict=True):
            self._known[token] = self._kept(part)

    def _kept(self, part: Sequence[Likes]) -> Likes:
        places, values = (np.concatenate(each) for each in zip(*part, strict=True))
        goes_on = np.array([not self._vocabulary.ends(int(token)) for token in places], bool)
        return places[goes_on], values[goes_on]


class _Table:
    """The rows of one matrix in a file."""

    def __init__(self, path: Path, tensor: Tensor) -> None:
        self.width, self.rows = tensor.shape
        self._type_name = tensor.type_name
        shape = self.rows, tensor.nbytes // self.rows
        self._bytes = np.memmap(path, np.uint8, "r", tensor.offset, shape)

    def read(self, start: int, end: int) -> Floats:
        """Rows as float32 (end - start, width)."""
        return _dequantised(self._bytes[start:end], self._type_name)

    def chunks(self) -> Iterator[tuple[int, Floats]]:
        """All rows, in parts, each with the number of its first row."""
        step = max(1, CHUNK_BYTES // (4 * self.width))
        for start in range(0, self.rows, step):
            yield start, self.read(start, start + step)


def _is_readable(tensor: Tensor, tokens: int) -> bool:
    """Whether it has a row for each token, and gguf can dequantise it: tried on one of zeros."""
    if len(tensor.shape) != 2 or tensor.shape[1] != tokens:
        return False
    try:
        _dequantised(np.zeros((1, tensor.nbytes // tokens), np.uint8), tensor.type_name)
    except NotImplementedError:
        return False
    return True


def _dequantised(data: NDArray[np.uint8], type_name: str) -> Floats:
    from gguf.constants import GGMLQuantizationType
    from gguf.quants import dequantize

    rows: Any = dequantize(np.ascontiguousarray(data), GGMLQuantizationType[type_name])
    return np.asarray(rows, np.float32)


def _unit(rows: Floats) -> Floats:
    """Rows of length 1; a row of zeros, as of an unused token, stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = np.divide(rows, np.where(lengths > 0, lengths, 1), dtype=np.float32)
    return unit
