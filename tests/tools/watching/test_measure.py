"""The measurement reads public data from a path and counts what it is told to."""

import json
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.watching import Intent, Verdict, Watcher
from tools.watching.measure import banking77, clinc150, false_forgets, score
from tools.watching.utterances.rows import Utterance


def test_public_rows_are_read_from_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "data_full.json").write_text(json.dumps({"a": [["x", "i"]], "b": [["y", "j"]]}))
    for name in ("train", "test"):
        (tmp_path / f"{name}.csv").write_text('text,category\n"one, two",c\n')
    assert clinc150(tmp_path) == clinc150(tmp_path / "data_full.json") == ["x", "y"]
    assert banking77(tmp_path) == ["one, two"] * 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"nowhere\.json"):
        clinc150(tmp_path / "nowhere.json")


def test_false_forgets_are_counted_and_shown() -> None:
    report = false_forgets(Watcher(None), ["Forget Marcus Feld.", "what time is it"])
    assert report == {
        "rows": 2, "taken_for_forget": 1, "share": 0.5, "which": ["Forget Marcus Feld."],
    }


def test_score_counts_every_confusion() -> None:
    rows = [_row("forget", "A"), _row("forget", "B"), _row("ask", None), _row("list", None)]
    verdicts = [_verdict("forget", "a"), _verdict("ask"), _verdict("forget", "C"), _verdict("list")]
    report = score(rows, verdicts)
    assert report["intents"]["forget"] == {"precision": 0.5, "recall": 0.5}
    assert report["confusion"]["forget"]["ask"] == report["confusion"]["ask"]["forget"] == 1
    assert report["forget_subject_exact"] == 1.0
    assert report["accuracy"] == 0.5


def _row(intent: Intent, subject: str | None) -> Utterance:
    return Utterance(
        text="x", intent=intent, subject=subject, scope="entity", lang="en", hard=False, history=[]
    )


def _verdict(intent: Intent, subject: str | None = None) -> Verdict:
    return Verdict(intent=intent, subject=subject, scope="entity", confidence=0.9)
