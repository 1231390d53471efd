"""What is remembered, and how it comes back into the talk."""

import re

from langgraph.runtime import Runtime

from agents.context import Context
from agents.events import FoundMemory, MemoryKept, Notice
from agents.state import State, settled
from prompts import render
from tools.models.types import Message
from tools.watching.reading import read

QUOTE_FLOOR = 0.6
"""Similarity from which a user of a small model is answered with his own words."""
COPIES = 8
"""Memories looked at for each that is recalled: many conversations may have told the same."""
TOLD, CHAT = "told", "chat"
"""Sources of a memory that was ordered, and of one that was kept in passing; only what was ordered
is quoted."""
OWN_SOURCES = (TOLD, CHAT)

_OWN = re.compile(r"\b(?:I|I'm|I've|my|mine|we|we're|our)\b")


def remembered(turn: str, context: Context) -> list[FoundMemory]:
    """Memories near the turn that no target forbids, nearest first; at most `recall` texts.

    A guest and a private session have none.
    """
    if context.guest or context.private:
        return []
    limits = context.limits
    found = context.memories.search(turn, limits.recall * COPIES, limits.recall_floor)
    texts = [*dict.fromkeys(memory["text"] for memory in found)][: limits.recall]
    free = [text for text in texts if context.guard.touches(text) is None]
    return [memory for memory in found if memory["text"] in free]


def capable(context: Context) -> bool:
    """Whether the patient's window is large enough to be shown memories at all."""
    return context.patient.info.context_length >= context.limits.room_for_memories


def prelude(turn: str, context: Context) -> list[Message]:
    """The system message that puts memories before an able patient; empty without any."""
    if not capable(context):
        return []
    texts = dict.fromkeys(memory["text"] for memory in remembered(turn, context))
    return [Message("system", render("memories", memories="\n".join(texts)))] if texts else []


def quotation(turn: str, context: Context) -> str | None:
    """The user's own words in answer to his question, where the patient cannot use them."""
    if capable(context) or not turn.rstrip().endswith("?"):
        return None
    near = [memory["id"] for memory in remembered(turn, context) if memory["score"] >= QUOTE_FLOOR]
    told = [row["text"] for row in context.memories.rows(near) if row["source"] == TOLD]
    return quoted(told[0]) if told else None


def quoted(text: str) -> str:
    """The answer that a memory is quoted in."""
    return f"You told me: {text}"


def keep_statement(turn: str, context: Context) -> None:
    """Keep what the user said of himself in passing; what he quotes is not said of himself.

    Questions and orders hold nothing to keep.
    """
    kept = not (context.guest or context.private)
    if kept and _OWN.search(read(turn).spoken) and not turn.rstrip().endswith("?"):
        context.memories.add(turn, thread_id=context.thread_id, role="user", source=CHAT)


def keep(state: State, runtime: Runtime[Context]) -> State:
    """Remember what the user ordered to be remembered, unless it is forgotten ground."""
    context, text = runtime.context, state["subject"] or state["turn"]
    match = context.guard.touches(text)
    if match:
        runtime.stream_writer(
            Notice(f"That touches what you had me forget ({match.request_id}); restore it first.")
        )
        return settled()
    memory_id = context.memories.add(text, thread_id=context.thread_id, role="user", source=TOLD)
    runtime.stream_writer(MemoryKept(memory_id, text))
    return settled()
