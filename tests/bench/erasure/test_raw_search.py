"""The independent search finds what was planted, in every form, and nothing else."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.erasure import raw_search

SECRET = "Orvald Vexley hides the spare key, naïvely"
VECTORS = np.random.default_rng(1).normal(size=(3, 384)).astype(np.float32)


def search(folder: Path, *roots: Path) -> tuple[int, dict[str, Any]]:
    texts = np.frombuffer(json.dumps([SECRET]).encode(), np.uint8)
    np.savez(folder / "wanted.npz", texts=texts, vectors=VECTORS)
    command = [sys.executable, raw_search.__file__, str(folder / "wanted.npz"), *map(str, roots)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("form", [
    SECRET.encode(), SECRET.encode("utf-16-le"), SECRET.encode("utf-16-be"),
    json.dumps(SECRET).encode(), SECRET.upper().lower().encode(),
    base64.b64encode(SECRET.encode()), base64.b64encode(b"x" + SECRET.encode()),
    base64.b64encode(b"xy" + SECRET.encode() + b"z"),
])
def test_a_text_is_found_in_every_form(tmp_path: Path, form: bytes) -> None:
    data = tmp_path / "data"
    (data / "deep").mkdir(parents=True)
    (data / "deep" / "file").write_bytes(b"\x00\x01before" + form + b"after")
    status, found = search(tmp_path, data)
    assert status == 1
    assert {where for _, where in found["text"]} == {str(data / "deep" / "file")}
    assert found["vector"] == []


@pytest.mark.parametrize("offset", range(4))
def test_a_vector_is_found_at_any_offset_and_up_to_rounding(tmp_path: Path, offset: int) -> None:
    data = tmp_path / "data"
    data.mkdir()
    near = (VECTORS[1] + np.float32(1e-6)).tobytes()
    (data / "index.bin").write_bytes(b"x" * (40 + offset) + near + b"y" * 9)
    status, found = search(tmp_path, data)
    assert (status, found) == (1, {"text": [], "vector": [["1", str(data / "index.bin")]]})


def test_nothing_planted_nothing_found(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "noise").write_bytes(np.random.default_rng(2).bytes(100_000))
    assert search(tmp_path, data) == (0, {"text": [], "vector": []})
