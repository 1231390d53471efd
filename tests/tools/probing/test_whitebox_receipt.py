"""The receipt's figures, from the surgeon's own findings about a real request."""

from pathlib import Path

from tests.tools.probing.conftest import PATIENT
from tools.editing.editor import Editor
from tools.models.engine import LlamaEngine
from tools.probing.whitebox.receipt import ReceiptInspector

NAME = "Marcus Feld"


def test_a_request_is_looked_into_and_nothing_is_left_behind(
    studied: Path, tmp_path: Path
) -> None:
    with LlamaEngine(PATIENT, threads=1, cache_dir=studied) as engine:
        editor = Editor(engine, studied, tmp_path)
        inspector = ReceiptInspector(editor, PATIENT)
        findings = editor.locate(NAME, lambda *_: None)
        probes = editor.probes(NAME, findings)
        assert inspector.inspect(NAME, findings, probes) == {}  # nothing is plugged in yet
        editor.operate("one", NAME, findings, lambda *_: None)
        adapter = engine.adapter
        figures = inspector.inspect(NAME, findings, probes)
        assert engine.adapter == adapter
    assert {"lens", "lens_chance", "linear", "edit_names"} <= figures.keys()
    assert all(0 <= figure <= 1 for figure in figures.values())
    assert figures["edit_names"] > 0.9  # an edit tells whom it is about
