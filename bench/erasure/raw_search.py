"""Searches files for texts and vectors; runs by itself and shares no code with Lethe.

    python raw_search.py WANTED.npz DIR...

WANTED.npz holds `texts` (JSON bytes, a list of strings) and `vectors` (float32[n, d]). Prints a
JSON object: `text` and `vector`, each a list of [what, where].
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np

RUN, CLOSE = 8, 1e-4
"""Numbers in a row that make a vector known, and how far each may be off: the same text embedded
among others gives other last digits."""


def forms(text: str) -> dict[str, bytes]:
    """The bytes that a text may be written as."""
    plain = text.encode()
    found = {
        "utf-8": plain, "utf-16": text.encode("utf-16-le"), "utf-16-be": text.encode("utf-16-be"),
        "json": json.dumps(text)[1:-1].encode(), "lower": text.lower().encode(),
    }
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + plain)
        found[f"base64+{shift}"] = coded[4:-4]
    return found


def texts_in(data: bytes, texts: list[str]) -> list[str]:
    """Which texts the bytes hold, and how."""
    lowered = data.lower()
    return [
        f"{text} ({name})" for text in texts for name, form in forms(text).items()
        if form in (lowered if name == "lower" else data)
    ]


def vectors_in(data: bytes, vectors: np.ndarray) -> list[int]:
    """Which vectors begin with the same `RUN` numbers, up to rounding, as some floats in the
    bytes, at any offset."""
    found = set()
    for offset in range(4):
        whole = (len(data) - offset) // 4 * 4
        floats = np.frombuffer(data[offset : offset + max(0, whole)], np.float32)
        with np.errstate(invalid="ignore", over="ignore"):
            for number, vector in enumerate(vectors):
                starts = np.flatnonzero(np.abs(floats - vector[0]) < CLOSE)
                runs = (floats[start : start + RUN] for start in starts)
                if any(run.size == RUN and np.allclose(run, vector[:RUN], atol=CLOSE)
                       for run in runs):  # fmt: skip
                    found.add(number)
    return sorted(found)


def main() -> int:
    """Search and print; 1 if anything was found."""
    with np.load(sys.argv[1]) as wanted:
        texts: list[str] = json.loads(wanted["texts"].tobytes())
        vectors = wanted["vectors"]
    found: dict[str, list[tuple[str, str]]] = {"text": [], "vector": []}
    for root in sys.argv[2:]:
        for file in sorted(Path(root).rglob("*")):
            if file.is_file():
                data = file.read_bytes()
                found["text"] += [(what, str(file)) for what in texts_in(data, texts)]
                found["vector"] += [(str(which), str(file)) for which in vectors_in(data, vectors)]
    print(json.dumps(found))
    return int(bool(found["text"] or found["vector"]))


if __name__ == "__main__":
    raise SystemExit(main())
