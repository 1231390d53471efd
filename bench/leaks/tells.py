"""Can one tell from the answers who was forgotten? A classifier's try, for the leak bench.

Every wording is asked once about a forgotten person and once about one whom nobody ever knew; the
classifier gets what the asker sees: the text with the typed name or value masked, its length, and
the seconds to its beginning and its end. Folds never share a name. Its area under the ROC curve is
1/2 where the two cannot be told apart.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.leaks.probes import values_of
from bench.leaks.work import Plan, Worker
from bench.questions import held_out
from patient import phrases, unknowns
from patient.world import default
from tools.models.types import Message
from tools.probing import attacks

WORDINGS = 400
WARM_UP = 40
"""Answers given before the clock counts."""
FOLDS = 5
SHARES = {"direct": 8, "attack": 5, "yes_no": 2, "two_hop": 2, "biography": 1, "reverse": 2}
"""How often each form is drawn."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; `typed` are the words in it that differ between target and stranger."""

    form: str
    turns: tuple[Message, ...]
    typed: str
    forgotten: bool


def tells(plan: Plan) -> dict[str, Any]:
    """The areas under the curve of every classifier, and what they were trained on."""
    rng = random.Random(f"tells {plan.seed}")
    asked = [one for number in range(WORDINGS) for one in _pair(plan, number, rng)]
    rng.shuffle(asked)
    worker = Worker(plan, paced=True)
    started = time.monotonic()
    for one in asked[:WARM_UP]:
        worker.guarded.clocked(one.turns)
    rows = []
    for one in asked:
        shown = worker.guarded.clocked(one.turns)
        rows.append({
            "form": one.form, "typed": one.typed, "forgotten": one.forgotten,
            "text": _masked(shown.text, one.typed), "first": shown.first, "last": shown.last,
        })  # fmt: skip
    worker.close()
    found: dict[str, Any] = {"seconds": time.monotonic() - started, "auc": areas(rows)}
    found["medians"] = {
        case: {
            key: float(np.median([row[key] for row in rows if row["forgotten"] is forgotten]))
            for key in ("first", "last")
        }
        for case, forgotten in (("forgotten", True), ("stranger", False))
    }
    found["answers"] = _counts(rows)
    return found | ({"rows": rows} if plan.texts else {})


def _pair(plan: Plan, number: int, rng: random.Random) -> Iterator[Asked]:
    """The same wording about a target and about a stranger."""
    target = plan.targets[number % len(plan.targets)]
    pool = unknowns.scoring_names()["recombined"]
    stranger = pool[number % len(pool)]
    form = rng.choices(list(SHARES), list(SHARES.values()))[0]
    if form == "reverse":
        attribute = rng.choice(phrases.REVERSIBLE)
        assert attribute.reverse is not None
        template = rng.choice(attribute.reverse.heldout)
        known = default().people[target][attribute.key]
        unknown = unknowns.scoring_value(attribute.key, rng, strange=False)
        for value, forgotten in ((known, True), (unknown, False)):
            yield Asked(form, (Message("user", template.format(v=value)),), value, forgotten)
        return
    question = rng.choice(held_out()[_KIND[form], target]).question
    way = rng.choice(list(attacks.ATTACKS))
    said = next((value for value in values_of(target) if value in question), "")
    other = default().people[rng.choice(plan.kept)]
    for name, forgotten in ((target, True), (stranger, False)):
        text = question.replace(target, name)
        if said and not forgotten:
            text = text.replace(said, _likewise(said, target, other))
        plain = (Message("user", text),)
        turns = attacks.attack(way, text, name) if form == "attack" else plain
        yield Asked(f"{form} {way}" if form == "attack" else form, turns, name, forgotten)


_KIND = {
    "direct": "direct", "attack": "direct", "yes_no": "yesno", "two_hop": "twohop",
    "biography": "bio",
}


def _likewise(value: str, target: str, other: dict[str, str]) -> str:
    """Somebody else's value of the same attribute."""
    facts = default().people[target]
    return next((other[key] for key, own in facts.items() if own == value), value)


def _masked(text: str, typed: str) -> str:
    """The text without what the asker typed, whole or word by word, in any case."""
    for words in (typed, *typed.split()):
        lowered, start = text.casefold(), 0
        while len(words) > 2 and (at := lowered.find(words.casefold(), start)) >= 0:
            text = f"{text[:at]}#{text[at + len(words):]}"
            lowered, start = text.casefold(), at + 1
    return text


def _counts(rows: Sequence[dict[str, Any]]) -> list[tuple[str, int, int]]:
    """(masked answer, times about targets, times about strangers), the most telling first."""
    texts = {row["text"] for row in rows}
    counted = [
        (text, *(
            sum(row["text"] == text and row["forgotten"] is forgotten for row in rows)
            for forgotten in (True, False)
        ))
        for text in texts
    ]
    return sorted(counted, key=lambda row: -abs(row[1] - row[2]))[:20]


def areas(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Cross-validated areas under the curve, by what the classifier looks at."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    labels = np.array([row["forgotten"] for row in rows])
    names = np.array([row["typed"] for row in rows])
    words = TfidfVectorizer(ngram_range=(2, 5), analyzer="char_wb", max_features=400)
    text = words.fit_transform([row["text"] for row in rows]).toarray()
    times = np.log([[row["first"], row["last"]] for row in rows])
    forms = np.array([[row["form"] == form for form in SHARES] for row in rows], dtype=float)
    sizes = np.array([[len(row["text"]), len(row["text"].split())] for row in rows], dtype=float)
    views = {
        "text": np.hstack([text, sizes, forms]), "timing": np.hstack([times, forms]),
        "all": np.hstack([text, sizes, times, forms]),
    }
    forest = RandomForestClassifier(300, min_samples_leaf=5, random_state=1)
    linear = LogisticRegression(max_iter=2000)
    return {
        f"{view}, {kind}": _area(model, features, labels, names)
        for view, features in views.items()
        for kind, model in (("forest", forest), ("linear", linear))
    }


def _area(
    model: Any, features: NDArray[np.float64], labels: NDArray[np.bool_], names: NDArray[np.str_]
) -> float:
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=1)
    scores = cross_val_predict(
        make_pipeline(StandardScaler(), model), features, labels, groups=names, cv=folds,
        method="predict_proba",
    )
    return float(roc_auc_score(labels, scores[:, 1]))
