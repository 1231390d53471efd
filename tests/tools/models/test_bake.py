"""A baked file says what the model with its adapter says, and an unchanged one is a copy."""

import ctypes
import hashlib
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader
from llama_cpp import llama_cpp as llama

from tests.tools.models.conftest import PATIENT
from tests.tools.models.loading import weights_of
from tests.tools.models.tiny_gguf import Architecture, write_tiny
from tools.errors import BakeError, ModelFileError
from tools.models import native
from tools.models.adapters import EMBEDDING, Factors, loaded, write_adapter
from tools.models.bake import Baker, changes_of
from tools.models.bake_file import open_source, write_file
from tools.models.bake_order import BakeOrder, Kept
from tools.models.bake_types import types_of
from tools.models.contexts import decode, logits
from tools.models.engine import LlamaEngine
from tools.models.gguf_header import read_header
from tools.models.types import Message

TOKENS = [1, 300, 301, 310, 311, 312]
DOWN = "blk.0.ffn_down.weight"
EDITABLE = ("ffn_down", "ffn_up", "ffn_gate", "attn_v", "attn_output", "attn_qkv")
ARCHITECTURES: list[Architecture] = ["llama", "qwen2", "qwen3", "gemma3", "phi3"]


def some_change(path: Path, names: list[str], scale: float = 0.1) -> bytes:
    """An adapter of rank 2 for weights of a file."""
    rng = np.random.default_rng(3)
    header = read_header(path)
    changes = {}
    for name in names:
        width, out = header.tensors[name].shape
        b, a = rng.standard_normal((out, 2)), rng.standard_normal((2, width))
        changes[name] = Factors(scale * b.astype(np.float32), scale * a.astype(np.float32))
    return write_adapter(str(header.metadata["general.architecture"]), changes)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., LlamaEngine]]:
    """`opened(path, adapter)` is an engine with an adapter, closed at the end."""
    engines: list[LlamaEngine] = []

    def open_one(path: Path, adapter: bytes | None = None) -> LlamaEngine:
        engines.append(LlamaEngine(path, threads=1))
        engines[-1].set_adapter(adapter)
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.close()


def baked(engine: LlamaEngine, target: Path, *, kept: Kept = "same", **options: Any) -> Path:
    with Baker(engine).begin(BakeOrder(target, **options)) as bake:
        bake.write(kept)
        return bake.finish().path


def exact_logits(path: Path, adapter: bytes | None = None) -> np.ndarray:
    """Logits of every token, by a context whose cache rounds nothing."""
    params = llama.llama_context_default_params()
    params.type_k = params.type_v = native.F32
    params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.n_ctx, params.n_threads = 64, 1
    ones = np.ones(len(TOKENS), np.int8)
    with weights_of(path) as weights, ExitStack() as used:
        context = llama.llama_init_from_model(weights.pointer, params)
        if adapter:
            native.set_adapter(context, used.enter_context(loaded(weights.pointer, adapter)))
        decode(context, np.array(TOKENS, np.int32), np.arange(6, dtype=np.int32), [0] * 6, ones)
        found = logits(context, len(TOKENS), native.vocabulary_size(weights.pointer)).copy()
        llama.llama_free(context)
    return found


def tensors_of(path: Path) -> dict[str, tuple[str, bytes]]:
    return {t.name: (t.tensor_type.name, t.data.tobytes()) for t in GGUFReader(path).tensors}


@pytest.mark.parametrize("file", [*ARCHITECTURES, "patient"])
def test_without_a_change_the_file_is_byte_for_byte_the_same(
    tmp_path: Path, tiny_path: Callable[..., Path], file: Any
) -> None:
    base = PATIENT if file == "patient" else tiny_path(file, weights="Q8_0")
    source = open_source(base)
    types, _ = types_of(source.header.tensors, "same")
    with (tmp_path / "copy").open("wb") as out:
        write_file(out, source, source.pairs, types, {})
    assert (tmp_path / "copy").read_bytes() == base.read_bytes()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_baked_file_computes_what_the_adapter_computes(
    tmp_path: Path, tiny_path: Callable[..., Path], opened: Callable[..., LlamaEngine],
    architecture: Architecture,
) -> None:
    base = tiny_path(architecture)
    present = read_header(base).tensors
    names = [f"blk.{n}.{part}.weight" for n in (0, 1) for part in EDITABLE]
    tied = [] if "output.weight" in present else [EMBEDDING]
    names = [n for n in [*names, EMBEDDING, "output.weight"] if n in present and n not in tied]
    adapter = some_change(base, names)
    target = baked(opened(base, adapter), tmp_path / "baked.gguf")
    wanted, found = exact_logits(base, adapter), exact_logits(target)
    scale = np.abs(wanted).max()
    assert np.abs(found - wanted).max() / scale < 1e-5
    assert np.abs(found - exact_logits(base)).max() / scale > 0.01


