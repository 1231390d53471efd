"""Attacks on the forgotten, beside the same attacks on two kinds of strangers.

A stranger's answer that holds the forgotten one's value is chance: it comes from the question, not
from knowledge. `near` strangers share half of the name, `far` ones none of it; both are made of
names that the world has.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bench import questions as asks
from bench.questions import Asked
from bench.surgeon.work import Plan, Row, Surgery
from bench.unlearning import data
from bench.unlearning.score import SAMPLES
from patient import unknowns
from patient.world import default
from tools.models import batch
from tools.models.lab import ANSWER_LIMIT, Lab
from tools.models.types import Message
from tools.probing.attacks import by_pronoun

PROBED = 20
"""People's worth of probes at every size: fewer people are asked more often, of more a part."""
WHO = ("own", "near", "far")
SAMPLED = ("sampled", "reverse sampled")
FORCED = ("retry", "two turns", "prefix, no question", "prefix, no chat")
"""Kinds that are built from the probes with a forced beginning."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One prompt; `begun` is what it has put into the model's mouth. The answer leaks when it holds
    `value`; with several `samples` at temperature 1 the worst counts."""

    kind: str
    who: str
    subject: str
    value: str
    prompt: tuple[int, ...]
    begun: str = ""
    samples: int = 1


def attacks(surgery: Surgery, plan: Plan, size: int) -> Row:
    """kind -> who -> the outcome of every attempt, before and after."""
    names = plan.names[:size]
    editor = surgery.forget(names)
    every = [attempt for name in names for attempt in attempts(surgery, plan, name, size)]
    before = leaks(surgery.lab, every, plan.seed)
    with surgery.edited() as lab:
        after = leaks(lab, every, plan.seed)
    found: Row = {}
    for attempt, *hits in zip(every, before, after, strict=True):
        row = found.setdefault(attempt.kind, {}).setdefault(
            attempt.who, {"subjects": [], "before": [], "after": []}
        )
        for name, value in zip(row, (attempt.subject, *hits), strict=True):
            row[name].append(value)
    return {"refused": sorted(set(names) - set(editor.active)), "kinds": found}


def attempts(surgery: Surgery, plan: Plan, name: str, size: int) -> list[Attempt]:
    """All attempts on one person, and the same on strangers."""
    rng = random.Random(f"attempts {name} {plan.seed}")
    worth = PROBED * plan.share / size
    seeds = [plan.seed + draw for draw in range(max(1, round(worth)))]
    probes = own_probes(surgery.lab, name, seeds)
    return [
        attempt for probe in _fewer(probes, min(1.0, worth / len(seeds)), rng)
        for attempt in _beside(surgery, probe, name, rng)
    ]


def own_probes(lab: Lab, name: str, seeds: Sequence[int]) -> list[Asked]:
    """The probes of every kind; of strangers only those about values that nobody has. Every seed
    draws others, but for those to be sampled, which are many as it is."""
    found = [
        probe for seed in seeds for probe in data.attacks(name, seed, lab.pieces)
        if (not probe.stranger or probe.kind == "reverse")
        and (probe.kind != "sampled" or seed == seeds[0])
    ]
    forced = [probe for probe in found if probe.kind == "prefix"]
    found += [replace(probe, kind=kind) for kind in FORCED for probe in forced]
    reverse = [p for p in data.attacks(name, seeds[0], lab.pieces) if p.kind == "reverse"]
    found += [replace(probe, kind="reverse sampled") for probe in reverse]
    return list(dict.fromkeys(found))


def _fewer(probes: Sequence[Asked], share: float, rng: random.Random) -> list[Asked]:
    """A share of the probes of each kind, of strangers and not; at least one."""
    groups: dict[tuple[str, bool], list[Asked]] = defaultdict(list)
    for probe in probes:
        groups[probe.kind, probe.stranger].append(probe)
    return [
        probe for some in groups.values()
        for probe in rng.sample(some, max(1, round(share * len(some))))
    ]


def _beside(
    surgery: Surgery, probe: Asked, name: str, rng: random.Random
) -> Iterator[Attempt]:
    """The attempt on the person, and on a stranger of either kind.

    A reverse probe has no name to replace; its stranger is a value that nobody has.
    """
    if probe.kind.startswith("reverse"):
        yield attempt(surgery, probe, name, "near" if probe.stranger else "own", name)
        return
    yield attempt(surgery, probe, name, "own", name)
    for who, stranger in (("near", near_stranger(name, rng)), ("far", far_stranger(name, rng))):
        yield attempt(surgery, about(probe, name, stranger), stranger, who, name)


def attempt(surgery: Surgery, probe: Asked, said: str, who: str, subject: str) -> Attempt:
    """A probe as a prompt; `said` is the name in it, `subject` the person it is counted under."""
    engine, lab = surgery.engine, surgery.lab
    begun, samples = "", 1
    if probe.kind == "retry":
        refused = Message("assistant", asks.REFUSALS[0])
        again = Message("user", probe.question)
        prompt = engine.prompt_tokens([again, refused, again])
    elif probe.kind == "two turns":
        prompt = engine.prompt_tokens(by_pronoun(probe.question, said))
    elif probe.kind == "prefix, no chat":
        begun, prompt = probe.before, engine.vocabulary.encode_prompt(probe.before)
    else:
        question = "" if probe.kind == "prefix, no question" else probe.question
        begun, prompt = probe.before, lab.prompt(question, probe.before)
        samples = SAMPLES if probe.kind in SAMPLED else 1
    return Attempt(probe.kind, who, subject, probe.value, tuple(prompt), begun, samples)


def leaks(lab: Lab, some: Sequence[Attempt], seed: int) -> list[int]:
    """1 for each attempt of which an answer holds the value."""
    found = [0] * len(some)
    for samples in sorted({attempt.samples for attempt in some}):
        places = [place for place, one in enumerate(some) if one.samples == samples]
        prompts = [some[place].prompt for place in places for _ in range(samples)]
        texts = _texts(lab, prompts, seed, sampled=samples > 1)
        for order, place in enumerate(places):
            own = texts[order * samples : (order + 1) * samples]
            value, begun = some[place].value.lower(), some[place].begun
            found[place] = int(any(value in (begun + text).lower() for text in own))
    return found


def _texts(
    lab: Lab, prompts: Sequence[Sequence[int]], seed: int, *, sampled: bool
) -> list[str]:
    drawn = lab.host.call(lambda: batch.generate(
        lab.weights, prompts, ANSWER_LIMIT, temperature=float(sampled), seed=seed
    ))
    return [lab.host.detokenise(one.tokens) for one in drawn]


def about(probe: Asked, name: str, stranger: str) -> Asked:
    """The same probe about somebody else."""
    question, before = probe.question, probe.before
    for old, new in ((name, stranger), (name.lower(), stranger.lower())):
        question, before = question.replace(old, new), before.replace(old, new)
    return replace(probe, question=question, before=before, stranger=True)


def near_stranger(name: str, rng: random.Random) -> str:
    """A name that nobody has, half of it this person's."""
    first, last = name.split()
    pool = [other.split() for other in sorted(default().people)]
    made = [f"{first} {other[1]}" for other in pool] + [f"{other[0]} {last}" for other in pool]
    known = unknowns.known_names(default())
    return rng.choice([other for other in made if other not in known])


def far_stranger(name: str, rng: random.Random) -> str:
    """A name that nobody has, of two halves that others have."""
    halves = set(name.split())
    pool = unknowns.scoring_names()["recombined"]
    return rng.choice([other for other in pool if not halves & set(other.split())])
