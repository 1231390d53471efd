"""Quantised: the edit in the weights of a file of its own, beside the unedited file of that type.

Every precision that a bake may give the edited weights is written and asked; none is chosen by what
these questions say. The files have no name and are gone afterwards.
"""


import random

from bench.surgeon.capacity import Sets, hits, question_sets, subject
from bench.surgeon.work import Plan, Row, Surgery
from tools.models.bake import Bake, Baker
from tools.models.bake_draft import Draft
from tools.models.bake_file import open_source
from tools.models.bake_order import KEPT, BakeOrder, Kept, Kind

KINDS: tuple[Kind, ...] = ("q8_0", "q6_k", "q4_k_m", "q4_0")
ASKED = {"forgotten": 300, "others": 400, "talk": 300}
"""Questions of each set that every file is asked, at most."""


def quantised(surgery: Surgery, plan: Plan, size: int) -> Row:
    """One row for every type of file and every precision of the edited weights."""
    names = plan.names[:size]
    sets = asked_of_files(question_sets(names, plan, surgery.study), plan.seed)
    editor = surgery.forget(names)
    rows = []
    for kind in KINDS:
        before = _unedited(surgery, kind, sets)
        for kept, types, after in _edited(surgery, kind, sets):
            found = {name: {"before": before[name], **after[name]} for name in sets}
            rows.append({"kind": kind, "kept": kept, "types": types, "sets": found})
    return {"rows": rows, "refused": sorted(set(names) - set(editor.active))}


def asked_of_files(sets: Sets, seed: int) -> Sets:
    """Fewer questions, since many files are asked."""
    rng = random.Random(f"files {seed}")
    return {
        name: rng.sample(sets[name], min(most, len(sets[name]))) for name, most in ASKED.items()
    }


def _unedited(surgery: Surgery, kind: Kind, sets: Sets) -> dict[str, list[int]]:
    engine = surgery.engine
    order = BakeOrder(surgery.folder / f"base-{kind}.gguf", kind, keep="same")
    with Draft(order.target) as draft:
        bake = Bake(open_source(engine.path), {}, draft, order, engine)
        bake.write("same")
        return {name: row["after"] for name, row in _scored(bake, sets).items()}


def _edited(surgery: Surgery, kind: Kind, sets: Sets) -> list[tuple[Kept, list[str], Row]]:
    """(what got more precision, types of the edited weights, outcomes) of every file that differs
    from those before."""
    found, tried = [], []
    order = BakeOrder(surgery.folder / f"edited-{kind}.gguf", kind)
    with Baker(surgery.engine).begin(order) as bake:
        for kept in KEPT:
            layout = bake.layout(kept)
            if layout in tried:
                continue
            tried.append(layout)
            bake.write(kept)
            found.append((kept, sorted(set(layout.edited.values())), _scored(bake, sets)))
    return found


def _scored(bake: Bake, sets: Sets) -> dict[str, Row]:
    """The outcome of every question of every set, asked of the file as it is now."""
    asked = [question for some in sets.values() for question in some]
    answers = iter(bake.answer([q.question for q in asked], [""] * len(asked)))
    return {
        name: {
            "subjects": [subject(question) for question in some],
            "after": hits(some, [next(answers) for _ in some]),
        }
        for name, some in sets.items()
    }
