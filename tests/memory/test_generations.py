"""There is one live folder, always the whole old one or the whole new one."""

from pathlib import Path

import pytest

from memory.errors import StoreCorrupt
from memory.generations import Generations


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    made = Generations(tmp_path / "store")
    made.recover()
    return made


def folders(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "store").iterdir() if path.is_dir())


def test_the_first_one_is_made(generations: Generations, tmp_path: Path) -> None:
    assert generations.live == tmp_path / "store" / "g1"
    assert not generations.unclean
    assert generations.live.stat().st_mode & 0o777 == 0o700


def test_a_switch_is_one_step_and_settling_removes_the_old(
    generations: Generations, tmp_path: Path
) -> None:
    generations.mark_unclean()
    fresh = generations.fresh()
    (fresh / "row").write_text("x")
    assert generations.live.name == "g1"
    generations.switch(fresh)
    assert (generations.live.name, folders(tmp_path)) == ("g2", ["g1", "g2"])
    generations.settle()
    assert (folders(tmp_path), generations.unclean) == (["g2"], False)


def test_an_unfinished_copy_is_dropped(generations: Generations, tmp_path: Path) -> None:
    (generations.fresh() / "half").write_text("x")
    assert not any(generations.fresh().iterdir()), "a new copy begins empty"
    Generations(tmp_path / "store").recover()
    assert folders(tmp_path) == ["g1"]


def test_tenth_follows_ninth(generations: Generations) -> None:
    for _ in range(11):
        generations.switch(generations.fresh())
        generations.settle()
    assert generations.live.name == "g12"


@pytest.mark.parametrize("pointer", ["g9", "../store", "", "g1/..", "/"])
def test_a_pointer_to_nowhere_is_named(tmp_path: Path, pointer: str) -> None:
    store = Generations(tmp_path / "store")
    store.recover()
    (tmp_path / "store" / "current").write_text(pointer)
    with pytest.raises(StoreCorrupt, match=r"current.*not there"):
        store.recover()
