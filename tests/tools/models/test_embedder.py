"""Sentence vectors from a real (tiny, random) bert."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.tools.models.tiny_gguf import write_tiny, write_tiny_bert
from tools.errors import ModelError, ModelFileError
from tools.models.embedder import Embedder

TEXTS = ["forget the cat", "the cat?", "", "日本語", "cat " * 5_000, "\x00\ud800"]


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedder]:
    with Embedder(write_tiny_bert(tmp_path_factory.mktemp("bert") / "bert.gguf")) as opened:
        yield opened


def test_every_text_gets_a_unit_vector(embedder: Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.width)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_depends_on_its_text_alone(embedder: Embedder) -> None:
    together = embedder.embed(TEXTS)
    alone = np.vstack([embedder.embed([text]) for text in reversed(TEXTS)])[::-1]
    assert np.array_equal(together, alone)
    assert not np.allclose(together[0], together[1])


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.width)


def test_what_is_beyond_the_models_reach_is_cut(embedder: Embedder) -> None:
    long, longer = embedder.embed(["cat " * 5_000, "cat " * 6_000])
    assert np.array_equal(long, longer)


def test_many_threads_may_ask(embedder: Embedder) -> None:
    expected = embedder.embed(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(embedder.embed, [TEXTS] * 4):
            assert np.array_equal(found, expected)


def test_a_chat_model_is_no_embedder(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="is no embedding model"):
        Embedder(write_tiny(tmp_path / "chat.gguf"))


def test_a_closed_embedder_says_so(tmp_path: Path) -> None:
    embedder = Embedder(write_tiny_bert(tmp_path / "bert.gguf"))
    embedder.close()
    embedder.close()
    with pytest.raises(ModelError, match="closed"):
        embedder.embed(["cat"])
