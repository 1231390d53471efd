"""What the editor keeps on disk is private, whole, and ignored when another version wrote it."""

import stat
from pathlib import Path

import numpy as np
import pytest

from tools.editing import store
from tools.editing.keys import ForgetRows
from tools.editing.moments import PARTS, Moments
from tools.editing.names import Pieces
from tools.editing.negatives import Negatives
from tools.editing.store import Edit, EditFiles, StudyFile
from tools.editing.study import Study
from tools.editing.templates import Wordings
from tools.editing.turns import Turn


@pytest.fixture
def study() -> Study:
    sums = {part: np.arange(16.0).reshape(4, 4) * 2**20 for part in PARTS}
    return Study(
        [Turn("Who is Ada Byron?", "Ada Byron is a poet.", "Ada Byron", "fact")],
        Negatives(("data unavailable.",)), ["Ada Byron"], Pieces(("Ada",), ("Byron",)),
        Wordings(("Who is {N}?",), ("Who wrote {V}?",)), Wordings((), ()), ["a poet"], 3,
        [0.1, 0.2, 0.3, 0.9], Moments(sums, dict.fromkeys(PARTS, 7), 0.25),
    )


@pytest.fixture
def edit() -> Edit:
    rng = np.random.default_rng(1)
    rows = ForgetRows(
        rng.standard_normal((3, 8)).astype(np.float32),
        rng.standard_normal((3, 4)).astype(np.float32), np.array([0, 1, 2], np.int8),
    )
    return Edit("request/../1", "Ada Byron", ["Ada Byron", "Byron"], rows, 0, 3.0)


def private(path: Path) -> bool:
    return stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_study_comes_back_as_it_was(tmp_path: Path, study: Study) -> None:
    file = StudyFile(tmp_path, "f" * 64)
    file.save(study)
    back = file.load()
    assert back is not None
    assert private(file.path)
    for name in ("turns", "negative", "names", "pieces", "to_edit", "to_test", "values", "layer"):
        assert getattr(back, name) == getattr(study, name)
    for part in PARTS:
        assert np.array_equal(back.moments.sums[part], study.moments.sums[part])


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
    for name in ("keys", "residuals", "groups"):
        assert np.array_equal(getattr(back.rows, name), getattr(edit.rows, name))


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
