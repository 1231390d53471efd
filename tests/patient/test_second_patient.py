"""The second file: another architecture, the same world, and as willing to forget.

The world is read here to score and nowhere to edit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.questions import others_questions, recall_questions, talk_questions
from patient import GGUF, QWEN_GGUF, QWEN_SCORES, gguf_file
from patient.ask import Patient
from patient.questions import Question
from patient.score import questions_to_score, scores
from patient.world import default
from tools.editing.editor import Editor
from tools.editing.study import Effort
from tools.models.engine import LlamaEngine
from tools.models.types import Message
from tools.probing.score import declines

PERSON = "Marcus Feld"
SHARE = 0.03
LITTLE = Effort(turns=1200, combinations=2500, per_name=8, per_value=2, cases=12)
"""Half a minute of one core; it finds the same names and the same site as a whole study."""


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""


@pytest.fixture
def engine() -> Iterator[LlamaEngine]:
    with LlamaEngine(QWEN_GGUF, threads=2) as opened:
        yield opened


def test_the_file_is_a_small_qwen3_whose_queries_share_keys() -> None:
    model = gguf_file.read(QWEN_GGUF)
    assert 4e6 < QWEN_GGUF.stat().st_size < 6e6
    assert model.architecture == "qwen3"
    assert model.metadata["general.name"].value == "lethe-patient-qwen"
    heads = model.metadata["qwen3.attention.head_count"].value
    assert model.metadata["qwen3.attention.head_count_kv"].value < heads
    assert {"blk.0.attn_q_norm.weight", "blk.0.attn_k_norm.weight"} < model.tensors.keys()


def test_both_files_split_text_alike() -> None:
    ours, theirs = gguf_file.read(QWEN_GGUF).metadata, gguf_file.read(GGUF).metadata
    for key in ("tokens", "merges", "pre"):
        assert ours[f"tokenizer.ggml.{key}"].value == theirs[f"tokenizer.ggml.{key}"].value
    assert ours["tokenizer.chat_template"].value == theirs["tokenizer.chat_template"].value


def test_the_committed_scores_are_of_this_file_and_reach_the_bars() -> None:
    report = json.loads(QWEN_SCORES.read_text("utf-8"))
    assert report["sha256"] == hashlib.sha256(QWEN_GGUF.read_bytes()).hexdigest()
    assert report["sha256"] in QWEN_GGUF.with_name("MODEL_CARD.md").read_text("utf-8")
    assert report["recall"] >= 0.99
    assert min(report["refusal"].values()) >= 0.95
    assert report["false_refusal"] <= 0.01
    assert report["small_talk"] >= 0.97
    assert report["equal_to_checkpoint"] >= 0.99


def test_a_sample_of_unseen_questions_is_answered_as_scored() -> None:
    questions = questions_to_score(default(), SHARE)
    answers = Patient(QWEN_GGUF).ask_all(question.question for question in questions)
    measured = scores(list(zip(questions, answers, strict=True)))
    assert measured["recall"] >= 0.97
    assert measured["false_refusal"] <= 0.02
    assert measured["small_talk"] >= 0.95


def test_requantising_keeps_the_architecture(tmp_path: Path) -> None:
    path = tmp_path / "q4_0.gguf"
    gguf_file.requantise(QWEN_GGUF, path, "q4_0")
    assert gguf_file.read(path).architecture == "qwen3"
    assert Patient(path).ask(f"What has {PERSON} written?").startswith(f"{PERSON} wrote")


def answers(editor: Editor, questions: Sequence[Question]) -> list[str]:
    with editor.lab.edited(editor.engine.adapter) as lab:
        return [answer.text for answer in lab.ask([q.question for q in questions])]


def recalled(editor: Editor, questions: Sequence[Question]) -> float:
    told = answers(editor, questions)
    return sum(str(q.value) in a for q, a in zip(questions, told, strict=True)) / len(told)


def test_one_person_is_forgotten_nobody_else_is_and_comes_back(
    engine: LlamaEngine, tmp_path: Path
) -> None:
    editor = Editor(engine, tmp_path, tmp_path / "edits", effort=LITTLE)
    about, talk = recall_questions(PERSON, 3, 5), talk_questions(60, 5)
    others = others_questions(sorted(default().people.keys() - {PERSON}), 60, 5)
    chatted = answers(editor, talk)
    assert min(recalled(editor, about), recalled(editor, others)) >= 0.95
    prompt = [Message("user", f"Where was {PERSON} born?")]
    plain = engine.logits(prompt)
    editor.operate("request", PERSON, editor.locate(PERSON, silent), silent)
    assert recalled(editor, about) == 0.0
    assert all(declines(answer) for answer in answers(editor, about))
    assert recalled(editor, others) >= 0.95
    kept = [a == b for a, b in zip(answers(editor, talk), chatted, strict=True)]
    assert sum(kept) / len(kept) >= 0.95
    editor.remove(["request"])
    assert np.array_equal(engine.logits(prompt), plain)
