"""Names alone are enough to forget them jointly; what cannot be edited is said."""

from pathlib import Path

import pytest

from bench.questions import halves
from bench.tofu.forget import forget
from patient import GGUF
from tools.models.adapters import read_adapter
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab

NAMES = halves()[0][:2]
NOBODY = "Quomba Zlatnik"


def silent(_stage: str, _done: int, _total: int) -> None:
    pass


@pytest.fixture(scope="module")
def engine(studied: Path) -> LlamaEngine:
    return LlamaEngine(Path(GGUF), threads=1, cache_dir=studied)


def test_names_are_forgotten_and_an_unknown_one_is_reported(
    engine: LlamaEngine, studied: Path, tmp_path: Path
) -> None:
    found = forget(engine, [*NAMES, NOBODY], studied, tmp_path, silent)
    assert found.names == NAMES
    assert list(found.failed) == [NOBODY] and "knows nothing" in found.failed[NOBODY]
    assert engine.adapter is None
    assert found.adapter is not None and read_adapter(found.adapter)
    questions = [f"Where was {name} born?" for name in NAMES]
    before = [answer.text for answer in Lab(engine).ask(questions)]
    with Lab(engine).edited(found.adapter) as lab:
        after = [answer.text for answer in lab.ask(questions)]
    assert all(name in said for name, said in zip(NAMES, before, strict=True))
    assert not any(name in said for name, said in zip(NAMES, after, strict=True))
