"""Language models on this machine, and what is in their files.

Names are loaded when first used: importing this package loads neither llama.cpp nor numpy.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.models.embedder import Embedder
    from tools.models.engine import LlamaEngine
    from tools.models.gguf_file import read_info
    from tools.models.references import list_models, open_model, resolve
    from tools.models.scripted import ScriptedModel
    from tools.models.served import ServedModel
    from tools.models.types import GREEDY, Message, ModelInfo, Sampling

# llama.cpp's threads wait for each other after every node of a graph, by default spinning for
# milliseconds: beside other work a spinning thread keeps the one it waits for from its core, and
# two threads on two busy cores were six times slower than need be. Much less than this, and they
# sleep at every node: decoding was forty times slower. Read once, when libgomp is loaded.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")

_HOMES = {
    "Embedder": "embedder",
    "GREEDY": "types",
    "LlamaEngine": "engine",
    "Message": "types",
    "ModelInfo": "types",
    "Sampling": "types",
    "ScriptedModel": "scripted",
    "ServedModel": "served",
    "list_models": "references",
    "open_model": "references",
    "read_info": "gguf_file",
    "resolve": "references",
}

__all__ = [
    "GREEDY", "Embedder", "LlamaEngine", "Message", "ModelInfo", "Sampling", "ScriptedModel",
    "ServedModel", "list_models", "open_model", "read_info", "resolve",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
