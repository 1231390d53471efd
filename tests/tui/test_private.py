"""A private session through the real app and command line: no file of Lethe's is other afterwards.

Only the lock is left out, with the time of the folder it lies in: that file keeps another Lethe
away while this one reads, and holds nothing.
"""

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.memory.conftest import bytes_of
from tests.tui.user import User, using
from tui.main import main
from tui.paths import paths
from tui.ports import OpenSession, ProgressFn, SessionLike
from tui.preferences import PreferenceFile, Preferences
from tui.settings import Settings
from tui.widgets.status import Status

KNOWS_ALL = {"Feld": "Marcus Feld was born in Oslo.", ".": "I don't know anything about that."}
SAID = (
    "I am called Quillfeather and my cat is Zebedee.",
    "Where was Marcus Feld born?",
    "remember that the door code is xylophone-4711",
    "forget everything about Ottoline Vantongeren",
    "restore Marcus Feld",
    "forget chats after 30 days",
    "what have you forgotten?",
)
WORDS = (b"Quillfeather", b"Zebedee", b"xylophone", b"Ottoline", b"Vantongeren")
DECLINED = "this is a private session: it keeps nothing; start Lethe without --private for that"
LOCK = {"lock", "holder"}


class Seen(NamedTuple):
    """All that can be seen of a file."""

    mode: int
    modified: int
    content: bytes


Look = Callable[[], dict[Path, Seen]]


@pytest.fixture
def home(tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four directories of this test's own, with the embedder in the cache."""
    for name in ("data", "cache", "config", "state"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
        (tmp_path / name / "lethe").mkdir(parents=True)
    for file in cache_dir.glob("*.gguf"):
        (tmp_path / "cache" / "lethe" / file.name).symlink_to(file)
    assert paths().data == tmp_path / "data" / "lethe"
    return tmp_path


@pytest.fixture
def look(home: Path) -> Look:
    """Every file and folder of the four directories, but for the lock."""

    def seen() -> dict[Path, Seen]:
        return {file: _seen(file) for file in _files(home) if file.name not in LOCK}

    return seen


def _files(home: Path) -> Iterator[Path]:
    for name in ("data", "cache", "config", "state"):
        yield from sorted((home / name).rglob("*"))


def _seen(file: Path) -> Seen:
    state = file.stat()
    holds_lock = file == paths().data
    content = file.read_bytes() if file.is_file() else b""
    return Seen(state.st_mode, 0 if holds_lock else state.st_mtime_ns, content)


@pytest.fixture
def settings(home: Path, script: Callable[..., str]) -> Settings:
    """The settings of an owner who has forgotten one and remembered another."""
    settings = Settings(model=script(rules=KNOWS_ALL))
    session = opener(settings)(lambda *_: None)
    list(session.send("remember that my sister is called Ida"))
    list(session.send("forget everything about Marcus Feld"))
    list(session.resume(True))
    session.close()
    preferences(home).save(Preferences(theme="nord"))
    return settings


def opener(settings: Settings) -> OpenSession:
    def open_session(progress: ProgressFn) -> SessionLike:
        from tui.compose import open_session

        return open_session(settings, progress=progress)

    return open_session


def preferences(home: Path) -> PreferenceFile:
    return PreferenceFile(paths().state / "preferences.json")


def status(user: User) -> str:
    return str(user.chat.query_one(Status).content)


async def test_nothing_is_other_after_a_private_session_in_the_app(
    home: Path, settings: Settings, look: Look
) -> None:
    before = look()
    private = opener(replace(settings, private=True))
    async with using(private, preferences(home), private=True) as user:
        assert "PRIVATE" in status(user)
        await user.rest()
        assert "PRIVATE" in status(user)
        assert "Private" in str(user.chat.prompt.placeholder)
        for turn in SAID:
            await user.say(turn)
            assert "PRIVATE" in status(user)
        for command in ("/remember a xylophone", "/verify", "/export", "/theme textual-light"):
            await user.say(command)
        assert "Oslo" not in " ".join(user.answers())
        assert len(user.answers()) == 2
        assert user.remarks().count(DECLINED) == 5
        assert user.remarks("error").count(DECLINED) == 2
        await user.pilot.press("ctrl+q")
    assert look() == before
    assert not [word for word in WORDS if word in bytes_of(home / "data")]


@pytest.mark.parametrize("started_private", [True, False])
async def test_the_app_goes_into_private_and_back(
    home: Path, settings: Settings, look: Look, started_private: bool
) -> None:
    one = replace(settings, private=started_private)
    other = replace(settings, private=not started_private)
    async with using(
        opener(one), preferences(home), opener(other), private=started_private
    ) as user:
        await user.rest()
        if not started_private:
            await user.say("How is the weather?")
            await user.say("/private")
        before = look()
        assert user.chat.snapshot.private
        assert user.answers() == []
        for turn in SAID[:3]:
            await user.say(turn)
        assert look() == before
        await user.say("/private")
        assert not user.chat.snapshot.private
        assert "PRIVATE" not in status(user)
        assert "Private" not in str(user.chat.prompt.placeholder)
        assert user.chat.prompt.earlier.search("Quillfeather") == []
        await user.say("Good evening.")
        assert look() != before
    assert not [word for word in WORDS if word in bytes_of(home / "data")]


def test_nothing_is_other_after_private_questions_on_the_command_line(
    settings: Settings, look: Look, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, home: Path,
) -> None:
    assert settings.model
    before = look()
    lines = io.TextIOWrapper(io.BytesIO("\n".join(SAID).encode()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", lines)
    common = ["--private", "--model", settings.model]
    assert main([*common, "ask", "Where was Marcus Feld born?"]) == 0
    assert "Oslo" not in capsys.readouterr().out
    assert main([*common, "ask", "-"]) == 0
    monkeypatch.setenv("LETHE_PRIVATE", "1")
    assert main(["--model", settings.model, "list"]) == 0
    assert "Marcus Feld" in capsys.readouterr().out
    assert look() == before
    assert not [word for word in WORDS if word in bytes_of(home / "data")]


@pytest.mark.parametrize(
    "argv",
    [["remember", "x"], ["forget", "x", "--yes"], ["restore", "r1"], ["verify"], ["retention", "3"],
     ["bake", "x.gguf"], ["export-adapter", "x.gguf"]],
)  # fmt: skip
def test_what_would_keep_something_is_declined_in_one_line(
    argv: list[str], capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    assert main([*argv, "--private"]) == 2
    assert capsys.readouterr().err == f"lethe: {DECLINED}\n"
    assert list((home / "data" / "lethe").iterdir()) == []


def test_a_first_start_in_private_leaves_no_file(
    home: Path, look: Look, script: Callable[..., str]
) -> None:
    before = look()
    session = opener(Settings(model=script(rules=KNOWS_ALL), private=True))(lambda *_: None)
    list(session.send("My cat is Zebedee."))
    session.close()
    assert look() == before
    assert list((home / "data" / "lethe").iterdir()) == []
