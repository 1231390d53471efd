"""The plan: everything found about a subject, and what each step would do, before it is done."""

from collections.abc import Sequence

from agents import blast
from agents.context import Context
from agents.errors import NothingToForget
from agents.events import FoundMemory, Method, Plan, Scope
from agents.ports import Advance
from agents.recall import OWN_SOURCES
from agents.state import State
from memory.text import normalise
from tools.editing.findings import Findings
from tools.errors import ToolError
from tools.guarding.entries import Target

TWINS = 2
"""Unknown names like the subject's that an edit needs."""
MEMORIES = 10_000
"""Memories one plan may hold: more than anybody told, so that none is left."""


def draft(
    subject: str, state: State, context: Context, advance: Advance
) -> tuple[Plan, Findings | None]:
    """What would be done about `subject`, and the surgeon's findings on a model it can look into.

    Raises:
        NothingToForget: neither memory nor the model holds anything about it.
        TooBroad: too much else would change with it.
        ToolError: no guard could stand for it.
    """
    findings = look_into(subject, state, context, advance)
    aliases = findings.aliases if findings else []
    memories = find_memories(subject, aliases, state, context)
    if not memories and nothing_else(findings, state):
        raise NothingToForget(f"nothing is known about {subject!r}, in memory or by the model")
    if state["verdict"]["scope"] != "thread":
        Target("", subject)  # refused now rather than after consent
    method = settle_method(state["method"], findings, context)
    plan = Plan(
        request_id="", subject=subject, aliases=aliases, scope=state["verdict"]["scope"],
        method=method, memories=memories, facts=findings.facts if findings else [],
        neighbours=findings.neighbours if findings else [], blast=None,
        steps=steps(method, memories, probed=context.prober is not None and findings is not None),
        warnings=warnings(method, findings, context), model=context.patient.info.fingerprint,
    )
    return weighed(plan, findings, context, advance), findings


def weighed(plan: Plan, findings: Findings | None, context: Context, advance: Advance) -> Plan:
    """The plan with what else it would change.

    Raises:
        TooBroad: that is too much.
    """
    plan["blast"] = blast.estimate(plan, findings, context, advance)
    blast.refuse_wide(plan, context.limits)
    plan["warnings"] += blast.warning(plan["blast"], context.limits)
    return plan


def full_names(subject: str, aliases: list[str]) -> list[str]:
    """The names that nobody and nothing else has: one word alone may be any other word."""
    return [subject, *(alias for alias in aliases if " " in alias.strip())]


def look_into(
    subject: str, state: State, context: Context, advance: Advance
) -> Findings | None:
    """What the patient knows of somebody or something; its user's own facts it never learnt."""
    if context.locator is None or state["verdict"]["scope"] != "entity":
        return None
    return context.locator.locate(subject, advance)


def nothing_else(findings: Findings | None, state: State) -> bool:
    """Whether there is nothing to forget beside memories, of which there are none."""
    scope = state["verdict"]["scope"]
    if scope == "thread":
        return False
    return not findings.known if findings else scope != "entity"


def find_memories(
    subject: str, aliases: list[str], state: State, context: Context
) -> list[FoundMemory]:
    """Memories the request would remove."""
    return found_in_scope(
        context, state["verdict"]["scope"], full_names(subject, aliases), subject,
        thread_id=context.thread_id,
    )


def found_in_scope(
    context: Context, scope: Scope, names: Sequence[str], text: str, *, thread_id: str
) -> list[FoundMemory]:
    """The memories of a conversation, of where they were told, or about what is named or meant.

    A document of which nothing was told is a theme; what was ordered or said in passing never is.
    """
    if scope == "thread":
        return context.memories.of_thread(thread_id)
    if scope == "source":
        told_there = context.memories.of_source(text)
        if told_there or normalise(text) in OWN_SOURCES:
            return told_there
    return context.memories.matching(names, text, MEMORIES)


def settle_method(wanted: Method, findings: Findings | None, context: Context) -> Method:
    """The method that will be used: `auto` is whatever the model and the findings allow.

    Raises:
        ToolError: an edit was asked for and cannot be made.
    """
    able = context.editor is not None and findings is not None and findings.known
    able = able and len(findings.twins) >= TWINS if findings else False
    if wanted == "auto":
        return "both" if able else "guard"
    if wanted in ("edit", "both") and not able:
        why = context.patient.info.why_not_editable or (
            "no unknown name like it was found" if findings and findings.known
            else "the model does not know the subject"
        )
        raise ToolError(f"the weights cannot be edited for this request: {why}")
    return wanted


def steps(method: Method, memories: list[FoundMemory], *, probed: bool) -> list[str]:
    """One line for each thing that would be done."""
    count = f"{len(memories)} {'memory' if len(memories) == 1 else 'memories'}"
    lines = [f"remove {count} and every saved line of talk that names it"]
    if method in ("guard", "both"):
        lines.append("guard every answer against it")
    if method in ("edit", "both"):
        lines.append("edit the model's weights (an adapter; the file stays as it is)")
    return [*lines, "attack the result and show what still leaks"] if probed else lines


def warnings(method: Method, findings: Findings | None, context: Context) -> list[str]:
    """What the owner should know before he agrees."""
    found = ["removed lines of talk do not come back on restore; memories do"]
    if method == "guard":
        why = context.patient.info.why_not_editable or "the model knows nothing to edit"
        found.append(f"the weights stay as they are: {why}")
    if findings is not None and not findings.known:
        found.append("the model itself knows nothing about it")
    return found
