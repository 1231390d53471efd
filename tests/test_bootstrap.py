"""The set-up says in one line what a machine lacks, and does nothing twice."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("version", [(3, 9), (3, 10), (3, 14)])
def test_an_unfit_python_is_named_with_the_fit_ones(version: tuple[int, int]) -> None:
    with pytest.raises(
        bootstrap.Obstacle, match=rf"Python 3\.{version[1]} .* 3\.11, 3\.12 or 3\.13"
    ):
        bootstrap.check_python(version)


def test_an_old_python_can_read_the_message() -> None:
    ast.parse((ROOT / "bootstrap.py").read_text(), feature_version=(3, 7))


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_a_fit_python_passes(version: tuple[int, int]) -> None:
    bootstrap.check_python(version)


def test_too_little_disk_is_named_with_its_folder(tmp_path: Path) -> None:
    with pytest.raises(
        bootstrap.Obstacle, match=r"too little disk: .* GiB free in .*4096 GiB needed"
    ):
        bootstrap.check_disk(tmp_path, 4096 * bootstrap.GIB)


def test_a_missing_compiler_is_named(no_programs: Path) -> None:
    with pytest.raises(bootstrap.Obstacle, match="no C compiler found"):
        bootstrap.check_compiler()


def test_a_missing_cpp_compiler_is_named(no_programs: Path) -> None:
    _program(no_programs, "cc", "exit 0")
    with pytest.raises(bootstrap.Obstacle, match=r"no C\+\+ compiler found"):
        bootstrap.check_compiler()


def test_a_compiler_without_its_library_is_told_by_its_own_words(no_programs: Path) -> None:
    _program(no_programs, "cc", "exit 0")
    _program(no_programs, "c++", "echo 'fatal error: filesystem: No such file' >&2; exit 1")
    with pytest.raises(bootstrap.Obstacle, match="fatal error: filesystem: No such file"):
        bootstrap.check_compiler()


def test_without_a_network_the_index_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", Path(sys.executable))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(
        bootstrap.Obstacle, match=r"package index cannot be reached.*typing-extensions"
    ):
        bootstrap.check_index()


def test_a_failed_install_gives_its_first_error_and_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", Path(sys.executable))
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "log")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(bootstrap.Obstacle, match="it failed: ERROR: Could not find a version"):
        bootstrap.run_pip(["install", "lethe-no-such-package"], "it failed")
    assert "No matching distribution" in (tmp_path / "log").read_text()


def test_a_killed_install_is_told_apart_from_a_failed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path, "python", "kill -9 $$")
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", tmp_path / "python")
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "log")
    with pytest.raises(
        bootstrap.Obstacle, match="it failed: pip was killed, perhaps for want of memory"
    ):
        bootstrap.run_pip(["install", "anything"], "it failed")


def test_the_first_error_tells_more_than_the_last() -> None:
    text = "-Werror=implicit-int a.c\na.c:1: error: no main\nERROR: Failed building wheel\nbye"
    assert bootstrap.telling_line(text) == "a.c:1: error: no main"


def test_without_an_error_line_the_last_line_tells() -> None:
    assert bootstrap.telling_line("one\ntwo\n\n") == "two"


def test_an_environment_with_a_removed_python_does_not_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dangling = tmp_path / "python"
    dangling.symlink_to(tmp_path / "removed")
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", dangling)
    assert not bootstrap.environment_works()


def test_the_stamp_of_the_tests_covers_the_chat_but_not_the_reverse(stamp: Path) -> None:
    bootstrap.mark_ready("chat")
    assert (bootstrap.is_ready("chat"), bootstrap.is_ready("test")) == (True, False)
    bootstrap.mark_ready("test")
    assert bootstrap.is_ready("chat")
    assert bootstrap.is_ready("test")


def test_other_declared_packages_make_the_stamp_void(
    stamp: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.mark_ready("test")
    moved = tmp_path / "moved"
    moved.mkdir()
    (moved / "pyproject.toml").write_text("[project]")
    monkeypatch.setattr(bootstrap, "ROOT", moved)
    assert not bootstrap.is_ready("chat")


def test_a_damaged_stamp_is_no_stamp(stamp: Path) -> None:
    stamp.write_text("{")
    assert not bootstrap.is_ready("chat")


def test_an_unknown_goal_is_one_line_and_status_2() -> None:
    result = subprocess.run(
        [sys.executable, "bootstrap.py", "dance"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 2
    assert result.stderr == "lethe: unknown goal 'dance': expected one of chat, test, train\n"


def test_without_any_python_make_says_so_in_one_line(tmp_path: Path) -> None:
    for tool in ("make", "sh"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    result = subprocess.run(
        [str(tmp_path / "make"), "--no-print-directory", "chat"],
        cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 2
    assert "lethe: no Python found" in result.stderr.splitlines()[0]


@pytest.fixture
def no_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An otherwise empty PATH, with a shell for the programs a test puts there."""
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.fixture
def stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "stamp")
    return tmp_path / "stamp"


def _program(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
