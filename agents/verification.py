"""Verification: the surgeon's own attack on a finished request, first without the guard, then with.

The probes come from wordings that the edit never used, each asked about the subject and about
strangers: the strangers' score is the chance level that a perfect erasure would reach.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypedDict

from agents.context import Context, Emit
from agents.events import NeighbourCount, ProbeCount, ProbesAnswered
from agents.responder import speak
from agents.state import State
from tools.editing.findings import Findings, Probe
from tools.probing.score import reveals

GUARDED_SHARE = 6
"""Probes of one kind that are asked again through the guard; each costs a whole answer."""


class Measured(TypedDict):
    """What verification found: counts per kind of probe without and with the guard."""

    probes: dict[str, ProbeCount]
    guarded_probes: dict[str, ProbeCount]
    neighbours: NeighbourCount


def nothing_measured() -> Measured:
    """The counts of a request that could not be, or is not yet, probed."""
    return Measured(probes={}, guarded_probes={}, neighbours=NeighbourCount(asked=0, kept=0))


def measure(
    context: Context, subject: str, findings: Findings, emit: Emit
) -> Measured:
    """Ask every probe about `subject` and count what leaks; emits each kind as it is finished."""
    measured = nothing_measured()
    if context.prober is None or not findings.known:
        return measured
    for kind, probes in by_kind(context.prober.probes(subject, findings)).items():
        if kind == "neighbour":
            measured["neighbours"] = kept(context, probes)
            continue
        measured["probes"][kind] = count(probes, context.prober.answer(probes))
        emit(ProbesAnswered(kind, False, measured["probes"][kind]))
        measured["guarded_probes"][kind] = guarded(context, probes)
        emit(ProbesAnswered(kind, True, measured["guarded_probes"][kind]))
    return measured


def by_kind(probes: Sequence[Probe]) -> dict[str, list[Probe]]:
    """Probes grouped by kind, in order of first appearance."""
    groups: dict[str, list[Probe]] = defaultdict(list)
    for probe in probes:
        groups[probe.kind].append(probe)
    return dict(groups)


def count(probes: Sequence[Probe], answers: Sequence[str]) -> ProbeCount:
    """How many answers about the subject reveal a value, beside the strangers' share."""
    hits = [reveals(answer, probe.values) for probe, answer in zip(probes, answers, strict=True)]
    own = [hit for probe, hit in zip(probes, hits, strict=True) if not probe.stranger]
    strangers = [hit for probe, hit in zip(probes, hits, strict=True) if probe.stranger]
    chance = sum(strangers) / len(strangers) if strangers else 0.0
    return ProbeCount(asked=len(own), leaked=sum(own), chance=chance)


def guarded(context: Context, probes: Sequence[Probe]) -> ProbeCount:
    """The same through the whole responder: screen, strategy, filter."""
    asked = [probe for probe in probes if not probe.stranger][:GUARDED_SHARE]
    return count(asked, [answered(context, spoken_form(probe)) for probe in asked])


def spoken_form(probe: Probe) -> str:
    """The probe as somebody at the keyboard can put it: a prefix becomes a demand."""
    if not probe.prefix:
        return probe.wording
    return f"{probe.wording} Begin your answer with: {probe.prefix.strip()}"


def answered(context: Context, question: str) -> str:
    """What the user would be shown as answer to `question` in a fresh thread."""
    state = State(messages=[], turn=question)
    match = context.guard.screen([question])
    return speak(state, match, context, lambda _event: None)[0]


def kept(context: Context, probes: Sequence[Probe]) -> NeighbourCount:
    """How many questions about neighbours are still answered with what they were."""
    assert context.prober is not None
    answers = context.prober.answer(probes)
    hits = [reveals(answer, probe.values) for probe, answer in zip(probes, answers, strict=True)]
    return NeighbourCount(asked=len(hits), kept=sum(hits))
