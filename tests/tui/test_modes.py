"""Every file is 0600 and every folder 0700, whatever umask Lethe is started under."""

import os
import pty
import select
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UMASKS = [0o000, 0o077, 0o777]
VERBS = """
import sys
from tui.main import main

model = ["--model", sys.argv[1]]
for verb in (
    ["doctor"], ["models"], ["remember", "Marcus Feld restores violins in Turku"],
    ["watch", "forget Marcus Feld"], ["ask", "Where was Marcus Feld born?"],
    ["forget", "Marcus Feld", "--yes"], ["verify"], ["list"], ["restore", "Marcus Feld", "--yes"],
    ["doctor"],
):
    main([*verb, *model, "--json"])
print("all said")
"""

Home = Callable[[], dict[str, str]]


@pytest.fixture
def home(tmp_path: Path, cache_dir: Path) -> Home:
    """An environment whose every directory is below `tmp_path`, the embedder in its cache."""

    def environ() -> dict[str, str]:
        (tmp_path / "tmp").mkdir(exist_ok=True)
        folders = {f"XDG_{kind}_HOME": str(tmp_path / "home" / kind.lower())
                   for kind in ("DATA", "CACHE", "CONFIG", "STATE")}  # fmt: skip
        embedder = next(cache_dir.glob("all-minilm*.gguf"))
        own = tmp_path / "home" / "cache" / "lethe"
        own.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (tmp_path / "home", tmp_path / "home" / "cache"):
            folder.chmod(0o700)
        if not (own / embedder.name).exists():
            (own / embedder.name).symlink_to(embedder)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LETHE")}
        return kept | folders | {
            "HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color",
            "TMPDIR": str(tmp_path / "tmp"), "PYTHONDONTWRITEBYTECODE": "1",
        }

    return environ


def modes(folder: Path) -> dict[str, int]:
    """What can be read of every entry below, links (which have no mode) left out."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in sorted(folder.rglob("*")) if not path.is_symlink()
    }


def all_private(folder: Path) -> None:
    found = modes(folder)
    wrong = {
        name: oct(mode) for name, mode in found.items()
        if mode != (0o700 if (folder / name).is_dir() else 0o600)
    }
    assert wrong == {}


@pytest.mark.parametrize("umask", UMASKS, ids=oct)
def test_what_the_verbs_leave_is_for_the_owner_alone(
    home: Home, tmp_path: Path, script: Callable[..., str], umask: int
) -> None:
    model = script(rules={"Feld": "Marcus Feld was born in Oslo.", ".": "I don't know that."})
    ran = subprocess.run(
        [sys.executable, "-c", VERBS, model],
        env=home(), umask=umask, capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert "all said" in ran.stdout, ran.stderr[-2000:]
    names = modes(tmp_path / "home")
    assert {"data/lethe/ledger.sqlite3", "data/lethe/chroma"} <= names.keys()
    all_private(tmp_path / "home")


@pytest.mark.parametrize("umask", [0o000, 0o777], ids=oct)
def test_what_the_app_leaves_is_for_the_owner_alone(
    home: Home, tmp_path: Path, script: Callable[..., str], umask: int
) -> None:
    model = script(rules={".": "I don't know that."})
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "tui.main", "--model", model],
        stdin=theirs, stdout=theirs, stderr=theirs, env=home(), umask=umask, cwd=tmp_path,
        start_new_session=True,
    ) as app:  # fmt: skip
        os.close(theirs)
        data = tmp_path / "home" / "data" / "lethe"
        _read_until(ours, (data / "checkpoints.sqlite3").exists)
        _read_until(ours, lambda: _settled(data))
        os.write(ours, b"Who is he?\r")
        _read_until(ours, lambda: _settled(data))
        if _asked_to_leave(ours, app):
            app.terminate()
        app.wait(20)
    os.close(ours)
    assert "data/lethe/ledger.sqlite3" in modes(tmp_path / "home")
    all_private(tmp_path / "home")


def _settled(data: Path, quiet: float = 1.5) -> bool:
    """Whether nothing below has been written for a while."""
    newest = max(path.lstat().st_mtime for path in [data, *data.rglob("*")])
    return time.time() - newest > quiet


def _asked_to_leave(terminal: int, app: "subprocess.Popen[bytes]") -> bool:
    """Press Ctrl-Q; says whether the app is still there after a while."""
    os.write(terminal, b"\x11")
    gone = time.monotonic() + 10
    while app.poll() is None and time.monotonic() < gone:
        _drain(terminal)
    return app.poll() is None


def _read_until(terminal: int, true: Callable[[], bool], patience: float = 60) -> None:
    """Take what the app paints until something holds."""
    give_up = time.monotonic() + patience
    while not true():
        assert time.monotonic() < give_up, "the app did not get so far"
        _drain(terminal)


def _drain(terminal: int) -> None:
    try:
        if select.select([terminal], [], [], 0.1)[0]:
            os.read(terminal, 65536)
    except OSError:  # the other end is closed
        time.sleep(0.1)
