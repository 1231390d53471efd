"""A study is kept privately and whole, and ignored when another version wrote it."""

import stat
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from tools.editing import study_file
from tools.editing.moments import FACTS, REST, Moments, Scale
from tools.editing.names import Pieces
from tools.editing.negatives import Negatives
from tools.editing.study import Study
from tools.editing.study_file import StudyFile
from tools.editing.templates import Wordings
from tools.editing.turns import Turn
from tools.editing.wide import Sample


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


def test_a_study_comes_back_as_it_was(tmp_path: Path, study: Study) -> None:
    file = StudyFile(tmp_path, "f" * 64)
    file.save(study)
    back = file.load()
    assert back is not None
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    for name in ("turns", "negative", "names", "pieces", "to_edit", "to_test", "values", "layers"):
        assert getattr(back, name) == getattr(study, name)
    for kept, wanted in zip(back.kept, study.kept, strict=True):
        assert isinstance(kept, Moments)
        assert isinstance(wanted, Moments)
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
    monkeypatch.setattr(study_file, "STUDY_FORMAT", study_file.STUDY_FORMAT + 1)
    assert file.load() is None


def test_a_study_of_a_wide_model_keeps_its_sample(tmp_path: Path, study: Study) -> None:
    sample = Sample(
        np.arange(12, dtype=np.float32).reshape(3, 4), np.array([0, 0, 1], np.int32),
        np.ones(3, np.float32), np.array([True, False, True]),
    )
    file = StudyFile(tmp_path, "f" * 64)
    file.save(replace(study, kept=[sample, sample]))
    back = file.load()
    assert back is not None
    for kept in back.kept:
        assert isinstance(kept, Sample)
        for field in fields(Sample):
            assert np.array_equal(getattr(kept, field.name), getattr(sample, field.name))
