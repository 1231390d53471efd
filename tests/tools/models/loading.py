"""A bare llama.cpp model for tests of the parts below the engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from llama_cpp import llama_cpp as llama

from tools.models.contexts import Weights


@llama.llama_log_callback
def _quiet(_level: int, _text: bytes, _data: int) -> None:
    """llama.cpp's log is no part of a test's output."""


@contextmanager
def weights_of(path: Path, threads: int = 1) -> Iterator[Weights]:
    """The file loaded, freed at the end."""
    llama.llama_log_set(_quiet, None)
    llama.llama_backend_init()
    params = llama.llama_model_default_params()
    params.n_gpu_layers = 0
    pointer = llama.llama_model_load_from_file(str(path).encode(), params)
    assert pointer
    try:
        yield Weights(pointer, threads)
    finally:
        llama.llama_model_free(pointer)
