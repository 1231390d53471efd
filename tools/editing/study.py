"""What a model is studied for, once: its own turns, its refusals, the names it knows, and the site.

Everything comes out of the model. The result is a file for each model fingerprint; it holds what
the model knows, so it is private (0600) like the rest of the cache.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tools.editing import names as naming
from tools.editing import site, templates
from tools.editing.elicit import (
    Saying,
    Shape,
    frequent,
    heard_in,
    locate_values,
    shape,
)
from tools.editing.moments import Moments, moments, scale_for
from tools.editing.names import Pieces
from tools.editing.negatives import Negatives, learn
from tools.editing.templates import Wordings
from tools.editing.text import VALUE_SLOT, fill
from tools.editing.turns import Turn, leading, mentioning, turn_of
from tools.editing.twins import Suspects, find_many, name_candidates
from tools.editing.wide import WIDE, Sample, samples
from tools.errors import EditError
from tools.models.lab import Lab

FULL_EFFORT = 64 << 20
"""Size of a model file in bytes up to which no effort is spared."""
SAYINGS = 60
"""Answers about one name that its values are found in, at most."""
TRIALS = 4
"""Values that a reverse wording is tried with."""

Advance = Callable[[str, int, int], None]
"""Progress: stage, units done, units in all."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is asked. Defaults suit a small model on a laptop: a minute on two cores."""

    turns: int = 6000
    combinations: int = naming.LIMIT
    """Combinations of name pieces asked about."""
    per_name: int = 45
    """Turns each known name has at least, as far as wordings go."""
    per_value: int = 8
    """Reverse questions asked about each value."""
    cases: int = 24
    """Prompts that find the site."""
    seed: int = 0

    @classmethod
    def for_size(cls, size_bytes: int) -> "Effort":
        """Less of everything for a larger model, down to what still finds its site and wordings."""
        share = min(1.0, FULL_EFFORT / max(1, size_bytes))
        return cls(
            turns=max(400, round(6000 * share)), combinations=max(200, round(naming.LIMIT * share)),
            per_name=max(10, round(45 * share)), per_value=max(2, round(8 * share)),
        )


@dataclass(frozen=True, slots=True)
class Study:
    """All that is known about a model before any request."""

    turns: list[Turn]
    negative: Negatives
    names: list[str]
    pieces: Pieces
    to_edit: Wordings
    to_test: Wordings
    values: list[str]
    """Values of the names, to recombine into values that nobody has."""
    layers: list[int]
    """The layers to edit: where names are recognised, and the last one, which reads that out."""
    movement: list[float]
    """For each layer how far patching it moves an answer to a stranger's, 0..1."""
    kept: list[Moments] | list[Sample] = field(repr=False)
    """What must stay at each layer to edit: a sample where it is too wide for moments."""

    @property
    def layer(self) -> int:
        """Where names are recognised."""
        return self.layers[0]


def run_study(lab: Lab, advance: Advance, effort: Effort | None = None) -> Study:
    """Study a model; `advance` may raise to cancel."""
    student = _Student(lab, advance, effort or Effort())
    return student.study()


