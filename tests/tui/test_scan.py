"""`lethe scan`: what is left, in which form, and who could read it; no chat model is opened."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from agents.events import FilesScanned
from memory.errors import TextTooShort
from memory.scan import Found, Report
from tests.conftest import Open
from tests.tui.conftest import Lethe
from tests.tui.scripted import RECEIPT, ScriptedSession
from tests.tui.user import using
from tui.plain import render_plain
from tui.report import receipt_blocks
from tui.settings import Settings
from tui.stores import open_scanner

SECRET = "Marcus Feld owes me ten euros"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache without the embedder."""
    folder = tmp_path / "other" / "cache"
    folder.mkdir(parents=True)
    monkeypatch.setenv("LETHE_CACHE_DIR", str(folder))
    return folder


def test_nothing_is_found_where_nothing_was_kept(lethe: Lethe, cache: Path) -> None:
    session = ScriptedSession()
    ran = lethe("scan", SECRET, session=session)
    assert ran.status == 0
    assert f"{SECRET!r}: not found in 0 files, 0.0 MB" in ran.out
    assert "vectors: not searched: the embedder is not in the cache" in ran.out
    assert session.calls == [], "no session, and so no model, was opened"


def test_a_copy_in_plain_ends_with_one(lethe: Lethe, cache: Path, tmp_path: Path) -> None:
    (cache / "study-1.npz").write_text(f"{SECRET} {SECRET.upper()}")
    ran = lethe("scan", *SECRET.split(), "--json")
    assert ran.status == 1
    assert ran.json["found"] == [{
        "text": SECRET, "store": "study", "form": "utf-8", "count": 2, "readable": "anybody",
    }]
    assert ran.json.keys() == {
        "text", "found", "unread", "vectors", "files", "bytes", "seconds"
    }
    table = lethe("scan", SECRET).out
    assert [line.split() for line in table.splitlines() if "study" in line] == [
        ["study", "utf-8", "2", "anybody"]
    ]


def test_every_line_of_standard_input_is_looked_for(lethe: Lethe, cache: Path) -> None:
    (cache / "model-files.json").write_text("Anna Berg")
    ran = lethe("scan", "-", "--json", stdin=b"Marcus Feld\nAnna Berg\n")
    assert ran.status == 1
    assert [(one["text"], len(one["found"])) for one in ran.lines] == [
        ("Marcus Feld", 0), ("Anna Berg", 1)
    ]


@pytest.mark.parametrize(
    ("argv", "stdin", "said"),
    [
        (["Bo"], b"", "'Bo' is too short to be looked for; expected at least 4 bytes"),
        (["-"], b"Marcus Feld\n\xff\n", "line 2: the turn is not UTF-8: byte 0xff at position 1"),
        ([" "], b"", "the turn is empty; type a question or an order"),
    ],
)
def test_what_cannot_be_looked_for_is_one_line(
    lethe: Lethe, cache: Path, argv: list[str], stdin: bytes, said: str
) -> None:
    ran = lethe("scan", *argv, stdin=stdin)
    assert (ran.status, ran.out, ran.err) == (2, "", f"lethe: {said}\n")


def test_what_could_not_be_read_is_named(lethe: Lethe, cache: Path) -> None:
    (cache / "linked").symlink_to("/proc")
    assert "linked: no regular file" in lethe("scan", SECRET).out


@pytest.fixture
def told(opened: Open, script: Callable[..., str], tmp_path: Path) -> Path:
    """A data directory in which the secret was told, closed again."""
    session = opened(script(rules={".": "I see."}))
    list(session.send(SECRET, intent="remember"))
    session.close()
    return tmp_path / "data"


def scan(told: Path, cache_dir: Path) -> set[tuple[str, str, str]]:
    with ExitStack() as opened:
        scanner = open_scanner(Settings(data_dir=told, cache_dir=cache_dir), opened)
        report = scanner.scan([SECRET])
    return {(row["store"], row["form"], row["readable"]) for row in report["found"]}


def test_with_the_key_its_owner_finds_what_nobody_else_does(told: Path, cache_dir: Path) -> None:
    assert scan(told, cache_dir) == {
        ("memories", "utf-8", "key"), ("memories", "turned vector", "key"),
        ("vectors", "near vector", "key"),
    }


def test_without_the_embedder_texts_are_still_read(told: Path, tmp_path: Path) -> None:
    assert scan(told, tmp_path / "no cache") == {("memories", "utf-8", "key")}


def test_without_the_key_the_bytes_are_still_searched(told: Path, cache_dir: Path) -> None:
    (told / "config" / "key").unlink()
    with ExitStack() as opened:
        report = open_scanner(Settings(data_dir=told, cache_dir=cache_dir), opened).scan([SECRET])
    assert report["found"] == []
    assert any("is gone" in line for line in report["unread"])


def test_a_directory_in_use_is_refused(opened: Open, script: Callable[..., str], lethe: Lethe,
                                       tmp_path: Path) -> None:  # fmt: skip
    opened(script("I see."))
    ran = lethe("--data-dir", str(tmp_path / "data"), "scan", SECRET)
    assert ran.status == 2
    assert "is used by another Lethe" in ran.err


def report(*found: Found) -> Report:
    return Report(found=[*found], unread=[], vectors=True, files=4, bytes=2_000_000, seconds=0.1)


async def test_the_app_shows_what_is_left_as_the_command_line_does() -> None:
    left = Found(text=SECRET, store="ledger", form="utf-8", count=2, readable="key")
    session = ScriptedSession([[FilesScanned(SECRET, report(left))]])
    async with using(session) as user:
        await user.say(f"/scan {SECRET}")
        assert "| ledger | utf\\-8 | 2 | you, with your key |" in user.reports()
        assert "found in 4 files, 2\\.0 MB" in user.reports()
    assert session.calls[0] == ("scan", SECRET)


async def test_a_text_too_short_is_told_in_the_app_too() -> None:
    session = ScriptedSession([TextTooShort("'Bo' is too short")])
    async with using(session) as user:
        await user.say("/scan Bo")
        assert user.remarks("error") == ["'Bo' is too short"]


@pytest.mark.parametrize(
    ("copies", "line"),
    [({}, "none"), ({"ledger": 2, "study": 1}, "2 in ledger, 1 in study")],
)
def test_a_receipt_says_what_is_left(copies: dict[str, int], line: str) -> None:
    text = render_plain(receipt_blocks({**RECEIPT, "scan": copies}))
    assert f"copies left in plain: {line}\n" in text


def test_a_receipt_without_a_scan_says_nothing_of_it() -> None:
    assert "copies" not in render_plain(receipt_blocks({**RECEIPT, "scan": None}))


