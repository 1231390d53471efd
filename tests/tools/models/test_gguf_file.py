"""Files are judged by their header alone, whatever their bytes are."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.models.tiny_gguf import Shape, write_tiny
from tools.errors import ModelFileError, ToolError
from tools.models.gguf_file import check_patient, read_info, why_not_editable
from tools.models.gguf_header import LongArray, read_header

ONE_FILE = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("good") / "good.gguf"
    return write_tiny(path, weights="Q4_0", shape=Shape(layers=1)).read_bytes()


def _is_judged(path: Path) -> None:
    """Either usable or refused in one line; nothing else may come out."""
    refusal = _refusal(path)
    assert refusal is None or (str(path) in refusal and "\n" not in refusal)


def _refusal(path: Path) -> str | None:
    try:
        read_info(path)
    except ToolError as error:
        return str(error)
    return None


@ONE_FILE
@given(data=st.data())
def test_any_beginning_of_a_file_is_refused(
    tmp_path: Path, good: bytes, data: st.DataObject
) -> None:
    length = data.draw(st.integers(0, len(good) - 64))
    (tmp_path / "cut.gguf").write_bytes(good[:length])
    with pytest.raises(ModelFileError):
        check_patient(tmp_path / "cut.gguf")


@ONE_FILE
@given(data=st.data())
def test_a_file_with_any_bytes_changed_is_judged(
    tmp_path: Path, good: bytes, data: st.DataObject
) -> None:
    header = good.index(b"output_norm.weight")
    damaged = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, header))] = data.draw(st.integers(0, 255))
    (tmp_path / "damaged.gguf").write_bytes(damaged)
    _is_judged(tmp_path / "damaged.gguf")


@ONE_FILE
@given(junk=st.binary(max_size=300), counts=st.tuples(*[st.integers(0, 2**64 - 1)] * 2))
def test_a_file_of_any_bytes_is_judged(
    tmp_path: Path, junk: bytes, counts: tuple[int, int]
) -> None:
    (tmp_path / "junk.gguf").write_bytes(b"GGUF" + struct.pack("<IQQ", 3, *counts) + junk)
    _is_judged(tmp_path / "junk.gguf")


def test_the_header_tells_sizes_and_tensors(good: bytes, tmp_path: Path) -> None:
    (tmp_path / "good.gguf").write_bytes(good)
    header = read_header(tmp_path / "good.gguf")
    assert header.version == 3
    assert header.metadata["llama.embedding_length"] == 64
    down = header.tensors["blk.0.ffn_down.weight"]
    assert (down.shape, down.type_name, down.nbytes) == ((96, 64), "Q4_0", 96 // 32 * 18 * 64)


def test_long_arrays_are_counted_and_not_kept(tmp_path: Path) -> None:
    from gguf import GGUFWriter

    writer = GGUFWriter(tmp_path / "long.gguf", "llama")
    writer.add_token_list([f"t{i}" for i in range(5_000)])
    writer.add_token_types([1] * 5_000)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    metadata = read_header(tmp_path / "long.gguf").metadata
    assert metadata["tokenizer.ggml.tokens"] == LongArray(8, 5_000)
    assert metadata["tokenizer.ggml.token_type"] == LongArray(5, 5_000)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"GGUF\x03", b"GGUF\x04", "version 4"),
        (b"GGUF\x03\x00\x00\x00", b"GGUF\x00\x00\x00\x03", "big-endian"),
        (b"llama.block_count", b"llama.clock_bount", "has no 'llama.block_count'"),
        (b"llama.context_length\x04", b"llama.context_length\x06", "context_length' = "),
        (b"tokenizer.ggml.model", b"tokenizer.ggml.medol", "has no 'tokenizer.ggml.model'"),
        (b"general.architecture", b"general.architexture", "has no 'general.architecture'"),
    ],
)
def test_a_header_that_makes_no_model_says_what_is_wrong(
    tmp_path: Path, good: bytes, old: bytes, new: bytes, message: str
) -> None:
    assert old in good
    (tmp_path / "odd.gguf").write_bytes(good.replace(old, new))
    with pytest.raises(ModelFileError, match=message):
        check_patient(tmp_path / "odd.gguf")


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (write_tiny, None),
        (lambda path: write_tiny(path, architecture="phi3"), None),
        (lambda path: write_tiny(path, experts=4), "mixture of experts"),
    ],
)
def test_dense_down_projections_can_be_edited_and_experts_cannot(
    tmp_path: Path, write: Callable[[Path], Path], reason: str | None
) -> None:
    found = why_not_editable(check_patient(write(tmp_path / "model.gguf")))
    assert found is None if reason is None else reason in str(found)


def test_a_model_without_down_projection_cannot_be_edited(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "fused.gguf"
    path.write_bytes(good.replace(b"ffn_down", b"ffn_full"))
    assert "no dense down-projection" in str(read_info(path).why_not_editable)


def test_a_model_without_layers_cannot_be_edited(tmp_path: Path, good: bytes) -> None:
    key = b"llama.block_count" + (4).to_bytes(4, "little")
    place = good.index(key) + len(key)
    path = tmp_path / "flat.gguf"
    path.write_bytes(good[:place] + bytes(4) + good[place + 4 :])
    assert "no layers" in str(why_not_editable(check_patient(path)))


def test_pooling_makes_an_embedding_model_of_any_architecture(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "embedding.gguf", architecture="qwen3", pooling=3)
    with pytest.raises(ModelFileError, match=r"an embedding model \(qwen3\)"):
        check_patient(path)


@pytest.mark.parametrize("weights", ["F32", "F16", "Q8_0", "Q4_0"])
def test_the_quantisation_is_named(tmp_path: Path, weights: str) -> None:
    assert read_info(write_tiny(tmp_path / "m.gguf", weights=weights)).quantisation == weights


def test_a_quantisation_nobody_named_is_what_most_bytes_are(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "m.gguf", weights="Q8_0")
    path.write_bytes(path.read_bytes().replace(b"general.file_type", b"general.file_kind"))
    assert read_info(path).quantisation == "Q8_0"


def test_a_file_of_billions_of_layers_is_judged_at_once(tmp_path: Path, good: bytes) -> None:
    key = b"llama.block_count" + (4).to_bytes(4, "little")
    assert key + (1).to_bytes(4, "little") in good
    many = good.replace(key + (1).to_bytes(4, "little"), key + (2**32 - 1).to_bytes(4, "little"))
    (tmp_path / "many.gguf").write_bytes(many)
    reason = why_not_editable(read_header(tmp_path / "many.gguf"))
    assert reason == "it has no dense down-projection 'blk.1.ffn_down.weight'"
