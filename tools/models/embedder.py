"""Sentence vectors from an embedding model in GGUF (all-MiniLM-L6-v2 and its like), on llama.cpp.

A text longer than the model reads is cut at its end. Texts are encoded one at a time: a vector must
not depend on its neighbours, to the last bit. It does not know what the vectors are for.
"""

import ctypes
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import numpy as np
from llama_cpp import llama_cpp as llama
from numpy.typing import NDArray

from tools.errors import ModelError, ModelFileError
from tools.models import log, native
from tools.models.gguf_file import count, is_embedding_model
from tools.models.gguf_header import read_header
from tools.models.loading import load_model
from tools.models.owner import Owner

LONGEST = 512
"""Tokens read of a text, less if the model was made for less."""
BYTES_READ = 32 * LONGEST
"""Bytes of a text that are tokenised; the tokens of more would be cut off again."""


class Embedder:
    """A loaded embedding model; `width` is the length of its vectors. Safe from any thread.

    Raises:
        ModelFileError: the file is no embedding model, or llama.cpp cannot load it.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        header = read_header(path)
        if not is_embedding_model(header):
            raise ModelFileError(f"{str(path)!r} is no embedding model")
        self.width = count(header, "embedding_length")
        self.longest = min(LONGEST, count(header, "context_length"))
        self._opened = ExitStack()
        self._owner = Owner("embedder")
        try:
            self._owner.call(self._open, path, threads)
        except BaseException:
            self._owner.close()
            raise

    def _open(self, path: Path, threads: int) -> None:
        with ExitStack() as opening:
            model = load_model(path)
            opening.callback(llama.llama_model_free, model)
            self._vocabulary = llama.llama_model_get_vocab(model)
            self._separator = llama.llama_vocab_sep(self._vocabulary)
            self._context = _open_context(model, self.longest, threads)
            opening.callback(llama.llama_free, self._context)
            self._opened = opening.pop_all()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[len(texts), width], one row of length 1 for each text, in order.

        Raises:
            ModelError: llama.cpp fails, or the embedder is closed.
        """
        return self._owner.call(self._embed, list(texts))

    def close(self) -> None:
        """Free everything. Closing twice is harmless."""
        if not self._owner.closed:
            self._owner.call(self._opened.close)
        self._owner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.width), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = self._vector(self._tokens(text))
        return rows

    def _vector(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        size = len(tokens)
        with native.batch_of(tokens, range(size), [0] * size, [1] * size) as batch:
            code = llama.llama_encode(self._context, batch)
        if code != 0:
            raise ModelError(f"the embedder failed on {size} tokens (llama_encode: {code})")
        pooled = llama.llama_get_embeddings_seq(self._context, 0)
        vector: NDArray[np.float32] = np.ctypeslib.as_array(pooled, shape=(self.width,))
        return vector / max(float(np.linalg.norm(vector)), 1e-12)

    def _tokens(self, text: str) -> list[int]:
        """Tokens between the model's start and end marks, at most `longest`."""
        data = text.encode("utf-8", "replace")[:BYTES_READ]
        room = len(data) + 8
        tokens = (ctypes.c_int32 * room)()
        found = llama.llama_tokenize(
            self._vocabulary, data, len(data), tokens, room, True, False
        )
        if found <= self.longest:
            return list(tokens[:found])
        return [*tokens[: self.longest - 1], self._separator]


def _open_context(model: int, longest: int, threads: int) -> int:
    params = llama.llama_context_default_params()
    params.n_ctx = params.n_batch = params.n_ubatch = longest
    params.n_threads = params.n_threads_batch = threads
    params.embeddings = True
    params.no_perf = True
    point = log.mark()
    context: int | None = llama.llama_init_from_model(model, params)
    if not context:
        raise ModelError(f"the embedder has no context: {log.since(point) or 'no memory'}")
    return context
