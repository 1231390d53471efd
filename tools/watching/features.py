"""The numbers the classifier sees: surface features, hashed character n-grams, the embedding.

n-grams are hashed into a fixed width (the hashing trick, Weinberger et al. 2009) with CRC-32, so
that no vocabulary ships and the same text gives the same row on every machine.
"""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tools.watching.reading import MASK, Reading

NGRAM_WIDTH = 512
NGRAM_SIZES = (3, 4, 5)
_MAX_CHARACTERS = 200


def ngrams(reading: Reading) -> NDArray[np.float32]:
    """Hashed character n-grams of the user's own words, of length 1: float32[NGRAM_WIDTH]."""
    text = f" {reading.spoken[:_MAX_CHARACTERS].lower().replace(MASK, '')} "
    codes = text.encode("utf-32-le", "replace")
    row = np.zeros(NGRAM_WIDTH, np.float32)
    for size in NGRAM_SIZES:
        for i in range(0, len(codes) - 4 * size + 1, 4):
            bucket = crc32(codes[i : i + 4 * size])
            row[bucket % NGRAM_WIDTH] += 1.0 if bucket & 0x8000_0000 else -1.0
    length = float(np.linalg.norm(row))
    return row / length if length else row


def embedded_text(reading: Reading) -> str:
    """What the embedder is given: the start of the user's own words, quotations as an ellipsis."""
    return _shortened(reading.spoken).strip() or "..."


def _shortened(spoken: str) -> str:
    pieces = [piece for piece in spoken[:600].split(MASK) if piece]
    return "…".join(pieces)
