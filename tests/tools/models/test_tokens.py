"""Tokens and text, both kinds of vocabulary."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.models.tiny_gguf import write_tiny
from tools.models.engine import LlamaEngine
from tools.models.tokens import Detokeniser, Vocabulary

TEXTS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module", params=["spm", "bpe"])
def vocabulary(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Vocabulary]:
    path = tmp_path_factory.mktemp("vocabulary") / f"{request.param}.gguf"
    with LlamaEngine(write_tiny(path, tokenizer=request.param), threads=1) as engine:
        yield engine.vocabulary


@TEXTS
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="▁\x00")))
def test_a_text_survives_its_tokens(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.decode(vocabulary.encode(text, special=False)) == text


@TEXTS
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="▁\x00")))
def test_pieces_never_cut_a_character(vocabulary: Vocabulary, text: str) -> None:
    detokeniser = Detokeniser(vocabulary)
    pieces = [detokeniser.push(token) for token in vocabulary.encode(text, special=False)]
    assert "".join(pieces) == text


def test_an_unfinished_character_is_held_back(vocabulary: Vocabulary) -> None:
    detokeniser = Detokeniser(vocabulary)
    tokens = vocabulary.encode("🙂", special=False)
    assert [detokeniser.push(token) for token in tokens] == ["", "", "", "🙂"]


def test_control_tokens_are_read_only_where_asked(vocabulary: Vocabulary) -> None:
    assert len(vocabulary.encode("<|im_end|>", special=True)) == 1
    assert len(vocabulary.encode("<|im_end|>", special=False)) > 1
    assert vocabulary.decode(vocabulary.encode("<|im_end|>", special=True)) == ""


def test_control_texts_are_known(vocabulary: Vocabulary) -> None:
    assert {"<|im_start|>", "<|im_end|>"} <= set(vocabulary.control_texts)


def test_think_tags_are_text_also_where_they_are_control_tokens(vocabulary: Vocabulary) -> None:
    tokens = vocabulary.encode("<think>a</think>b", special=True)
    detokeniser = Detokeniser(vocabulary)
    assert "".join(map(detokeniser.push, tokens)) == "<think>a</think>b"


def test_a_preview_takes_nothing(vocabulary: Vocabulary) -> None:
    detokeniser = Detokeniser(vocabulary)
    first, *others = vocabulary.encode("🙂!", special=False)
    detokeniser.push(first)
    assert detokeniser.preview(*others) == "🙂!"
    assert "".join(map(detokeniser.push, others)) == "🙂!"
