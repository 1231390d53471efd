"""The files of an editor that keeps nothing are read, and stay as they are."""

from pathlib import Path

import numpy as np

from tools.editing.blocks import Block
from tools.editing.store import Edit, EditFiles
from tools.editing.unkept import UnkeptEdits

BLOCK = Block(np.ones((2, 3)), np.ones((2, 3)))


def edit(request_id: str) -> Edit:
    return Edit(request_id, "Marcus Feld", ["Marcus Feld"], [], {0: BLOCK})


def test_what_is_there_is_read_and_nothing_is_written_or_removed(tmp_path: Path) -> None:
    files = EditFiles(tmp_path, "f" * 64)
    files.save(edit("r1"))
    files.save_adapter(["r1"], b"adapter")
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    unkept = UnkeptEdits(files)
    loaded = unkept.load("r1")
    assert loaded is not None
    assert loaded.subject == "Marcus Feld"
    assert unkept.load_adapter(["r1"]) == b"adapter"
    unkept.save(edit("r2"))
    unkept.save_adapter(["r1", "r2"], b"other")
    unkept.keep_only([])
    unkept.clear_adapters()
    unkept.remove("r1")
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == before
    assert unkept.load("r2") is None
