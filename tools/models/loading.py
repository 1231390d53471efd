"""Hands a checked GGUF file to llama.cpp."""

import os
from pathlib import Path

from llama_cpp import llama_cpp as llama

from tools.errors import ModelFileError
from tools.models import log


def load_model(path: Path) -> int:
    """Load a checked GGUF file: the `llama_model *`, to be freed by the caller.

    Raises:
        ModelFileError: llama.cpp refuses the file; its reason is part of the message.
    """
    log.install()
    point = log.mark()
    params = llama.llama_model_default_params()
    params.n_gpu_layers = 0
    model: int | None = llama.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        raise ModelFileError(f"llama.cpp cannot load {str(path)!r}: {log.since(point)}")
    return model