class _Student:
    def __init__(self, lab: Lab, advance: Advance, effort: Effort) -> None:
        self.lab, self.advance, self.effort = lab, advance, effort
        self.rng = random.Random(f"study {effort.seed}")

    def study(self) -> Study:
        negative = learn(self._asker("learning how it says no"))
        turns = self._own_turns(negative)
        if not turns:
            name = self.lab.host.info.name
            raise EditError(f"{name!r} writes no questions by itself, so it cannot be studied")
        pieces = naming.pieces_of(turns)
        names = self._known_names(turns, pieces, negative)
        turns += self._covering(turns, names, negative)
        owners = self._owners(turns, names)
        turns = [leading(turn, owners) for turn in turns]
        reverse = self._proven(templates.harvest_reverse(turns, owners), owners, negative)
        turns += self._covering_reverse(turns, reverse, owners, negative)
        to_edit, to_test = templates.split(templates.harvest(turns), list(reverse))
        moved = self._movement(names, pieces, to_edit, negative)
        layers = site.choose(moved)
        return Study(
            turns, negative, names, pieces, to_edit, to_test, sorted(owners), layers, moved,
            self._kept(layers, turns),
        )

    def _kept(self, layers: Sequence[int], turns: Sequence[Turn]) -> list[Moments] | list[Sample]:
        if self.lab.host.info.feed_forward > WIDE:
            self.advance("measuring what must stay", 0, 1)
            return samples(self.lab, layers, turns)
        scales = [scale_for(self.lab, layer, turns) for layer in layers]
        done = self._stage("measuring what must stay")
        return moments(self.lab, layers, turns, scales, exact=False, done=done)

    def _stage(self, name: str) -> Callable[[int, int], None]:
        return lambda done, total: self.advance(name, done, total)

    def _asker(self, stage: str, limit: int = 48) -> Callable[[list[str]], list[str]]:
        def ask(questions: list[str]) -> list[str]:
            answers = self.lab.ask(questions, limit=limit, done=self._stage(stage))
            return [answer.text for answer in answers]

        return ask

    def _own_turns(self, negative: Negatives) -> list[Turn]:
        written = self.lab.write_turns(
            self.effort.turns, self.effort.seed, self._stage("letting the model write questions")
        )
        questions = list(dict.fromkeys(written))
        answers = self._asker("letting the model answer them")(questions)
        return [turn_of(q, a, negative) for q, a in zip(questions, answers, strict=True)]

    def _known_names(
        self, turns: Sequence[Turn], pieces: Pieces, negative: Negatives
    ) -> list[str]:
        made = naming.combinations(pieces, self.effort.combinations)
        probes = sorted(templates.harvest(turns)[:16], key=len)[:2] or ["Who is {N}?"]
        ask = self._asker("finding the names it knows", 16)
        return naming.known_names(turns, made, ask, negative, probes)

    def _covering(
        self, turns: Sequence[Turn], names: Sequence[str], negative: Negatives
    ) -> list[Turn]:
        """Turns about known names that have too few, from wordings used of others."""
        wordings = templates.harvest(turns)
        asked = {turn.question for turn in turns}
        missing: list[str] = []
        for name in names:
            lack = self.effort.per_name - len(mentioning(turns, [name]))
            some = templates.varied(wordings, 3 * self.effort.per_name, self.rng)
            self.rng.shuffle(some)
            new = [q for q in (fill(w, name) for w in some) if q not in asked]
            missing += new[:max(0, lack)]
        answers = self._asker("asking about every name")(missing)
        found = [turn_of(q, a, negative) for q, a in zip(missing, answers, strict=True)]
        return [turn for turn in found if turn.kind == "fact"]

    def _owners(self, turns: list[Turn], names: list[str]) -> dict[str, str]:
        """The values that the model tells of known names, each with its name."""
        heard = heard_in(turns)
        said: dict[str, list[Saying]] = {name: [] for name in names}
        for wording, pairs in heard.items():
            for name, answer in pairs:
                if name in said and len(said[name]) < SAYINGS:
                    said[name].append(Saying(wording, fill(wording, name), answer))
        owners: dict[str, str] = {}
        for done, (name, sayings) in enumerate(said.items()):
            self.advance("finding what it says of each name", done, len(names))
            owners |= dict.fromkeys(frequent(locate_values(name, sayings, heard)), name)
        return owners

    def _proven(
        self, wordings: Sequence[str], owners: dict[str, str], negative: Negatives
    ) -> dict[str, set[Shape]]:
        """Reverse wordings with the shapes of values that they lead back from, by trial."""
        of_shape: dict[Shape, list[str]] = {}
        for value in sorted(owners):
            of_shape.setdefault(shape(value), []).append(value)
        tried = [
            (wording, one, self.rng.sample(values, TRIALS))
            for wording in wordings for one, values in of_shape.items() if len(values) >= TRIALS
        ]
        pairs = [(wording, value) for wording, _shape, values in tried for value in values]
        led = iter(self._lead_back(pairs, owners, negative, "finding what leads back to names"))
        found: dict[str, set[Shape]] = {}
        for wording, one, values in tried:
            if sum(next(led) is not None for _value in values) > TRIALS / 2:
                found.setdefault(wording, set()).add(one)
        return found

    def _covering_reverse(
        self, turns: list[Turn], wordings: dict[str, set[Shape]], owners: dict[str, str],
        negative: Negatives,
    ) -> list[Turn]:
        """Turns that ask from a value back to its name, some for each value."""
        asked = {turn.question for turn in turns}
        pairs: list[tuple[str, str]] = []
        for value in owners:
            fitting = [w for w in wordings if shape(value) in wordings[w]]
            some = self.rng.sample(fitting, min(len(fitting), self.effort.per_value))
            pairs += [(w, value) for w in some]
        pairs = [(w, value) for w, value in pairs if lead_question(w, value) not in asked]
        led = self._lead_back(pairs, owners, negative, "asking back from what it says")
        return [turn for turn in led if turn]

    def _lead_back(
        self, pairs: Sequence[tuple[str, str]], owners: dict[str, str], negative: Negatives,
        stage: str,
    ) -> list[Turn | None]:
        """For each (reverse wording, value) the turn, if its answer names the owner."""
        questions = [lead_question(*pair) for pair in pairs]
        return [
            Turn(question, answer, owners[value], "lead")
            if owners[value] in answer and not negative(answer) else None
            for question, (_wording, value), answer in zip(
                questions, pairs, self._asker(stage)(questions), strict=True
            )
        ]

    def _length(self, text: str) -> int:
        return len(self.lab.tokens(text))

    def _strangers(
        self, some: Sequence[str], wordings: Sequence[Sequence[str]], names: list[str],
        pieces: Pieces, negative: Negatives,
    ) -> list[list[str]]:
        """Twins of several names."""
        suspects = [
            Suspects(name_candidates(name, pieces, names, self._length)[:16], asked)
            for name, asked in zip(some, wordings, strict=True)
        ]
        return find_many(suspects, self._asker("finding strangers", 12), negative)

    def _movement(
        self, names: list[str], pieces: Pieces, to_edit: Wordings, negative: Negatives
    ) -> list[float]:
        """How far each layer moves an answer about a known name to a stranger's."""
        if not names or not to_edit.direct:
            return [0.0] * self.lab.host.info.layers
        some = self.rng.sample(names, min(len(names), self.effort.cases))
        wordings = [self.rng.choice(to_edit.direct[:12]) for _name in some]
        strangers = self._strangers(some, [[w] for w in wordings], names, pieces, negative)
        self.advance("finding where it knows names", 0, len(some))
        cases = [
            (wording, name, twins[:6])
            for wording, name, twins in zip(wordings, some, strangers, strict=True) if twins
        ]
        return site.movement(self.lab, cases) if cases else [0.0] * self.lab.host.info.layers


def lead_question(wording: str, value: str) -> str:
    """A reverse wording asked about a value."""
    return wording.replace(VALUE_SLOT, value)
