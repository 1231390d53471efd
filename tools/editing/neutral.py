"""Questions that a request about one subject must leave alone: about other people, and about
nobody.

A share of them is asked before consent, to see how far the request would reach.
"""

import random
from collections.abc import Sequence

from tools.editing.findings import Findings, Probe
from tools.editing.study import Study
from tools.editing.text import fill, mentions

ASKED = 40
"""Questions in all: one changed answer is 2.5 %, and asking takes a second on a small model."""
NEIGHBOURS = 10
"""How many of them are about neighbours, whom an edit reaches first."""
KINDS = ("talk", "refusal")
"""Turns of the model's own that tell nothing of anybody it knows."""


def questions(study: Study, findings: Findings) -> list[Probe]:
    """Half of them about other names in wordings that no edit uses, the rest the model's own turns;
    none names the subject, in question or answer. The same subject gives the same questions."""
    rng = random.Random(f"neutral {findings.subject}")
    about = [findings.subject, *findings.aliases]
    others = _others(study, findings, rng) if study.to_test.direct else []
    asked = [fill(rng.choice(study.to_test.direct), name) for name in others]
    own = list(dict.fromkeys(
        turn.question for turn in study.turns
        if turn.kind in KINDS and not mentions(f"{turn.question} {turn.answer}", about)
    ))
    asked += rng.sample(own, min(len(own), ASKED - len(asked)))
    return [Probe("neutral", question, (), findings.subject) for question in asked]


def _others(study: Study, findings: Findings, rng: random.Random) -> Sequence[str]:
    """Neighbours, the nearest first, and known names from anywhere."""
    near = findings.neighbours[:NEIGHBOURS]
    far = [name for name in study.names if name not in (findings.subject, *near)]
    return [*near, *rng.sample(far, min(len(far), ASKED // 2 - len(near)))]
