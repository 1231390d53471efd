"""The watchdog on the real embedder and the weights that ship."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.models.embedder import Embedder
from tools.watching import Watcher


@pytest.fixture(scope="session")
def embedder(cache_dir: Path) -> Iterator[Embedder]:
    from tools.models.embedder_files import embedder_path

    with Embedder(embedder_path(cache_dir)) as opened:
        yield opened


@pytest.fixture(scope="session")
def watcher(embedder: Embedder) -> Watcher:
    return Watcher(embedder)
