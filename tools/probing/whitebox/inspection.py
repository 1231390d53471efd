"""All white-box checks of one edit, as far as its model's architecture allows them.

What is asked about whom comes from outside, as does how much of it; the engine, its adapter and its
file are left as they are.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tools.editing.findings import Probe
from tools.errors import ModelError
from tools.models.gguf_header import read_header
from tools.models.lab import Lab
from tools.probing.whitebox import residuals
from tools.probing.whitebox.ablation import (
    SCALES,
    Ablation,
    Declined,
    Sets,
    Target,
    refusal_ablation,
)
from tools.probing.whitebox.attributes import SLOT, Attribute
from tools.probing.whitebox.diffing import Diff, Names, adapter_diff
from tools.probing.whitebox.forced import Forced, forced
from tools.probing.whitebox.lens import Lens, logit_lens
from tools.probing.whitebox.linear import LinearProbe, linear_probe, pooled
from tools.probing.whitebox.readout import Readout

_T = TypeVar("_T")
_Asked = TypeVar("_Asked", Probe, Forced)

Done = Callable[[str], None]
"""Called with the name of the check that comes next."""


@dataclass(frozen=True, slots=True)
class Material:
    """Whom the edit is about and what to ask.

    `names` are the forgotten, others that are known, and strangers. `probes` reveal values, of
    strangers too; `wordings` over `{N}` ask about anybody; `declined` tells "I don't know".
    """

    names: Names
    probes: Sequence[Probe]
    wordings: Sequence[str]
    attributes: Sequence[Attribute]
    declined: Declined


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is asked: the most of each that is used."""

    cases: int = 200
    bare: bool = True
    """Whether the lens is held behind the question alone too."""
    attributes: int = 8
    learnt: int = 200
    """People that a linear probe learns from."""
    wordings: int = 2
    """Ways in which an attribute is asked for."""
    names: int = 200
    """Known names, and strangers, that the forgotten are told from."""
    prompts: int = 60
    """Questions of each kind that give the direction of declining."""
    asked: int = 200
    """Probes asked with that direction ablated."""
    scales: tuple[float, ...] = SCALES


SHORT = Depth(
    cases=12, bare=False, attributes=2, learnt=24, wordings=1, names=16, scales=(),
)
"""What a receipt can wait for, about a second on a small model; taking the direction of declining
out needs more prompts than that to be an attack at all, so it is left to the bench."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the checks found; None where there was nothing to ask, and in `refused` why a check
    cannot be made of this model. `linear` is by position in the prompt."""

    lens: Lens | None = None
    lens_bare: Lens | None = None
    """The same behind the question alone, the answer not begun."""
    linear: Mapping[str, LinearProbe] = field(default_factory=dict)
    ablation: Ablation | None = None
    diff: Diff | None = None
    refused: Mapping[str, str] = field(default_factory=dict)


