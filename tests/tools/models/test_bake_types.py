"""A baked file is made of the same types, and bytes, as one from llama.cpp's own quantiser."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader
from llama_cpp import llama_cpp as llama

from tests.tools.models.conftest import PATIENT
from tests.tools.models.tiny_gguf import Architecture, Shape, write_tiny
from tools.models import log
from tools.models.bake_file import open_source, with_file_type, write_file
from tools.models.bake_order import Kind
from tools.models.bake_types import MIXES, types_of, with_kept
from tools.models.gguf_header import read_header

KINDS = [kind for kind in get_args(Kind) if kind != "same"]
EDITED = "blk.1.ffn_down.weight"


def by_llama_cpp(source: Path, target: Path, kind: Kind) -> Path:
    log.install()
    params = llama.llama_model_quantize_default_params()
    params.ftype, params.nthread, params.allow_requantize = MIXES[kind].number, 1, True
    assert llama.llama_model_quantize(
        str(source).encode(), str(target).encode(), ctypes.byref(params)
    ) == 0
    return target


def here(source: Path, target: Path, kind: Kind) -> Path:
    opened = open_source(source)
    types, _ = types_of(opened.header.tensors, kind)
    with target.open("wb") as file:
        write_file(file, opened, with_file_type(opened.pairs, MIXES[kind].number), types, {})
    return target


def same_content(one: Path, other: Path) -> None:
    a, b = GGUFReader(one), GGUFReader(other)
    kept = {key: field.contents() for key, field in a.fields.items() if key != "GGUF.kv_count"}
    assert kept.items() <= {key: field.contents() for key, field in b.fields.items()}.items()
    tensors = {tensor.name: tensor for tensor in b.tensors}
    assert {tensor.name for tensor in a.tensors} == set(tensors)
    for tensor in a.tensors:
        assert tensor.tensor_type == tensors[tensor.name].tensor_type, tensor.name
        assert np.array_equal(tensor.data, tensors[tensor.name].data), tensor.name


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_patient_in_every_kind(tmp_path: Path, kind: Kind) -> None:
    same_content(here(PATIENT, tmp_path / "a", kind), by_llama_cpp(PATIENT, tmp_path / "b", kind))


@pytest.mark.parametrize("architecture", ["mistral", "qwen2", "gemma2", "phi3"])
@pytest.mark.parametrize("kind", ["q5_k_m", "q4_0"])
def test_every_architecture(tmp_path: Path, architecture: Architecture, kind: Kind) -> None:
    shape = Shape(width=256, feed_forward=256, layers=9)
    tiny = write_tiny(tmp_path / "tiny.gguf", architecture=architecture, shape=shape)
    same_content(here(tiny, tmp_path / "a", kind), by_llama_cpp(tiny, tmp_path / "b", kind))


@pytest.mark.parametrize("kind", ["q6_k", "q5_k_m", "q4_k_m"])
def test_rows_that_fit_no_k_quant_fall_back_as_in_llama_cpp(
    tmp_path: Path, tiny_path: Callable[..., Path], kind: Kind
) -> None:
    tiny = tiny_path(weights="F32")
    same_content(here(tiny, tmp_path / "a", kind), by_llama_cpp(tiny, tmp_path / "b", kind))
    types, fallen = types_of(read_header(tiny).tensors, kind)
    assert EDITED in fallen
    assert types[EDITED] in (Type.Q8_0, Type.Q5_0, Type.Q5_1)


def test_rows_that_fit_nothing_stay_f16(tmp_path: Path) -> None:
    tiny = write_tiny(tmp_path / "odd.gguf", shape=Shape(feed_forward=80))
    types, fallen = types_of(read_header(tiny).tensors, "q4_k_m")
    assert types[EDITED] == Type.F16
    assert EDITED in fallen


def test_only_what_is_kept_gets_more_precision() -> None:
    tensors = read_header(PATIENT).tensors
    types, _ = types_of(tensors, "q4_0")
    assert with_kept(types, tensors, {EDITED}, "same") == types
    higher = with_kept(types, tensors, {EDITED}, "f16")
    assert {name for name in types if higher[name] != types[name]} == {EDITED}
    assert higher[EDITED] == Type.F16


def test_the_blocks_up_to_the_edit_are_kept_as_far_as_the_base_has_it() -> None:
    tensors = read_header(PATIENT).tensors
    types, _ = types_of(tensors, "q4_0")
    raised = with_kept(types, tensors, {EDITED}, "blocks")
    changed = {name for name in types if raised[name] != types[name]}
    assert {name[:5] for name in changed} == {"blk.0", "blk.1"}
    assert {raised[name] for name in changed} == {Type.Q8_0}
    own, _ = types_of(tensors, "same")
    assert with_kept(own, tensors, {EDITED}, "blocks") == own


def test_nothing_is_ever_lowered() -> None:
    tensors = read_header(PATIENT).tensors
    types, _ = types_of(tensors, "f16")
    assert with_kept(types, tensors, {EDITED}, "q8_0") == types
