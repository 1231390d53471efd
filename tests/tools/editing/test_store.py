"""What the editor keeps on disk is private, whole, and ignored when another version wrote it."""

import stat
from pathlib import Path

import numpy as np
import pytest

from tools.editing import store
from tools.editing.blocks import Block
from tools.editing.moments import FACTS, REST, Moments, Scale
from tools.editing.names import Pieces
from tools.editing.negatives import Negatives
from tools.editing.store import Edit, EditFiles, StudyFile
from tools.editing.study import Study
from tools.editing.templates import Wordings
from tools.editing.turns import Turn


@pytest.fixture
def study() -> Study:
    sums = {name: np.arange(16.0).reshape(4, 4) * 2**20 for name in (FACTS, REST)}
    kept = Moments(sums, Scale(0.25, {"last": 8}, {FACTS: 0.5, REST: 0.25}))
    return Study(
        [Turn("Who is Ada Byron?", "Ada Byron is a poet.", "Ada Byron", "fact")],
        Negatives(("data unavailable.",)), ["Ada Byron"], Pieces(("Ada",), ("Byron",)),
        Wordings(("Who is {N}?",), ("Who wrote {V}?",)), Wordings((), ()), ["a poet"],
        [1, 3], [0.1, 0.2, 0.3, 0.9], [kept, kept],
    )


@pytest.fixture
def edit() -> Edit:
    rng = np.random.default_rng(1)
    block = Block(*(rng.standard_normal((3, size)).astype(np.float32) for size in (8, 4)))
    names = ["Ada Byron", "Byron"]
    return Edit("request/../1", "Ada Byron", names, ["Ada Lovell"], {0: block, 3: block}, 3.0)


def private(path: Path) -> bool:
    return stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_study_comes_back_as_it_was(tmp_path: Path, study: Study) -> None:
    file = StudyFile(tmp_path, "f" * 64)
    file.save(study)
    back = file.load()
    assert back is not None
    assert private(file.path)
    for name in ("turns", "negative", "names", "pieces", "to_edit", "to_test", "values", "layers"):
        assert getattr(back, name) == getattr(study, name)
    for kept, wanted in zip(back.moments, study.moments, strict=True):
        assert kept.scale == wanted.scale
        for name in (FACTS, REST):
            assert np.array_equal(kept.sums[name], wanted.sums[name])


def test_another_model_has_no_study(tmp_path: Path, study: Study) -> None:
    StudyFile(tmp_path, "f" * 64).save(study)
    assert StudyFile(tmp_path, "e" * 64).load() is None


@pytest.mark.parametrize("damage", [b"", b"PK", b"no archive at all"])
def test_a_damaged_study_is_none(tmp_path: Path, study: Study, damage: bytes) -> None:
    file = StudyFile(tmp_path, "f" * 64)
    file.save(study)
    file.path.write_bytes(damage)
    assert file.load() is None


def test_a_study_of_another_format_is_none(
    tmp_path: Path, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = StudyFile(tmp_path, "f" * 64)
    file.save(study)
    monkeypatch.setattr(store, "STUDY_FORMAT", store.STUDY_FORMAT + 1)
    assert file.load() is None


def test_an_edit_comes_back_as_it_was(tmp_path: Path, edit: Edit) -> None:
    files = EditFiles(tmp_path, "f" * 64)
    files.save(edit)
    back = files.load(edit.request_id)
    assert back is not None
    assert private(files.path(edit.request_id))
    assert files.path(edit.request_id).parent == files.folder
    assert (back.subject, back.names, back.emphasis) == ("Ada Byron", ["Ada Byron", "Byron"], 3.0)
    assert back.near == edit.near
    assert list(back.blocks) == [0, 3]
    assert np.array_equal(back.blocks[3].keys, edit.blocks[3].keys)
    assert np.array_equal(back.blocks[3].residuals, edit.blocks[3].residuals)


def test_only_the_named_requests_are_kept(tmp_path: Path, edit: Edit) -> None:
    files = EditFiles(tmp_path, "f" * 64)
    files.save(edit)
    files.keep_only([edit.request_id])
    assert files.load(edit.request_id) is not None
    files.keep_only([])
    assert files.load(edit.request_id) is None


def test_a_merged_adapter_belongs_to_a_set_of_requests(tmp_path: Path) -> None:
    files = EditFiles(tmp_path, "f" * 64)
    files.save_adapter(["b", "a"], b"GGUF both")
    assert files.load_adapter(["a", "b"]) == b"GGUF both"
    assert files.load_adapter(["a"]) is None
    files.save_adapter(["a"], b"GGUF one")
    assert files.load_adapter(["a", "b"]) is None
    files.clear_adapters()
    assert files.load_adapter(["a"]) is None


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "file"
    target.parent.mkdir()
    target.mkdir()  # cannot be replaced by a file
    with pytest.raises(OSError, match="file"):
        store.write_private(target, b"data")
    assert [path.name for path in target.parent.iterdir()] == ["file"]
