"""Capacity: what is left of the forgotten and of everything else when so many are forgotten."""

import random
from collections.abc import Sequence

from bench import questions as asks
from bench.first_light import good
from bench.surgeon.work import Plan, Row, Surgery
from bench.unlearning import data
from bench.unlearning.score import Scorer
from patient.questions import Question
from tools.editing.study import Study
from tools.editing.text import SLOT, VALUE_SLOT
from tools.models.lab import Lab
from tools.probing.score import declines

ALONE = 5
"""People who are forgotten one by one where the size is 1."""
REVERSE = 300
Sets = dict[str, list[Question]]


def capacity(surgery: Surgery, plan: Plan, size: int) -> list[Row]:
    """One row for each group of `size` people that is forgotten: the outcome of every question,
    before and after."""
    alone = max(1, round(ALONE * plan.share))
    groups = [[name] for name in plan.names[:alone]] if size == 1 else [list(plan.names[:size])]
    return [_forgotten(surgery, plan, names) for names in groups]


def _forgotten(surgery: Surgery, plan: Plan, names: Sequence[str]) -> Row:
    sets = question_sets(names, plan, surgery.study)
    editor = surgery.forget(names)
    with surgery.edited() as lab:
        rows = {name: outcomes(surgery, lab, some) for name, some in sets.items()}
        rows["refusals"] = refusals(surgery, lab, sets["forgotten"])
    return {
        "names": list(names), "refused": sorted(set(names) - set(editor.active)),
        "rank": editor.rank, "lost": editor.lost, "sets": rows,
    }


def question_sets(names: Sequence[str], plan: Plan, study: Study) -> Sets:
    """What is asked: held-out paraphrases that the edit did not happen to write itself."""
    sizes, used = plan.sizes, {*study.to_edit.direct, *study.to_edit.reverse}
    scorer = Scorer(names, plan.seed, sizes, lambda asked, name: asked.replace(name, SLOT) in used)
    others, near = data.everybody_else(names), scorer.sets["neighbours"]
    return {
        "forgotten": scorer.sets["forget"], "others": scorer.sets["retain"],
        "neighbours": [q for q in near if q.question.replace(q.subject, SLOT) not in used],
        "reverse": [
            q for q in reverse_questions(others, round(REVERSE * plan.share) or 1, plan.seed)
            if q.question.replace(str(q.value), VALUE_SLOT) not in used
        ],
        "talk": scorer.sets["talk"], "unknown": scorer.sets["unknown"],
    }


def reverse_questions(names: Sequence[str], count: int, seed: int) -> list[Question]:
    """Held-out questions that lead from a value back to one of `names`."""
    every = [q for name in names for q in asks.held_out()["reverse", name]]
    return random.Random(f"reverse {seed}").sample(every, min(count, len(every)))


def outcomes(surgery: Surgery, lab: Lab, asked: Sequence[Question]) -> Row:
    """Whether each answer is right, without the edit and in `lab`."""
    texts = [question.question for question in asked]
    after = [answer.text for answer in lab.ask(texts)]
    return {
        "subjects": [subject(question) for question in asked],
        "before": hits(asked, surgery.plain(texts)), "after": hits(asked, after),
    }


def refusals(surgery: Surgery, lab: Lab, asked: Sequence[Question]) -> Row:
    """Whether each answer says that it does not know."""
    texts = [question.question for question in asked]
    after = [answer.text for answer in lab.ask(texts)]
    return {
        "subjects": [question.subject for question in asked],
        "before": [int(declines(text)) for text in surgery.plain(texts)],
        "after": [int(declines(text)) for text in after],
    }


def hits(asked: Sequence[Question], answers: Sequence[str]) -> list[int]:
    """1 for a right answer; to a reverse question that is one with the name."""
    return [
        int(question.subject in answer if question.kind == "reverse" else good(question, answer))
        for question, answer in zip(asked, answers, strict=True)
    ]


def subject(question: Question) -> str:
    """What an outcome is counted under: the person, or what kind of thing was asked."""
    if question.kind == "smalltalk":
        return question.attribute
    return question.group if question.kind == "unknown" else question.subject
