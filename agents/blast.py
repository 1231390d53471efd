"""How far a request would reach beyond its subject, estimated before consent and without any trace.

Neutral questions are asked of the model as it is and as it would be, and the guard says which of
them it would answer. A request that changes too many is refused.
"""

from collections.abc import Sequence

from agents.context import Context, Limits
from agents.errors import TooBroad
from agents.events import Blast, Plan
from agents.ports import Advance
from tools.editing.findings import Findings, Probe
from tools.errors import ToolError
from tools.guarding.entries import Target
from tools.guarding.everyday import EVERYDAY


def estimate(
    plan: Plan, findings: Findings | None, context: Context, advance: Advance
) -> Blast | None:
    """The answers to neutral questions that the plan would change; None for a conversation.

    A model that cannot be looked into is asked nothing: there only the guard is tried.
    """
    if plan["scope"] == "thread":
        return None
    probes = neutral(plan["subject"], findings, context)
    advance("looking what else would change", 0, 1)
    before, after = answers(plan, findings, probes, context, advance)
    talks = [(probe.wording, answer) for probe, answer in zip(probes, after, strict=True)]
    edited = [old != new for old, new in zip(before, after, strict=True)]
    guarded = touched(plan, findings, talks, context)
    advance("looking what else would change", 1, 1)
    changed = [any(either) for either in zip(edited, guarded, strict=True)]
    return Blast(
        asked=len(probes), changed=sum(changed), by_edit=sum(edited), by_guard=sum(guarded)
    )


def neutral(subject: str, findings: Findings | None, context: Context) -> list[Probe]:
    """Questions that have nothing to do with the subject: the model's own where it was studied."""
    own = context.locator.neutral(findings) if context.locator and findings else []
    return own or [Probe("neutral", question, (), subject) for question in EVERYDAY]


def answers(
    plan: Plan, findings: Findings | None, probes: Sequence[Probe], context: Context,
    advance: Advance,
) -> tuple[list[str], list[str]]:
    """What is answered now, and what would be after the edit; "" where nothing is asked.

    An edit that turns out to be impossible changes nothing: the guard would stand alone.
    """
    if findings is None or context.prober is None:
        return [""] * len(probes), [""] * len(probes)
    before = context.prober.answer(probes)
    if context.editor is None or plan["method"] not in ("edit", "both"):
        return before, before
    try:
        return before, context.editor.foresee(plan["subject"], findings, probes, advance)
    except ToolError:
        return before, before


def touched(
    plan: Plan, findings: Findings | None, talks: Sequence[tuple[str, str]], context: Context
) -> list[bool]:
    """Which of the questions and answers the guard would take for the subject's."""
    if plan["method"] not in ("guard", "both"):
        return [False] * len(talks)
    values = findings.values if findings else []
    target = Target("", plan["subject"], tuple(plan["aliases"]), tuple(values))
    facts = [*plan["facts"], *(memory["text"] for memory in plan["memories"])]
    return context.guard.foresee(target, facts, talks)


def refuse_wide(plan: Plan, limits: Limits) -> None:
    """Refuse a plan that would change too many neutral answers.

    Raises:
        TooBroad: the message says how many, and what would change fewer.
    """
    blast = plan["blast"]
    if blast and share(blast) > limits.blast:
        raise TooBroad(
            f"{plan['subject']!r} is too broad to forget: it would change {line(blast)};"
            f" {narrower(blast, limits)}"
        )


def narrower(blast: Blast, limits: Limits) -> str:
    """What may be asked instead."""
    if blast["by_edit"] and blast["by_guard"] <= limits.blast * blast["asked"]:
        return f"the method 'guard' would change {blast['by_guard']}, or name one narrower thing"
    return "name one narrower thing, or the full name"


def warning(blast: Blast | None, limits: Limits) -> list[str]:
    """What the owner should know of a wide plan, if it is one."""
    if not blast or share(blast) < limits.blast_warned:
        return []
    return [f"more than the subject is touched: {line(blast)} would change"]


def share(blast: Blast) -> float:
    """The share of neutral answers that would change, 0..1."""
    return blast["changed"] / max(1, blast["asked"])


def line(blast: Blast) -> str:
    """The estimate in words."""
    return f"{blast['changed']} of {blast['asked']} neutral answers ({100 * share(blast):.0f} %)"
