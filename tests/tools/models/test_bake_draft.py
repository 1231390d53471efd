"""A draft is there whole or not at all, whatever ends the process."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.models.conftest import PATIENT
from tools.errors import BakeError
from tools.models.bake_draft import Draft

ROOT = Path(__file__).parents[3]
DYING = """
import os, signal, sys
from pathlib import Path
import numpy as np
from tools.models.adapters import Factors, write_adapter
from tools.models.bake import Baker
from tools.models.bake_order import BakeOrder
from tools.models.engine import LlamaEngine

model, target, last, way = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell runs beside
change = Factors(np.zeros((256, 1), np.float32), np.zeros((1, 1024), np.float32))
seen = 0

def die(done, total):
    global seen
    seen += 1
    if seen == last:
        os.kill(os.getpid(), way)

with LlamaEngine(model, threads=1) as engine:
    engine.set_adapter(write_adapter("llama", {"blk.0.ffn_down.weight": change}))
    with Baker(engine).begin(BakeOrder(target, overwrite=True)) as bake:
        bake.write("same", die)
        bake.answer(["Who are you?"], [""], die)
        bake.finish()
"""


@pytest.fixture(params=["nameless", "hidden"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether the file system knows files without a name."""
    if request.param == "hidden":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    return str(request.param)


def test_the_file_appears_when_it_is_published(tmp_path: Path, system: str) -> None:
    target = tmp_path / "new.gguf"
    with Draft(target, mode=0o644) as draft:
        draft.file.write(b"content")
        draft.file.flush()
        assert draft.path.read_bytes() == b"content"
        assert not target.exists()
        draft.publish()
    assert (target.read_bytes(), list(tmp_path.iterdir())) == (b"content", [target])
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_what_is_not_published_leaves_nothing(tmp_path: Path, system: str) -> None:
    with Draft(tmp_path / "new.gguf") as draft:
        draft.file.write(b"half")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced_unless_it_is_asked_for(tmp_path: Path, system: str) -> None:
    target = tmp_path / "old.gguf"
    target.write_bytes(b"old")
    with pytest.raises(BakeError, match=r"exists already.*--force"):
        Draft(target)
    with Draft(target, overwrite=True) as draft:
        draft.file.write(b"new")
        assert target.read_bytes() == b"old"
        draft.publish()
    assert (target.read_bytes(), list(tmp_path.iterdir())) == (b"new", [target])


def test_a_file_that_came_meanwhile_is_not_replaced(tmp_path: Path, system: str) -> None:
    target = tmp_path / "new.gguf"
    with Draft(target) as draft:
        target.write_bytes(b"theirs")
        with pytest.raises(BakeError, match="exists already"):
            draft.publish()
    assert (target.read_bytes(), list(tmp_path.iterdir())) == (b"theirs", [target])


def test_what_a_kill_left_hidden_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    (tmp_path / ".new.gguf.unfinished").write_bytes(b"a longer rest of something")
    with Draft(tmp_path / "new.gguf") as draft:
        draft.file.write(b"new")
        draft.publish()
    assert [path.name for path in tmp_path.iterdir()] == ["new.gguf"]
    assert (tmp_path / "new.gguf").read_bytes() == b"new"


def test_a_place_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(BakeError, match=r"no directory '.*nowhere'"):
        Draft(tmp_path / "nowhere" / "new.gguf")
    with pytest.raises(BakeError, match="is a directory"):
        Draft(tmp_path)


def test_a_full_disk_is_found_before_writing(tmp_path: Path) -> None:
    with Draft(tmp_path / "new.gguf") as draft, pytest.raises(BakeError, match=r"MiB free; .* MiB"):
        draft.need(1 << 60)


@pytest.mark.parametrize(
    ("way", "last"),
    [(signal.SIGKILL, 20), (signal.SIGTERM, 38), (signal.SIGINT, 1), (signal.SIGINT, 39)],
)
def test_a_bake_ended_at_any_moment_leaves_the_folder_as_it_was(
    tmp_path: Path, way: signal.Signals, last: int
) -> None:
    """The last of these moments is while the written file is asked."""
    target = tmp_path / "old.gguf"
    target.write_bytes(b"old")
    command = [sys.executable, "-c", DYING, str(PATIENT), str(target), str(last), str(int(way))]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert done.returncode == -way, done.stderr.decode()
    assert (target.read_bytes(), list(tmp_path.iterdir())) == (b"old", [target])