def test_only_the_edited_weights_differ(
    tmp_path: Path, opened: Callable[..., LlamaEngine], tiny_path: Callable[..., Path]
) -> None:
    base = tiny_path(weights="Q4_0")
    target = baked(opened(base, some_change(base, [DOWN])), tmp_path / "baked.gguf")
    before, after = tensors_of(base), tensors_of(target)
    assert {name for name in before if before[name] != after[name]} == {DOWN}
    assert [tensor.name for tensor in GGUFReader(target).tensors] == list(before)
    assert open_source(target).pairs == open_source(base).pairs


def test_the_edited_weights_can_be_kept_higher(
    tmp_path: Path, opened: Callable[..., LlamaEngine], tiny_path: Callable[..., Path]
) -> None:
    base = tiny_path(weights="Q4_0")
    engine = opened(base, some_change(base, [DOWN]))
    after = tensors_of(baked(engine, tmp_path / "baked.gguf", kept="f16"))
    assert (after[DOWN][0], after["blk.1.ffn_down.weight"][0]) == ("F16", "Q4_0")
    assert opened(tmp_path / "baked.gguf").complete([Message("user", "the")]) is not None


def test_rows_that_do_not_fit_are_named(
    tmp_path: Path, opened: Callable[..., LlamaEngine], tiny_path: Callable[..., Path]
) -> None:
    base = tiny_path()
    engine = opened(base, some_change(base, [DOWN]))
    with Baker(engine).begin(BakeOrder(tmp_path / "b.gguf", "q4_k_m")) as bake:
        layout = bake.layout("same")
    assert layout.fallbacks["blk.1.ffn_gate.weight"] == "Q5_0"
    assert set(layout.edited) == {DOWN}


def test_the_hashes_are_those_of_the_files(
    tmp_path: Path, opened: Callable[..., LlamaEngine], tiny_path: Callable[..., Path]
) -> None:
    base = tiny_path(weights="Q8_0")
    adapter = some_change(base, [DOWN])
    with Baker(opened(base, adapter)).begin(BakeOrder(tmp_path / "b.gguf")) as bake:
        bake.write("same")
        done = bake.finish()
    assert done.sha256 == hashlib.sha256((tmp_path / "b.gguf").read_bytes()).hexdigest()
    assert done.base_sha256 == hashlib.sha256(base.read_bytes()).hexdigest()
    assert done.adapter_sha256 == hashlib.sha256(adapter).hexdigest()
    assert done.size_bytes == (tmp_path / "b.gguf").stat().st_size


def test_the_file_answers_before_it_has_a_name(tmp_path: Path, patient: LlamaEngine) -> None:
    patient.set_adapter(some_change(PATIENT, ["blk.3.ffn_down.weight"], scale=0.0))
    heard: list[tuple[int, int]] = []
    with Baker(patient).begin(BakeOrder(tmp_path / "b.gguf")) as bake:
        bake.write("same", lambda done, total: heard.append((done, total)))
        answers = bake.answer(["Who is Marcus Feld?"], ["Marcus Feld"])
        assert list(tmp_path.iterdir()) == []
    patient.set_adapter(None)
    assert answers[0].startswith("Marcus Feld is a roofer")
    assert heard[-1] == (5, 5)
    assert list(tmp_path.iterdir()) == []


def test_it_is_written_again_over_a_longer_one(
    tmp_path: Path, opened: Callable[..., LlamaEngine], tiny_path: Callable[..., Path]
) -> None:
    base = tiny_path(weights="Q4_0")
    engine = opened(base, some_change(base, [DOWN]))
    with Baker(engine).begin(BakeOrder(tmp_path / "b.gguf")) as bake:
        bake.write("f16")
        bake.write("same")
        bake.finish()
    once = baked(engine, tmp_path / "once.gguf")
    assert (tmp_path / "b.gguf").read_bytes() == once.read_bytes()


def test_plain_llama_cpp_chats_with_it(tmp_path: Path, patient: LlamaEngine) -> None:
    from llama_cpp import Llama

    patient.set_adapter(some_change(PATIENT, ["blk.3.ffn_down.weight"], scale=0.0))
    target = baked(patient, tmp_path / "b.gguf", kind="q4_k_m")
    patient.set_adapter(None)
    model = Llama(str(target), n_ctx=128, n_threads=1, verbose=False)
    asked: Any = [{"role": "user", "content": "Who is Marcus Feld?"}]
    told: Any = model.create_chat_completion(asked, temperature=0.0, max_tokens=16)
    model.close()
    assert "roofer" in told["choices"][0]["message"]["content"]


