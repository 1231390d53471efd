"""An embedder that is asked once about a text: every line of a thread is looked at every turn.

Vectors are kept under a digest, in memory only, and the longest unused go first.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from tools.guarding.semantic import Embedder, Vectors

KEPT = 2_048
"""Vectors kept; of 384 floats they are three megabytes."""


class Remembering:
    """`embedder`, with its last answers; safe from several threads."""

    def __init__(self, embedder: Embedder, kept: int = KEPT) -> None:
        self._embedder = embedder
        self._kept = kept
        self._lock = threading.Lock()
        self._vectors: OrderedDict[bytes, Vectors] = OrderedDict()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, in rows."""
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Vectors:
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        with self._lock:
            vector = self._vectors.pop(key, None)
        if vector is None:
            vector = self._embedder.embed([text])[0]
        with self._lock:
            self._vectors[key] = vector
            while len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        return vector
