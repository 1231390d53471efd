"""Lethe's files lie where the platform wants them, and only their owner reads them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tui.paths import is_shared, make_private, paths, private_umask, write_private


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_xdg_directories_are_honoured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert paths().data == tmp_path / "data" / "lethe"
    assert paths().cache == tmp_path / "cache" / "lethe"


def test_a_data_directory_takes_settings_and_state_with_it(tmp_path: Path) -> None:
    chosen = paths(tmp_path)
    assert {chosen.data, chosen.config.parent, chosen.state.parent} == {tmp_path}
    assert chosen.cache == paths().cache


def test_a_relative_data_directory_does_not_move_with_the_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths(Path("here")).data == tmp_path / "here"


def test_new_directories_are_closed_to_others(tmp_path: Path) -> None:
    inner = make_private(tmp_path / "outer" / "inner")
    assert _mode(inner) == _mode(inner.parent) == 0o700


def test_an_open_directory_is_narrowed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert _mode(make_private(tmp_path)) == 0o700


def test_a_written_file_is_closed_to_others_and_complete(tmp_path: Path) -> None:
    target = tmp_path / "key"
    target.write_bytes(b"old")
    target.chmod(0o644)
    write_private(target, b"new")
    assert target.read_bytes() == b"new"
    assert _mode(target) == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_write_leaves_the_old_file_alone(tmp_path: Path) -> None:
    target = tmp_path / "taken"
    target.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_private(target, b"new")
    assert list(tmp_path.iterdir()) == [target]


def test_under_the_private_umask_libraries_write_for_the_owner_only(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with private_umask():
            (tmp_path / "made").write_text("by a library")
        (tmp_path / "after").write_text("outside")
    finally:
        os.umask(before)
    assert not is_shared(tmp_path / "made")
    assert is_shared(tmp_path / "after")