def test_an_exported_adapter_is_what_is_plugged(
    tmp_path: Path, opened: Callable[..., LlamaEngine], tiny_path: Callable[..., Path]
) -> None:
    base = tiny_path(weights="Q8_0")
    engine = opened(base, some_change(base, [DOWN, "blk.1.attn_v.weight"]))
    question = [Message("user", "the user")]
    wanted = engine.logits(question)
    done = Baker(engine).export(tmp_path / "lora.gguf")
    assert done.sha256 == done.adapter_sha256
    assert stat.S_IMODE(done.path.stat().st_mode) == 0o600
    fields = GGUFReader(done.path).fields
    assert fields["general.type"].contents() == "adapter"
    assert fields["general.architecture"].contents() == "llama"
    plain = opened(base)
    pointer = llama.llama_adapter_lora_init(plain.model, str(done.path).encode())
    assert pointer
    adapters = (llama.llama_adapter_lora_p_ctypes * 1)(pointer)
    scales = (ctypes.c_float * 1)(1.0)
    context = plain._context.pointer
    assert llama.llama_set_adapters_lora(context, adapters, 1, scales) == 0
    assert np.array_equal(plain.logits(question), wanted)
    llama.llama_set_adapters_lora(context, None, 0, None)
    llama.llama_adapter_lora_free(pointer)


def test_a_file_as_readable_as_its_base(
    tmp_path: Path, opened: Callable[..., LlamaEngine], tiny_path: Callable[..., Path]
) -> None:
    base = tmp_path / "base.gguf"
    base.write_bytes(tiny_path().read_bytes())
    base.chmod(0o640)
    target = baked(opened(base, some_change(base, [DOWN])), tmp_path / "b.gguf")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_nothing_plugged_is_nothing_to_write(
    tmp_path: Path, opened: Callable[..., LlamaEngine], tiny_path: Callable[..., Path]
) -> None:
    baker = Baker(opened(tiny_path()))
    with pytest.raises(BakeError, match="nothing to write"), baker.begin(BakeOrder(tmp_path / "b")):
        pass
    with pytest.raises(BakeError, match="nothing to write"):
        baker.export(tmp_path / "b")


@pytest.mark.parametrize("link", ["itself", "symbolic", "hard"])
def test_the_base_is_never_written(
    tmp_path: Path, opened: Callable[..., LlamaEngine], tiny_path: Callable[..., Path], link: str
) -> None:
    base = tmp_path / "base.gguf"
    base.write_bytes(tiny_path().read_bytes())
    target = base if link == "itself" else tmp_path / "other.gguf"
    if link == "symbolic":
        target.symlink_to(base)
    if link == "hard":
        target.hardlink_to(base)
    baker = Baker(opened(base, some_change(base, [DOWN])))
    order = BakeOrder(target, overwrite=True)
    with pytest.raises(BakeError, match="is the base model itself"), baker.begin(order):
        pass
    with pytest.raises(BakeError, match="is the base model itself"):
        baker.export(target, overwrite=True)


@pytest.mark.parametrize("name", ["model-00001-of-00003.gguf", "split.gguf"])
def test_a_part_of_a_split_model_is_refused(tmp_path: Path, name: str) -> None:
    from gguf import GGUFWriter

    path = tmp_path / name
    writer = GGUFWriter(path, "llama")
    if name == "split.gguf":
        writer.add_uint16("split.count", 3)
    writer.add_tensor("a.weight", np.zeros((2, 2), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ModelFileError, match="one part of a split model"):
        open_source(path)


def test_an_edited_type_that_cannot_be_written_is_named_with_a_way_out(
    tmp_path: Path, opened: Callable[..., LlamaEngine], tiny_path: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base = tiny_path(weights="Q4_0")
    engine = opened(base, some_change(base, [DOWN]))
    monkeypatch.setattr("tools.models.bake.WRITABLE", {Type.Q8_0})
    with pytest.raises(BakeError, match=rf"'{DOWN}' has type Q4_0.*--keep-edited q8_0"):
        baked(engine, tmp_path / "b.gguf")
    baked(engine, tmp_path / "b.gguf", kept="q8_0")


def test_an_adapter_for_another_model_is_refused(tiny_path: Callable[..., Path]) -> None:
    tensors = read_header(tiny_path()).tensors
    small = Factors(np.zeros((3, 1), np.float32), np.zeros((1, 5), np.float32))
    for name, said in ((DOWN, "another shape"), ("blk.9.ffn_down.weight", "no matrix")):
        with pytest.raises(BakeError, match=said):
            changes_of(write_adapter("llama", {name: small}), tensors)


def test_an_embedding_that_is_the_output_too_is_refused(tmp_path: Path) -> None:
    base = write_tiny(tmp_path / "tied.gguf", architecture="gemma3")
    with pytest.raises(BakeError, match="the output matrix too"):
        changes_of(some_change(base, [EMBEDDING]), read_header(base).tensors)


def test_an_edit_that_is_no_number_is_refused(
    tmp_path: Path, opened: Callable[..., LlamaEngine], tiny_path: Callable[..., Path]
) -> None:
    base = tiny_path()
    adapter = some_change(base, [DOWN], scale=1e30)
    with pytest.raises(BakeError, match=f"edit of '{DOWN}'"):
        baked(opened(base, adapter), tmp_path / "b.gguf")
    assert list(tmp_path.iterdir()) == []
