"""Which tokens are made less likely, by the embeddings of real files of every kind."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tools.models import dislike
from tools.models.dislike import STRENGTH, Dislike
from tools.models.engine import LlamaEngine


def test_a_word_is_disliked_and_a_stranger_to_it_is_not(patient: LlamaEngine) -> None:
    vocabulary = patient.vocabulary
    penalty = Dislike(patient.path, vocabulary).penalty(["Dovermere"])
    assert penalty is not None
    (token,) = vocabulary.encode(" Dovermere", special=False)
    (other,) = vocabulary.encode(" about", special=False)
    assert penalty[token] == pytest.approx(STRENGTH, rel=1e-3)
    assert penalty[other] == 0


def test_nothing_disliked_is_no_penalty(patient: LlamaEngine) -> None:
    found = Dislike(patient.path, patient.vocabulary)
    assert found.penalty([]) is None
    assert found.penalty(["a", "of"]) is None, "parts of every word"


def test_the_end_of_an_answer_is_never_disliked(patient: LlamaEngine) -> None:
    words = [patient.detokenise([token]) for token in range(300, 900)]
    penalty = Dislike(patient.path, patient.vocabulary).penalty(words)
    assert penalty is not None
    ends = [token for token in range(len(penalty)) if patient.vocabulary.ends(token)]
    assert ends
    assert not penalty[ends].any()


def test_it_makes_no_difference_in_how_many_parts_a_file_is_read(
    patient: LlamaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["Dovermere", "roofer", "Glass"]
    whole = Dislike(patient.path, patient.vocabulary).penalty(words)
    monkeypatch.setattr(dislike, "CHUNK_BYTES", 4 * 256 * 7)
    found = Dislike(patient.path, patient.vocabulary)
    found.penalty(words[:1])
    parts = found.penalty(words)
    assert whole is not None
    assert parts is not None
    np.testing.assert_allclose(parts, whole, rtol=1e-5)


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])  # untied, tied
@pytest.mark.parametrize("weights", ["F32", "F16", "Q8_0", "Q4_0"])
def test_any_quantisation_can_be_read(
    tiny_path: Callable[..., Path], architecture: str, weights: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dislike, "SHORTEST", 1)  # a tiny vocabulary is one of letters
    with LlamaEngine(tiny_path(architecture, weights), threads=1) as engine:
        penalty = engine.call(Dislike(engine.path, engine.vocabulary).penalty, ["who"])
        assert penalty is not None
        assert penalty.max() == pytest.approx(STRENGTH, rel=1e-3)


def test_without_readable_embeddings_there_is_no_penalty(
    patient: LlamaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dislike, "EMBEDDINGS", "no such tensor")
    assert Dislike(patient.path, patient.vocabulary).penalty(["Dovermere"]) is None
