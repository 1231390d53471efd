"""A lab on a tiny random model, whose keys are whole and quick to capture."""

from collections.abc import Iterator

import pytest

from tests.tools.models.tiny_gguf import write_tiny
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("models")
    path = write_tiny(folder / "tiny.gguf", weights="Q8_0")
    with LlamaEngine(path, threads=1, cache_dir=folder) as engine:
        yield Lab(engine)
