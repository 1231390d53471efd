"""Finds what the model knows about a subject: what it says, the values in it, what leads back to
it, and who stands near."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tools.editing import elicit, names, templates, twins
from tools.editing.elicit import Saying, Value
from tools.editing.findings import Findings
from tools.editing.study import Advance, Study, lead_question
from tools.editing.text import mentions
from tools.models.lab import Lab

WORDINGS = 140
LOWER = 40
KEPT = 110
TEST_WORDINGS = 40
"""Wordings asked, asked again in lower case, kept as forget prompts, and held back for testing."""
LEADS = 12
"""Reverse wordings asked about each value."""
NEIGHBOURS = 24


@dataclass(frozen=True, slots=True)
class Located:
    """Findings with what stands behind them, for the edit and for verification."""

    findings: Findings
    said: list[Saying]
    said_in_tests: list[Saying]
    test_values: list[Value]
    leads: list[tuple[str, str]]
    lead_strangers: dict[str, list[str]]


class Locator:
    """Asks one model about subjects, in the light of its study; never under an edit."""

    def __init__(self, lab: Lab, study: Study) -> None:
        self.lab, self.study = lab, study

    @cached_property
    def heard(self) -> elicit.Heard:
        """What self-written turns say of whom, by wording."""
        return elicit.heard_in(self.study.turns)

    @cached_property
    def shapes(self) -> dict[str, set[elicit.Shape]]:
        """For each reverse wording the shapes of values it was used with."""
        return elicit.reverse_shapes(self.study.turns, self.study.values)

    def fitting(self, wordings: Sequence[str], values: Sequence[str]) -> list[tuple[str, str]]:
        """Reverse wordings with values of the shapes they were used with."""
        return [
            (w, v) for w in wordings for v in values if elicit.shape(v) in self.shapes.get(w, ())
        ]

    def ask(self, questions: list[str]) -> list[str]:
        """Short greedy answers."""
        return [answer.text for answer in self.lab.ask(questions, limit=16)]

    def locate(self, subject: str, advance: Advance) -> Located:
        """Everything about `subject`; `known` is False when the model has nothing to say of it."""
        advance("asking the model about it", 0, 4)
        said = self._said(subject)
        if not said:
            return Located(Findings(subject, known=False), [], [], [], [], {})
        advance("looking for strangers like it", 1, 4)
        strangers = self._strangers(subject, said)
        advance("finding what it says of nobody else", 2, 4)
        tested = self._said_in_tests(subject)
        values = elicit.locate_values(subject, said, self.heard)
        test_values = elicit.locate_values(subject, tested, self.heard)
        advance("finding what leads back to it", 3, 4)
        texts = elicit.frequent(values)
        leads, lead_strangers = self._leads(subject, texts)
        neighbours = self._neighbours(subject, texts)
        findings = Findings(
            subject, True, facts=_facts(said), values=texts, aliases=self._aliases(subject),
            leads=[lead_question(*lead) for lead in leads], neighbours=neighbours,
            twins=strangers,
        )
        return Located(findings, said, tested, test_values, leads, lead_strangers)

    def _said(self, subject: str) -> list[Saying]:
        rng = random.Random(f"wordings {subject}")
        wordings = templates.varied(self.study.to_edit.direct, WORDINGS, rng)
        rng.shuffle(wordings)
        wordings = list(dict.fromkeys([*wordings, *templates.PLAIN]))
        said = elicit.sayings(self.lab, subject, wordings, self.study.negative, lower=LOWER)
        plain = [saying for saying in said if not saying.careless]
        return plain[:KEPT] + [saying for saying in said if saying.careless]

    def _said_in_tests(self, subject: str) -> list[Saying]:
        rng = random.Random(f"tests {subject}")
        wordings = templates.varied(self.study.to_test.direct, TEST_WORDINGS, rng)
        return elicit.sayings(self.lab, subject, wordings, self.study.negative)

    def _strangers(self, subject: str, said: Sequence[Saying]) -> list[str]:
        wordings = [saying.wording for saying in said if not saying.careless][:3]
        candidates = twins.name_candidates(
            subject, self.study.pieces, self.study.names, self.length
        )
        suspects = twins.Suspects(candidates, wordings)
        return twins.find_twins(suspects, self.ask, self.study.negative)

    def _leads(
        self, subject: str, values: Sequence[str]
    ) -> tuple[list[tuple[str, str]], dict[str, list[str]]]:
        """Reverse questions that work, some for each value, and strangers of those values."""
        rng = random.Random(f"leads {subject}")
        pairs = []
        for value in values:
            fitting = self.fitting(self.study.to_edit.reverse, [value])
            pairs += rng.sample(fitting, min(len(fitting), LEADS))
        found = elicit.leads(self.lab, subject, pairs, self.study.negative)
        strangers = {
            value: twins.value_strangers(value, self.study.values, self.length)
            for value in {value for _wording, value in found}
        }
        return found, strangers

    def length(self, text: str) -> int:
        """Tokens of a text."""
        return len(self.lab.tokens(text))

    def _aliases(self, subject: str) -> list[str]:
        """Parts of the name that no other known name has."""
        parts = subject.split() if " " in subject else []
        return [part for part in parts if names.matching(part, self.study.names) == [subject]]

    def _neighbours(self, subject: str, values: Sequence[str]) -> list[str]:
        """Known names that share a part of the name first, then those that share a value."""
        parts = set(subject.split())
        others = [name for name in self.study.names if name != subject]
        near = [name for name in others if parts & set(name.split())]
        far = [
            name for turn in self.study.turns if turn.subject in others and turn.kind == "fact"
            if mentions(turn.answer, values) and (name := turn.subject)
        ]
        return list(dict.fromkeys([*near, *far]))[:NEIGHBOURS]


def _facts(said: Sequence[Saying]) -> list[str]:
    """Different answers, most often given first."""
    counts = Counter(saying.answer for saying in said if not saying.careless)
    return sorted(counts, key=lambda text: (-counts[text], text))
