"""Typed prompts come back with a key, until they mention what was forgotten."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.errors import StoreCorrupt
from memory.history import LONGEST, PromptHistory
from tests.memory.conftest import bytes_of


def test_prompts_are_kept_in_order_and_privately(tmp_path: Path) -> None:
    path = tmp_path / "history"
    for prompt in ("one", "two\nlines", "two\nlines", "  ", "", "one"):
        PromptHistory(path).append(prompt)
    assert PromptHistory(path).entries() == ["one", "two\nlines", "one"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["history"]


def test_old_prompts_go_first(tmp_path: Path) -> None:
    history = PromptHistory(tmp_path / "history", limit=3)
    for number in range(10):
        history.append(str(number))
    assert history.entries() == ["7", "8", "9"]
    assert PromptHistory(tmp_path / "history", limit=2).entries() == ["8", "9"]


def test_a_pasted_book_is_not_kept(tmp_path: Path) -> None:
    history = PromptHistory(tmp_path / "history")
    history.append("x" * (LONGEST + 1))
    assert history.entries() == []


def test_a_purge_leaves_no_byte(tmp_path: Path) -> None:
    history = PromptHistory(tmp_path / "history")
    for prompt in ("who is Marcus Feld?", "weather", "MÁRCUS feld", "Marcus Feldman"):
        history.append(prompt)
    assert history.purge(["Marcus Feld"]) == 2
    assert history.purge(["Marcus Feld"]) == 0
    assert history.entries() == ["weather", "Marcus Feldman"]
    assert b"who is" not in bytes_of(tmp_path)


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "history").write_text('"one"\n{"a": 1}\n"tw')
    assert PromptHistory(tmp_path / "history").entries() == ["one"]


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "history").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoreCorrupt, match="history"):
        PromptHistory(tmp_path / "history")


@settings(max_examples=40, deadline=None)
@given(prompt=st.text(min_size=1).filter(str.strip))
def test_any_prompt_comes_back_as_typed(
    tmp_path_factory: pytest.TempPathFactory, prompt: str
) -> None:
    path = tmp_path_factory.mktemp("history") / "history"
    PromptHistory(path).append(prompt)
    assert PromptHistory(path).entries() == [prompt]
