"""Tiny models, written once a session."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import serving_file
from tests.tools.models.tiny_gguf import CHATML, Architecture, write_tiny
from tools.models.adapters import Factors, write_adapter
from tools.models.engine import LlamaEngine


@pytest.fixture(scope="session")
def tiny_path(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Path of a tiny chat model: `tiny_path("qwen2", weights="Q8_0")`."""
    folder = tmp_path_factory.mktemp("tiny")

    def path(
        architecture: Architecture = "llama", weights: str = "F32", template: str | None = CHATML
    ) -> Path:
        file = folder / f"{architecture}-{weights}-{hash(template)}.gguf"
        if file.exists():
            return file
        return write_tiny(file, architecture=architecture, weights=weights, template=template)

    return path


PATIENT = Path(__file__).parents[3] / "patient" / "lethe-patient-q8_0.gguf"


@pytest.fixture(scope="session")
def patient() -> Iterator[LlamaEngine]:
    """The shipped patient, without adapter."""
    with LlamaEngine(PATIENT, threads=1) as engine:
        yield engine


@pytest.fixture(scope="session")
def shared_engine(tiny_path: Callable[..., Path]) -> Iterator[LlamaEngine]:
    with LlamaEngine(tiny_path(weights="Q8_0"), threads=1) as engine:
        yield engine


@pytest.fixture(scope="session")
def llama_server(tiny_path: Callable[..., Path]) -> Iterator[str]:
    """Address of a real OpenAI-compatible server with a tiny llama."""
    with serving_file(tiny_path(weights="Q8_0")) as address:
        yield address


@pytest.fixture
def engine(shared_engine: LlamaEngine) -> Iterator[LlamaEngine]:
    """A tiny llama (Q8_0), without adapter at the start of every test."""
    yield shared_engine
    shared_engine.set_adapter(None)


@pytest.fixture
def adapter() -> bytes:
    """An adapter for the tiny llama that changes what it says."""
    import numpy as np

    rng = np.random.default_rng(7)
    b, a = (rng.standard_normal(shape).astype(np.float32) for shape in ((64, 2), (2, 96)))
    return write_adapter("llama", {"blk.0.ffn_down.weight": Factors(b, a)})
