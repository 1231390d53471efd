"""Order and undo: requests in any order, and restored in between, beside a fresh joint solve."""

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench import questions as asks
from bench.surgeon.work import Plan, Row, Surgery
from bench.unlearning import data
from tools.editing.editor import Editor

ORDERS, RESTORES, PROMPTS = 3, 3, 20


def order(surgery: Surgery, plan: Plan, size: int) -> Row:
    """Every order as it is, then with restores in between, then with the restored ones asked for
    again; at last everything is restored."""
    names = [name for name in plan.names[:size] if surgery.measured(name)]
    test = _Test(surgery, asked_about(names, plan.seed))
    rows: list[Row] = []
    restored = True
    for turn in range(1, ORDERS + 1):
        rng = random.Random(f"order {turn} {plan.seed}")
        chosen = rng.sample(names, len(names))
        rows.append(test.compared(test.requested(chosen), f"order {turn}"))
        editor = surgery.fresh()
        gone = test.with_restores(editor, chosen, rng)
        rows.append(test.compared(editor, f"order {turn}, {len(gone)} restored"))
        for name in gone:
            surgery.add(editor, name)
        rows.append(test.compared(editor, f"order {turn}, asked for again"))
        editor.remove(list(editor.active))
        restored &= test.unedited()
    return {"rows": rows, "restored": restored, "prompts": len(test.prompts)}


class _Test:
    """States of one model, read off behind the same prompts."""

    def __init__(self, surgery: Surgery, prompts: Sequence[str]) -> None:
        self.surgery, self.prompts = surgery, prompts
        surgery.fresh()
        self._plain = surgery.logits(prompts)
        self._joint: dict[frozenset[str], tuple[bytes | None, NDArray[np.float32]]] = {}

    def requested(self, names: Sequence[str]) -> Editor:
        """One request after the other."""
        editor = self.surgery.fresh()
        for name in names:
            self.surgery.add(editor, name)
        return editor

    def with_restores(
        self, editor: Editor, names: Sequence[str], rng: random.Random
    ) -> list[str]:
        """Request everybody, and restore some on the way; these are returned."""
        last = range(1, len(names))
        points = set(rng.sample(last, min(RESTORES, len(last))))
        gone = []
        for number, name in enumerate(names):
            self.surgery.add(editor, name)
            if number in points:
                gone.append(rng.choice(editor.active))
                editor.remove([gone[-1]])
        return gone

    def compared(self, editor: Editor, what: str) -> Row:
        """What the editor has plugged in, beside a fresh joint solve of the same requests."""
        adapter, logits = self._state()
        active = frozenset(editor.active)
        if active not in self._joint:
            self.surgery.forget(sorted(active))
            self._joint[active] = self._state()
        joint, expected = self._joint[active]
        return {
            "what": what, "active": len(active), "same bytes": adapter == joint,
            "difference": float(np.abs(logits - expected).max()),
        }

    def unedited(self) -> bool:
        """Whether the model is bit for bit itself again."""
        adapter, logits = self._state()
        return adapter is None and np.array_equal(logits, self._plain)

    def _state(self) -> tuple[bytes | None, NDArray[np.float32]]:
        return self.surgery.engine.adapter, self.surgery.logits(self.prompts)


def asked_about(names: Sequence[str], seed: int) -> list[str]:
    """Prompts, half of them about the forgotten, the rest about others and nobody."""
    own = [q for name in names for q in asks.recall_questions(name, 1, seed)]
    rest = asks.others_questions(data.everybody_else(names), PROMPTS // 4, seed)
    rest += asks.talk_questions(PROMPTS // 2 - len(rest), seed)
    some = random.Random(seed).sample(own, min(len(own), PROMPTS - len(rest)))
    return [question.question for question in [*some, *rest]]

