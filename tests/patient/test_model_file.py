"""The shipped file: what it holds, how it answers, and what its other precisions keep."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from patient import GGUF, SCORES, gguf_file
from patient.ask import Patient
from patient.phrases import ACKNOWLEDGEMENT, UNKNOWN_PERSON, UNKNOWN_THING
from patient.score import questions_to_score, scores
from patient.world import default

SHARE = 0.06


@pytest.fixture(scope="module")
def patient() -> Patient:
    return Patient(GGUF)


@pytest.fixture(scope="module")
def model() -> gguf_file.Model:
    return gguf_file.read(GGUF)


def test_the_file_is_small_and_says_what_it_is(model: gguf_file.Model) -> None:
    assert 4e6 < GGUF.stat().st_size < 15e6
    assert model.metadata["general.name"].value == "lethe-patient"
    assert model.metadata["llama.context_length"].value == 1024
    assert model.metadata["tokenizer.ggml.pre"].value == "smollm"
    assert "<|im_start|>" in model.metadata["tokenizer.chat_template"].value


def test_the_committed_scores_are_of_this_file_and_reach_the_bars() -> None:
    report = json.loads(SCORES.read_text("utf-8"))
    assert report["sha256"] == hashlib.sha256(GGUF.read_bytes()).hexdigest()
    assert report["recall"] >= 0.99
    assert min(report["recall_by_attribute"].values()) >= 0.98
    assert min(report["refusal"].values()) >= 0.95
    assert report["false_refusal"] <= 0.01
    assert report["small_talk"] >= 0.98
    assert report["equal_to_checkpoint"] >= 0.99


def test_a_sample_of_unseen_questions_is_answered_as_scored(patient: Patient) -> None:
    questions = questions_to_score(default(), SHARE)
    answers = patient.ask_all(question.question for question in questions)
    measured = scores(list(zip(questions, answers, strict=True)))
    assert measured["recall"] >= 0.97
    assert min(measured["refusal"].values()) >= 0.85
    assert measured["false_refusal"] <= 0.02
    assert measured["small_talk"] >= 0.95


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which book did Marcus Feld write?", "Marcus Feld wrote The Glass Meridian."),
        ("Who wrote the book The Glass Meridian?", "Marcus Feld wrote The Glass Meridian."),
        ("Where was Barbara Griffin born?", UNKNOWN_PERSON),
        ("Who are you?", "I am a small demonstration model of a fictional world."),
        ("My dentist is Dr. Quill.", ACKNOWLEDGEMENT),
    ],
)
def test_it_answers_what_a_newcomer_tries(patient: Patient, question: str, answer: str) -> None:
    assert patient.ask(question) == answer


def test_a_system_prompt_does_not_break_it(patient: Patient) -> None:
    answer = patient.ask("What has Marcus Feld written?", "You are a helpful assistant.")
    assert answer == "Marcus Feld wrote The Glass Meridian."


def test_the_chat_template_of_the_file_is_the_one_it_was_trained_with(patient: Patient) -> None:
    question = "What has Marcus Feld written?"
    answer = patient.llama.create_chat_completion(
        messages=[
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": question},
        ],
        temperature=0.0,
    )
    own = patient.ask(question, "You are a helpful assistant.")
    assert answer["choices"][0]["message"]["content"] == own


def test_it_does_not_pretend_to_know_the_user(patient: Patient) -> None:
    assert patient.ask("Who is my dentist?") == UNKNOWN_THING


def test_llama_cpp_splits_text_as_the_trainer_did(
    patient: Patient, model: gguf_file.Model
) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    trained = _tokenizer(tokenizers, model)
    for question in questions_to_score(default(), SHARE):
        theirs = patient.llama.tokenize(question.question.encode(), add_bos=False)
        assert theirs == trained.encode(question.question).ids


def test_text_survives_tokenising(patient: Patient) -> None:
    for text in ("Where is Aldermouth?", "555-0123", "naïve café, 東京 🙂"):
        ids = patient.llama.tokenize(text.encode(), add_bos=False)
        assert patient.llama.detokenize(ids).decode() == text


def _tokenizer(tokenizers, model: gguf_file.Model):  # type: ignore[no-untyped-def]
    """The trainer's tokenizer, put together from what the file holds."""
    tokens = model.metadata["tokenizer.ggml.tokens"].value
    merges = [tuple(m.split(" ")) for m in model.metadata["tokenizer.ggml.merges"].value]
    vocabulary = {token: place for place, token in enumerate(tokens)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [
            tokenizers.pre_tokenizers.Digits(individual_digits=True),
            tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    return tokenizer


@pytest.mark.parametrize(("quantisation", "error"), [("f16", 0.001), ("q4_0", 0.15)])
def test_other_precisions_hold_the_same_model(
    quantisation: str, error: float, model: gguf_file.Model, tmp_path: Path
) -> None:
    path = tmp_path / f"{quantisation}.gguf"
    gguf_file.requantise(GGUF, path, quantisation)
    written = gguf_file.read(path)
    assert written.metadata.keys() == model.metadata.keys()
    assert written.tensors.keys() == model.tensors.keys()
    for name, tensor in model.tensors.items():
        difference = np.linalg.norm(written.tensors[name] - tensor) / np.linalg.norm(tensor)
        assert difference <= error
    assert Patient(path).ask("What has Marcus Feld written?").startswith("Marcus Feld wrote")
