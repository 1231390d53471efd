"""One Lethe a directory, private, with room to work; every refusal is one clear line."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from memory.directory import LAYOUT, DataDirectory, store_of
from memory.errors import (
    DirectoryForeign,
    DirectoryHeld,
    DirectoryNotWritable,
    DirectoryTooNew,
    DiskFull,
    MemoryFault,
    StoreCorrupt,
)


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Drop root's right to write everywhere, where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_created_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with DataDirectory(tmp_path / "a" / "b") as directory:
            directory.edits.mkdir()
            directory.ledger.write_text("x")
            files = [path for path in directory.path.rglob("*") if path.is_file()]
            assert mode(directory.path) == 0o700
            assert mode(directory.edits) == 0o700
            assert {mode(path) for path in files} == {0o600}
        assert os.umask(0) == 0, "the process's umask was not given back"
    finally:
        os.umask(before)


def test_an_existing_directory_is_narrowed(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir(mode=0o755)
    with DataDirectory(tmp_path / "d") as directory:
        assert mode(directory.path) == 0o700


def test_a_second_opening_is_refused_at_once_and_names_the_process(tmp_path: Path) -> None:
    with DataDirectory(tmp_path), pytest.raises(DirectoryHeld, match=f"process {os.getpid()}"):
        DataDirectory(tmp_path)


def test_another_process_is_refused_too(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from memory.directory import DataDirectory\n"
        "from memory.errors import DirectoryHeld\n"
        "try: DataDirectory(Path(sys.argv[1]))\n"
        "except DirectoryHeld as error: print(error)\n"
    )
    with DataDirectory(tmp_path):
        command = [sys.executable, "-c", script, str(tmp_path)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == f"{str(tmp_path)!r} is used by another Lethe (process {os.getpid()})\n"


def test_the_lock_ends_with_the_directory_and_with_a_killed_process(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from memory.directory import DataDirectory\n"
        "held = DataDirectory(Path(sys.argv[1])); os.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    assert subprocess.run(command, check=False).returncode == -9
    for _ in range(2):
        with DataDirectory(tmp_path) as directory:
            assert (directory.path / "holder").read_text() == f"{os.getpid()}\n"
    assert not (tmp_path / "holder").exists()


def test_a_path_below_a_file_is_not_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(DirectoryNotWritable, match="file"):
            DataDirectory(path)


def test_a_read_only_directory_is_refused_by_name() -> None:
    with as_ordinary_user(), pytest.raises(DirectoryNotWritable, match="/proc/lethe"):
        DataDirectory(Path("/proc/lethe"))


def test_somebody_elses_directory_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with DataDirectory(tmp_path / "d"):
        pass
    if os.geteuid() == 0:
        with as_ordinary_user(), pytest.raises(DirectoryNotWritable):
            DataDirectory(tmp_path / "d")
    else:
        (tmp_path / "d").chmod(0o500)
        (tmp_path / "d" / "lock").chmod(0o400)
        with DataDirectory(tmp_path / "d") as directory:
            assert mode(directory.path) == 0o700, "our own directory is made usable again"


def test_a_full_disk_is_refused_with_its_room(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match=r"MiB free; 1099511627776 MiB are needed"):
        DataDirectory(tmp_path, minimum_free=2**60)
    with DataDirectory(tmp_path):
        pass


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(DirectoryForeign, match=r"thesis\.tex"):
        DataDirectory(tmp_path)
    assert mode(tmp_path) == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_stranger_file_in_our_directory_does_no_harm(tmp_path: Path) -> None:
    with DataDirectory(tmp_path):
        (tmp_path / "note.txt").write_text("x")
    with DataDirectory(tmp_path):
        pass


@pytest.mark.parametrize("version", ["1", "3", "0", "", "one", "2.0"])
def test_an_unknown_version_is_refused_and_the_lock_given_back(
    tmp_path: Path, version: str
) -> None:
    (tmp_path / "version").write_text(version)
    for _ in range(2):
        with pytest.raises(DirectoryTooNew, match=f"says '{version}'.*version 2"):
            DataDirectory(tmp_path)


def test_a_version_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "version").write_bytes(b"\xff\xfe")
    with pytest.raises(StoreCorrupt, match="version"):
        DataDirectory(tmp_path)


def test_a_refusal_changes_neither_umask_nor_lock(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with pytest.raises(MemoryFault):
            DataDirectory(tmp_path, minimum_free=2**60)
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


def test_every_named_store_is_in_the_layout(tmp_path: Path) -> None:
    with DataDirectory(tmp_path) as directory:
        stores = (
            directory.ledger, directory.receipts, directory.checkpoints, directory.chroma,
            directory.edits,
        )
        assert {store.name for store in stores} <= set(LAYOUT)
        assert {store_of(path.name) for path in tmp_path.iterdir()} <= set(LAYOUT)


def test_side_files_belong_to_their_store() -> None:
    assert store_of("checkpoints.sqlite3-wal") == "checkpoints.sqlite3"
    assert store_of("config.new") == "config"
    assert store_of("unknown") is None
