"""One table of every copy: it covers the data directory, and the page shows it."""

from pathlib import Path, PurePath

import numpy as np
import pytest

from memory.directory import LAYOUT
from memory.places import PLACES, place_of, table
from tools.editing.blocks import Block
from tools.editing.store import Edit, EditFiles
from tools.models.embedder_files import FILE_NAME

FOLDERS = {"chroma", "edits", "config", "state", "damaged"}
PAGE = Path(__file__).parents[2] / "docs" / "erasure.md"


def test_the_page_shows_this_very_table() -> None:
    """To renew it: put what `memory.places.table()` returns between the two marks."""
    shown = PAGE.read_text("utf-8").partition("<!-- places -->\n")[2].partition("<!-- end -->")[0]
    assert shown == table()


def test_names_are_told_apart() -> None:
    assert len({place.name for place in PLACES}) == len(PLACES)


@pytest.mark.parametrize("name", sorted(set(LAYOUT) - FOLDERS))
def test_every_file_of_the_layout_has_its_place(name: str) -> None:
    assert place_of("data", PurePath(name)) is not None


@pytest.mark.parametrize("folder", ["chroma", "edits"])
def test_so_has_every_folder(folder: str) -> None:
    patterns = [pattern for place in PLACES for pattern in place.files]
    assert any(pattern.startswith(f"{folder}/") for pattern in patterns)


def test_so_has_whatever_a_repair_set_aside() -> None:
    for name in ("damaged-1/ledger.sqlite3", "damaged-12/chroma/g1/chroma.sqlite3"):
        place = place_of("data", PurePath(name))
        assert place is not None
        assert place.name == "damaged files"


@pytest.mark.parametrize("name", ["ledger.sqlite3", "checkpoints.sqlite3"])
@pytest.mark.parametrize("suffix", ["-journal", "-wal", "-shm"])
def test_side_files_belong_to_their_store(name: str, suffix: str) -> None:
    assert place_of("data", PurePath(name + suffix)) == place_of("data", PurePath(name))


def test_settings_and_state_below_the_data_are_what_they_are_elsewhere() -> None:
    for area, file in (("config", "key"), ("config", "config.toml"), ("state", "preferences.json")):
        assert place_of("data", PurePath(area, file)) == place_of(area, PurePath(file))  # type: ignore[arg-type]
        assert place_of("data", PurePath(file)) is None


@pytest.mark.parametrize("name", ["notes.txt", "chroma/notes.txt", "edits/abc", "ledger.sqlite"])
def test_what_is_nobodys_has_no_place(name: str) -> None:
    assert place_of("data", PurePath(name)) is None


def test_the_files_of_an_edit_have_theirs(tmp_path: Path) -> None:
    files = EditFiles(tmp_path / "edits", "f" * 64)
    row = np.ones((2, 3))
    files.save(Edit("r1", "Marcus Feld", [], [], {0: Block(row, row)}))
    files.save_adapter(["r1"], b"GGUF")
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    places = {place_of("data", path.relative_to(tmp_path)) for path in written}
    assert {place.name for place in places if place} == {"edits", "adapter"}
    assert None not in places


def test_files_under_way_have_theirs() -> None:
    """`write_private` and the embedder's fetch write beside their target under such names."""
    for name in ("edits/abc/.1f.npz.k2j4", "edits/abc/.merged-1.gguf.k2j4", "chroma/current.new"):
        assert place_of("data", PurePath(name)) is not None
    for name in (".study-1.npz.k2j4", f".embedder-x/{FILE_NAME}", FILE_NAME, "model-files.json"):
        assert place_of("cache", PurePath(name)) is not None