class Inspector:
    """The checks of one adapter on one lab's model file."""

    def __init__(
        self, lab: Lab, path: Path, adapter: bytes, material: Material, depth: Depth | None = None
    ) -> None:
        self.lab, self.path, self.adapter = lab, path, adapter
        self.material, self.depth = material, depth or Depth()
        self.rng = random.Random("whitebox " + " ".join(material.names.forgotten))
        self.cases = self._cases()

    def inspect(self, done: Done = lambda _check: None) -> Report:
        """Every check, one after the other."""
        checks: dict[str, Callable[[], object]] = {
            "lens": self._lens, "lens_bare": self._lens_bare, "linear": self._linear,
            "ablation": self._ablation, "diff": self._diff,
        }
        found, refused = {}, {}
        for name, check in checks.items():
            done(name)
            try:
                found[name] = check()
            except ModelError as error:
                refused[name] = str(error)
        return Report(**found, refused=refused)  # type: ignore[arg-type]

    def _cases(self) -> list[Forced]:
        """As many about the forgotten as about strangers, in the same words."""
        return self._both(forced(self.material.probes), self.depth.cases)

    def _lens(self) -> Lens | None:
        return logit_lens(self.lab, self.adapter, Readout(self.path), self.cases)

    def _lens_bare(self) -> Lens | None:
        if not self.depth.bare:
            return None
        return logit_lens(self.lab, self.adapter, Readout(self.path), self.cases, begun=False)

    def _linear(self) -> dict[str, LinearProbe]:
        by_position: dict[str, list[LinearProbe]] = {}
        forgotten = self.material.names.forgotten
        told = [one for one in self.material.attributes if set(forgotten) & set(one.values)]
        for attribute in told[:self.depth.attributes]:
            some = self._fewer(attribute)
            rows = residuals.rows_of(
                self.lab, self.adapter, some, forgotten, self.material.names.strangers
            )
            for position, each in rows.items():
                by_position.setdefault(position, []).append(linear_probe(each))
        means = {position: pooled(probes) for position, probes in by_position.items()}
        return {position: mean for position, mean in means.items() if mean is not None}

    def _fewer(self, attribute: Attribute) -> Attribute:
        """The attribute with as many people as may be learnt from, those who share a value with
        the forgotten first."""
        forgotten, values = set(self.material.names.forgotten), attribute.values
        wanted = {values[name] for name in forgotten if name in values}
        others = self._some([name for name in values if name not in forgotten], len(values))
        others.sort(key=lambda name: values[name] not in wanted)
        kept = {*others[:self.depth.learnt], *forgotten}
        values = {name: value for name, value in values.items() if name in kept}
        return Attribute(attribute.stem, attribute.wordings[:self.depth.wordings], values)

    def _ablation(self) -> Ablation | None:
        names, wordings = self.material.names, self.material.wordings
        enough = wordings and len(names.known) > 3 and len(names.strangers) > 3
        if not (enough and self.depth.scales):
            return None
        sets = Sets(self._questions(names.strangers), self._questions(names.known))
        free = [probe for probe in self.material.probes if not probe.prefix]
        probes = self._both(free, self.depth.asked)
        target = Target(self.lab, read_header(self.path), self.material.declined)
        return refusal_ablation(target, self.adapter, sets, probes, self.depth.scales)

    def _questions(self, names: Sequence[str]) -> list[str]:
        wordings = self.material.wordings
        return [
            self.rng.choice(wordings).replace(SLOT, self.rng.choice(names))
            for _ in range(self.depth.prompts)
        ]

    def _diff(self) -> Diff | None:
        names, most = self.material.names, self.depth.names
        some = Names(
            names.forgotten, self._some(names.known, most), self._some(names.strangers, most)
        )
        return adapter_diff(self.lab, self.adapter, some, self.cases)

    def _some(self, whole: Sequence[_T], most: int) -> list[_T]:
        return self.rng.sample(list(whole), min(len(whole), most))

    def _both(self, whole: Sequence[_Asked], most: int) -> list[_Asked]:
        """Some about the forgotten and the same about strangers, which come in the same order."""
        own: list[_Asked] = [one for one in whole if not one.stranger]
        others: list[_Asked] = [one for one in whole if one.stranger]
        if len(own) != len(others):
            return self._some(own, most) + self._some(others, most)
        chosen = self._some(range(len(own)), most)
        return [own[index] for index in chosen] + [others[index] for index in chosen]


def short(report: Report) -> dict[str, float]:
    """The few numbers for a receipt: each with what a perfect erasure would show, its `chance`.

    Missing are those of checks that could not be made. `ablation_works` says whether taking the
    direction out makes the model answer about strangers at all; if not, the figure beside it means
    little. `edit_names` is not to be brought down: who holds the edit and the base file can tell
    whom it is about.
    """
    found: dict[str, float] = {}
    if report.lens is not None:
        worst = report.lens.worst
        found |= {"lens": worst.edited.first, "lens_chance": worst.strangers.first}
    if report.linear:
        probe = max(report.linear.values(), key=lambda one: one.edited - one.strangers)
        found |= {"linear": probe.edited, "linear_chance": probe.strangers}
    if report.ablation is not None:
        back = report.ablation.worst
        found |= {
            "ablation": back.returned, "ablation_chance": back.chance,
            "ablation_works": float(report.ablation.attacks),
        }
    if report.diff is not None:
        found |= {"edit_names": report.diff.known, "edit_names_chance": 0.5}
    return found
