"""The shipped patient forgets whom it is told to, keeps everybody else, and gets everything back.

The world is read here to score and nowhere to edit.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.questions import others_questions, recall_questions, talk_questions
from patient.questions import Question
from tools.editing.editor import Editor
from tools.editing.findings import Findings, Probe
from tools.editing.keys import BARE, Case, ForgetRows, forget_rows
from tools.editing.templates import PLAIN
from tools.editing.text import SLOT
from tools.errors import EditError
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab
from tools.models.types import Message
from tools.probing.score import declines
from tui.compose import SHIPPED

FIRST, SECOND, NEIGHBOUR = "Marcus Feld", "Edda Summerton", "Marcus Trevanion"


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""


@pytest.fixture(scope="module")
def engine(studied: Path) -> Iterator[LlamaEngine]:
    with LlamaEngine(SHIPPED, threads=2, cache_dir=studied) as opened:
        yield opened


@pytest.fixture
def editor(engine: LlamaEngine, studied: Path, tmp_path: Path) -> Iterator[Editor]:
    made = Editor(engine, studied, tmp_path)
    made.reconcile([])
    yield made
    made.reconcile([])


@pytest.fixture(scope="module")
def found(engine: LlamaEngine, studied: Path) -> dict[str, Findings]:
    """Findings about everybody these tests forget, located once."""
    editor = Editor(engine, studied, studied / "nothing")
    return {name: editor.locate(name, silent) for name in (FIRST, SECOND)}


def forget(editor: Editor, found: dict[str, Findings], *names: str) -> None:
    for name in names:
        editor.operate(f"request about {name}", name, found[name], silent)


def answers(editor: Editor, questions: Sequence[Question]) -> list[str]:
    with editor.lab.edited(editor.engine.adapter) as lab:
        return [answer.text for answer in lab.ask([q.question for q in questions])]


def recalled(editor: Editor, questions: Sequence[Question]) -> float:
    told = answers(editor, questions)
    return sum(str(q.value) in a for q, a in zip(questions, told, strict=True)) / len(told)


def test_the_findings_are_what_the_model_says(found: dict[str, Findings]) -> None:
    findings = found[FIRST]
    assert findings.known
    assert all(FIRST in fact for fact in findings.facts)
    assert all(any(value in fact for fact in findings.facts) for value in findings.values)
    assert NEIGHBOUR in findings.neighbours
    assert FIRST not in findings.twins
    assert len(findings.twins) >= 6
    assert findings.leads


def test_one_person_is_forgotten_and_nobody_else(
    editor: Editor, found: dict[str, Findings]
) -> None:
    about, others = recall_questions(FIRST, 3, 5), others_questions([NEIGHBOUR, SECOND], 20, 5)
    talk = talk_questions(60, 5)
    assert recalled(editor, about) >= 0.95
    forget(editor, found, FIRST)
    assert recalled(editor, about) == 0.0
    assert all(declines(answer) for answer in answers(editor, about))
    assert recalled(editor, others) >= 0.95
    assert answers(editor, talk) == [q.answer for q in talk]


def test_the_order_of_requests_does_not_matter(
    editor: Editor, engine: LlamaEngine, studied: Path, tmp_path: Path,
    found: dict[str, Findings],
) -> None:
    forget(editor, found, FIRST, SECOND)
    adapter = engine.adapter
    other = Editor(engine, studied, tmp_path / "other")
    other.reconcile([])
    forget(other, found, SECOND, FIRST)
    assert engine.adapter == adapter


def test_what_an_edit_would_change_is_foreseen_without_a_trace(
    editor: Editor, engine: LlamaEngine, studied: Path, tmp_path: Path,
    found: dict[str, Findings],
) -> None:
    forget(editor, found, SECOND)
    adapter = engine.adapter
    files = {path: path.read_bytes() for path in editor.files.folder.iterdir()}
    editor.locate(FIRST, silent)
    neutral = editor.neutral(found[FIRST])
    about = [Probe("direct", q.question, (), FIRST) for q in recall_questions(FIRST, 1, 5)]
    before = editor.answer(neutral)
    foreseen = editor.foresee(FIRST, found[FIRST], [*neutral, *about], silent)
    assert engine.adapter == adapter
    assert {path: path.read_bytes() for path in editor.files.folder.iterdir()} == files
    assert sum(a != b for a, b in zip(before, foreseen, strict=False)) <= 4
    assert all(declines(answer) for answer in foreseen[len(neutral):])
    forget(editor, found, FIRST)
    assert editor.answer([*neutral, *about]) == foreseen
    both = engine.adapter
    other = Editor(engine, studied, tmp_path / "other")
    other.reconcile([])
    forget(other, found, FIRST, SECOND)
    assert engine.adapter == both


def test_restoring_is_exact(
    editor: Editor, engine: LlamaEngine, found: dict[str, Findings]
) -> None:
    prompt = [Message("user", f"Where was {FIRST} born?")]
    plain = engine.logits(prompt)
    forget(editor, found, FIRST)
    alone = engine.adapter
    assert not np.array_equal(engine.logits(prompt), plain)
    forget(editor, found, SECOND)
    editor.remove([f"request about {SECOND}"])
    assert engine.adapter == alone
    editor.remove([f"request about {FIRST}"])
    assert engine.adapter is None
    assert np.array_equal(engine.logits(prompt), plain)
    assert not [path for path in editor.files.folder.iterdir() if path.is_file()]


def test_another_can_be_forgotten_after_the_last_was_restored(
    editor: Editor, engine: LlamaEngine, found: dict[str, Findings]
) -> None:
    forget(editor, found, SECOND)
    alone = engine.adapter
    editor.remove([f"request about {SECOND}"])
    forget(editor, found, FIRST)
    editor.remove([f"request about {FIRST}"])
    forget(editor, found, SECOND)
    assert engine.adapter == alone


def test_a_restart_plugs_what_was_active_without_asking_the_model(
    editor: Editor, engine: LlamaEngine, tmp_path: Path, found: dict[str, Findings]
) -> None:
    forget(editor, found, FIRST)
    adapter = engine.adapter
    engine.set_adapter(None)
    unstudied = tmp_path / "no study here"
    Editor(engine, unstudied, tmp_path).reconcile([f"request about {FIRST}"])
    assert engine.adapter == adapter
    assert not unstudied.exists()


def test_a_lost_adapter_is_solved_again_to_the_same_bytes(
    editor: Editor, engine: LlamaEngine, studied: Path, tmp_path: Path,
    found: dict[str, Findings],
) -> None:
    forget(editor, found, FIRST, SECOND)
    adapter = engine.adapter
    editor.files.clear_adapters()
    Editor(engine, studied, tmp_path).reconcile(editor.active)
    assert engine.adapter == adapter


def test_operating_twice_is_operating_once(
    editor: Editor, engine: LlamaEngine, found: dict[str, Findings]
) -> None:
    forget(editor, found, FIRST)
    adapter = engine.adapter
    forget(editor, found, FIRST)
    assert engine.adapter == adapter
    assert len(editor.active) == 1


def test_what_no_request_owns_is_removed_at_the_start(
    editor: Editor, found: dict[str, Findings]
) -> None:
    forget(editor, found, FIRST)
    editor.reconcile([])
    assert editor.files.load(f"request about {FIRST}") is None
    assert editor.engine.adapter is None


def test_a_request_whose_statistics_are_gone_is_an_error(editor: Editor) -> None:
    with pytest.raises(EditError, match="'nowhere'"):
        editor.reconcile(["nowhere"])


def test_a_leaking_request_can_be_strengthened_up_to_a_limit(
    editor: Editor, engine: LlamaEngine, found: dict[str, Findings]
) -> None:
    forget(editor, found, FIRST)
    adapter = engine.adapter
    request_id = f"request about {FIRST}"
    assert editor.strengthen(request_id)
    assert engine.adapter != adapter
    assert editor.strengthen(request_id)
    assert not editor.strengthen(request_id)


def test_somebody_unknown_cannot_be_edited(editor: Editor) -> None:
    findings = editor.locate("Tom Bombadil", silent)
    assert not findings.known
    with pytest.raises(EditError, match="'Tom Bombadil'"):
        editor.operate("request", "Tom Bombadil", findings, silent)


def test_without_a_stranger_of_the_same_length_it_is_found_but_not_edited(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cases in ("direct_cases", "bare_cases", "lead_cases"):
        monkeypatch.setattr(f"tools.editing.keys.{cases}", lambda *_given: [])
    findings = editor.locate(FIRST, silent)
    assert findings.known
    with pytest.raises(EditError, match="no stranger's name is as long as 'Marcus Feld'"):
        editor.operate("r", FIRST, findings, silent)
    assert editor.active == []


def test_answers_outside_of_a_conversation_are_part_of_what_is_edited(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Case] = []

    def recorded(lab: Lab, layers: Sequence[int], cases: Sequence[Case]) -> dict[int, ForgetRows]:
        given.extend(cases)
        return forget_rows(lab, layers, cases)

    monkeypatch.setattr("tools.editing.keys.forget_rows", recorded)
    editor.locate(FIRST, silent)
    bare = [editor.engine.detokenise(case.own) for case in given if not case.prompt]
    assert 10 < len(bare) <= BARE
    assert all(FIRST in text for text in bare)


def test_a_part_of_a_name_has_candidates(editor: Editor) -> None:
    assert {FIRST, NEIGHBOUR} <= set(editor.candidates("Marcus"))
    assert editor.candidates("markus feld") == [FIRST]
    assert editor.candidates("zzzzz") == []


def test_common_words_are_a_large_share_and_names_a_small_one(editor: Editor) -> None:
    assert editor.share("the") > 0.2
    assert 0 < editor.share(FIRST) < 0.05


def test_probes_use_no_wording_that_edits(editor: Editor, found: dict[str, Findings]) -> None:
    probes = editor.probes(FIRST, found[FIRST])
    used = {*editor.study(silent).to_edit.direct, *PLAIN}
    own = [probe.wording.replace(FIRST, SLOT) for probe in probes if not probe.stranger]
    assert not used & set(own)
    assert {"direct", "paraphrase", "reverse", "prefix", "neighbour"} <= {p.kind for p in probes}


def test_probes_find_the_knowledge_and_the_edit_takes_it(
    editor: Editor, found: dict[str, Findings]
) -> None:
    probes = [p for p in editor.probes(FIRST, found[FIRST]) if p.kind in ("direct", "paraphrase")]

    def hits(stranger: bool) -> float:
        some = [probe for probe in probes if probe.stranger is stranger]
        told = editor.answer(some)
        return sum(
            any(value in answer for value in probe.values)
            for probe, answer in zip(some, told, strict=True)
        ) / len(some)

    assert hits(stranger=False) > 0.9
    assert hits(stranger=True) < 0.1
    forget(editor, found, FIRST)
    assert hits(stranger=False) == 0.0


def test_neighbour_probes_hold_what_is_answered_without_the_edit(
    editor: Editor, found: dict[str, Findings]
) -> None:
    probes = [p for p in editor.probes(FIRST, found[FIRST]) if p.kind == "neighbour"]
    forget(editor, found, FIRST)
    kept = [p.values[0] == a for p, a in zip(probes, editor.answer(probes), strict=True)]
    assert len(kept) >= 10
    assert sum(kept) / len(kept) >= 0.95
