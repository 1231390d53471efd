"""What whole sessions need: the embedder, one study of the shipped patient, a fresh directory each.

The study is made once a run, by the product's own code, as it would be on a user's machine.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from agents.session import Session
from tui.compose import SHIPPED, open_session
from tui.paths import paths
from tui.settings import Settings

Open = Callable[..., Session]


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for this run alone, with the machine's embedder in it."""
    from tools.models.embedder_files import ensure_embedder

    folder = tmp_path_factory.mktemp("cache")
    embedder = ensure_embedder(paths().cache)
    (folder / embedder.name).symlink_to(embedder)
    return folder


@pytest.fixture(scope="session")
def studied(cache_dir: Path) -> Path:
    """The same cache once the shipped patient has been studied: half a minute, once a run."""
    from tools.editing.editor import Editor
    from tools.models.engine import LlamaEngine

    with LlamaEngine(SHIPPED, threads=2, cache_dir=cache_dir) as engine:
        Editor(engine, cache_dir, cache_dir / "unused").study(lambda *_: None)
    return cache_dir


@pytest.fixture
def opened(tmp_path: Path, cache_dir: Path) -> Iterator[Open]:
    """`opened(model=REF, thread_id=..., SETTING=...)` opens a session on this test's directory."""
    with ExitStack() as stack:

        def open_one(
            model: str | None = None, thread_id: str | None = None, **more: Any
        ) -> Session:
            data_dir = tmp_path / "data"
            settings = Settings(model=model, data_dir=data_dir, cache_dir=cache_dir, **more)
            session = open_session(settings, thread_id=thread_id)
            stack.callback(session.close)
            return session

        yield open_one


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., str]:
    """`script(*replies, rules={pattern: reply})` is the reference of a scripted model."""

    def write(*replies: str, rules: dict[str, str] | None = None) -> str:
        content: dict[str, Any] = {
            "replies": list(replies),
            "rules": [{"when": when, "reply": reply} for when, reply in (rules or {}).items()],
        }
        file = tmp_path / "script.json"
        file.write_text(json.dumps(content), "utf-8")
        return f"scripted:{file}"

    return write
