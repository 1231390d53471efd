"""A cleared model remembers no token of what was said, and answers as before."""

from collections.abc import Callable
from pathlib import Path

from llama_cpp import llama_cpp as llama

from tools.models.engine import LlamaEngine
from tools.models.types import Message, Sampling

LONG = [Message("user", "Marcus Feld lives in Oslo. " * 12)]


def kept(engine: LlamaEngine) -> int:
    """The last position that llama.cpp has in the context, -1 for none."""
    memory = llama.llama_get_memory(engine._context.pointer)
    return int(llama.llama_memory_seq_pos_max(memory, 0))


def test_nothing_is_left_in_the_context(tiny_path: Callable[..., Path]) -> None:
    with LlamaEngine(tiny_path(weights="Q8_0"), threads=1) as engine:
        before = engine.complete(LONG, Sampling(max_tokens=8))
        assert kept(engine) > 0
        engine.clear()
        assert (kept(engine), engine._context._blocks) == (-1, [])
        assert engine.complete(LONG, Sampling(max_tokens=8)) == before
