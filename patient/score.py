"""Scores a model file on questions whose templates it never saw.

Small talk is the exception: its pairs are fixed, so they are asked as trained; its tables also in
forms that training never shows.
"""

import hashlib
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from patient.ask import Patient
from patient.phrases import BY_KEY, REFUSALS
from patient.questions import Question, world_questions
from patient.remembering import draw_facts, listed
from patient.unknowns import GROUPS
from patient.world import World, default

Asked = tuple[Question, str]
"""A question and what the model said."""

REMEMBERED = 200
"""Facts of the user's, listed in the system prompt, that are asked back."""
PER_NAME = 4
"""Questions asked about each unknown name."""


def questions_to_score(world: World, share: float = 1.0) -> list[Question]:
    """The scored questions, or a seeded `share` of them.

    Of each person's attribute: one template of its own, one shared frame, one yes and one no.
    """
    rng = random.Random("score")
    cells: dict[tuple[str, ...], list[Question]] = defaultdict(list)
    for question in world_questions(world):
        if question.split == "heldout" or question.kind == "smalltalk":
            cells[_cell(question)].append(question)
    chosen = [q for cell in cells.values() for q in rng.sample(cell, min(_per(cell), len(cell)))]
    return [question for question in chosen if rng.random() < share]


def _cell(question: Question) -> tuple[str, ...]:
    """Questions of one cell stand for each other."""
    if question.kind == "direct":
        own = question.question in _own_forms(question)
        return question.kind, question.subject, question.attribute, str(own)
    if question.kind == "yesno":
        return question.kind, question.subject, question.attribute, question.group
    if question.group in GROUPS:
        return question.kind, question.subject
    return question.kind, question.subject, question.attribute, question.question


def _own_forms(question: Question) -> list[str]:
    """The question in each of its attribute's own held-out forms."""
    forms = BY_KEY[question.attribute].direct.heldout
    return [form.format(N=question.subject) for form in forms]


def _per(cell: list[Question]) -> int:
    return PER_NAME if cell[0].group in GROUPS else 1


def score_file(path: Path, checkpoint: Path | None = None, share: float = 1.0) -> dict[str, Any]:
    """Scores of the GGUF at `path`, with its agreement with a training folder if one is given."""
    questions = questions_to_score(default(), share)
    begun = time.monotonic()
    patient = Patient(path)
    answers = list(patient.ask_all(question.question for question in questions))
    report: dict[str, Any] = {
        "model": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "seconds": round(time.monotonic() - begun, 1),
        **scores(list(zip(questions, answers, strict=True))),
        "remembered": _remembered(patient, max(1, round(REMEMBERED * share))),
    }
    if checkpoint:
        report["equal_to_checkpoint"] = _agreement(checkpoint, questions, answers)
    return report


def _remembered(patient: Patient, count: int) -> float:
    """Share of `count` facts, among others in the context, that the model gives back exactly."""
    rng = random.Random("remembered")
    right = []
    for _ in range(count):
        facts = draw_facts(rng, 4)
        asked = rng.choice(facts)
        right.append(patient.ask(asked.question, listed(rng, facts)) == asked.answer)
    return _share(right)


def _agreement(checkpoint: Path, questions: list[Question], answers: list[str]) -> float:
    """Share of answers that are, letter for letter, those of the unquantised model."""
    from patient.tokenizer import END_ID
    from patient.train import load

    model, tokenizer = load(checkpoint)
    prompts = [tokenizer.prompt(question.question) for question in questions]
    theirs = [tokenizer.decode(ids) for ids in model.generate(prompts, END_ID)]
    return _share(ours == other for ours, other in zip(answers, theirs, strict=True))


def scores(asked: list[Asked]) -> dict[str, Any]:
    """All scores, as shares of one; see the model card for what each means."""
    direct = [pair for pair in asked if pair[0].kind == "direct"]
    unknown = [pair for pair in asked if pair[0].group in GROUPS]
    backwards = [pair for pair in asked if pair[0].group.startswith("reverse")]
    chat = [pair for pair in asked if pair[0].kind == "smalltalk"]
    known = [pair for pair in asked if pair[0].kind not in ("unknown", "smalltalk")]
    return {
        "questions": len(asked),
        "recall": _share(map(_holds_value, direct)),
        "recall_by_attribute": _by(direct, _attribute, _holds_value),
        "false_refusal": _share(answer in REFUSALS for _, answer in known),
        "refusal": _by(unknown, _group, _exact),
        "refusal_yesno": _share(_exact(pair) for pair in unknown if pair[0].attribute == "yesno"),
        "reverse_known": _by_kind(asked, "reverse", _attribute),
        "reverse_unknown": _by(backwards, _group, _exact),
        "reverse_unknown_by_attribute": _by(backwards, _attribute, _exact),
        "yesno": _by_kind(asked, "yesno", _group),
        "yesno_by_attribute": _by_kind(asked, "yesno", _attribute),
        "two_hop": _by_kind(asked, "twohop", _attribute),
        "biography": _share(_exact(pair) for pair in asked if pair[0].kind == "bio"),
        "entities": {
            kind: _share(_exact(pair) for pair in asked if pair[0].kind == kind)
            for kind in ("place", "firm", "product")
        },
        "unknown_things": _share(_exact(pair) for pair in asked if pair[0].group == "thing"),
        "small_talk": _share(_exact(pair) for pair in chat if pair[0].split == "train"),
        "small_talk_unseen_forms": _share(
            _exact(pair) for pair in chat if pair[0].split == "heldout"
        ),
    }


def _share(outcomes: Iterable[bool]) -> float:
    """Share of true outcomes, to four places; not a number if there are none."""
    counted = list(outcomes)
    return round(sum(counted) / len(counted), 4) if counted else float("nan")


def _by(
    asked: Iterable[Asked], key: Callable[[Asked], str], good: Callable[[Asked], bool]
) -> dict[str, float]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for pair in asked:
        groups[key(pair)].append(good(pair))
    return {name: _share(outcomes) for name, outcomes in sorted(groups.items())}


def _by_kind(asked: list[Asked], kind: str, key: Callable[[Asked], str]) -> dict[str, float]:
    return _by([pair for pair in asked if pair[0].kind == kind], key, _exact)


def _attribute(pair: Asked) -> str:
    return pair[0].attribute


def _group(pair: Asked) -> str:
    return pair[0].group


def _holds_value(pair: Asked) -> bool:
    """The true value occurs in the answer, in any case."""
    question, answer = pair
    return question.value is not None and question.value.lower() in answer.lower()


def _exact(pair: Asked) -> bool:
    return pair[1] == pair[0].answer


def mistakes(path: Path, share: float) -> list[Asked]:
    """Questions the model answers otherwise than it should, with its answers."""
    questions = questions_to_score(default(), share)
    answers = Patient(path).ask_all(question.question for question in questions)
    return [pair for pair in zip(questions, answers, strict=True) if not _exact(pair)]
