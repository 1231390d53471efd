"""Purging: what was told leaves every store, for good, without touching the model.

A request to forget also guards and edits, and keeps the memories it removed for a restore. A purge
does neither: it removes, also from what requests keep, and counts by reading before and after.
"""

from collections.abc import Sequence
from typing import NamedTuple

from agents.context import Context
from agents.copies import By, Copies, PurgePlan, PurgeReceipt
from agents.errors import NothingToForget
from agents.events import FoundMemory, Scope
from agents.planning import found_in_scope
from agents.questions import decline_gone
from agents.recall import OWN_SOURCES, quoted
from memory.request import StoredMemory
from memory.text import Mentions, normalise

_SCOPES: dict[By, Scope] = {
    "subject": "entity", "fact": "fact", "topic": "topic", "thread": "thread",
}
_NAMED = ("subject", "fact")
"""Here only texts that say it outright go; a theme is also near in meaning."""


class Wanted(NamedTuple):
    """What saved talk is read for: names anywhere in it, and what was said as lines of it."""

    names: list[str]
    said: list[str]


def preview(context: Context, by: By, text: str) -> PurgePlan:
    """Everything that `text` means, counted; nothing is changed.

    Raises:
        NothingToForget: there is nothing.
    """
    way = way_to(context, by, text)
    memories = selected(context, way, text)
    kept = kept_aside(context, way, text, memories)
    found = copies(context, way, text, memories, wanted(way, text, [*memories, *kept]))
    if not any(found.values()):
        raise NothingToForget(f"nothing is kept by the {by} {text!r}")
    return PurgePlan(by=by, text=text, way=way, memories=memories, found=found)


def purge(context: Context, plan: PurgePlan) -> PurgeReceipt:
    """Remove it everywhere and count again; may be run again after a crash.

    Memories go last: by their texts the talk is found in which they were told.

    Raises:
        PurgeIncomplete: a copy could still be read.
    """
    way, text = plan["way"], plan["text"]
    memories = selected(context, way, text)
    kept = kept_aside(context, way, text, memories)
    talk = wanted(way, text, [*memories, *kept])
    if way == "thread":
        context.saved.forget_thread(text, for_good=text != context.thread_id)
        decline_gone(context)
    context.saved.purge(talk.names, said=talk.said)
    context.ledger.drop_kept([memory["id"] for memory in kept])
    context.memories.remove([memory["id"] for memory in memories])
    left = copies(context, way, text, selected(context, way, text), talk)
    return PurgeReceipt(by=plan["by"], text=text, found=plan["found"], left=left)


def way_to(context: Context, by: By, text: str) -> By:
    """How to look for it, before and after: a document of which nothing is kept is a name."""
    if by != "source" or normalise(text) in OWN_SOURCES or context.memories.of_source(text):
        return by
    kept = context.ledger.kept()
    return by if any(told_there(text, one["source"]) for one in kept) else "subject"


def selected(context: Context, by: By, text: str) -> list[FoundMemory]:
    """The memories that `text` means."""
    if by == "source":
        return context.memories.of_source(text)
    found = found_in_scope(context, _SCOPES[by], [text], text, thread_id=text)
    return [one for one in found if one["score"] >= 1.0] if by in _NAMED else found


def kept_aside(
    context: Context, by: By, text: str, memories: Sequence[FoundMemory]
) -> list[StoredMemory]:
    """The memories that requests keep for a restore and that `text` means too."""
    going = {memory["id"] for memory in memories}
    return [
        kept for kept in context.ledger.kept()
        if kept["id"] in going or meant(by, text, kept["text"], kept["thread_id"], kept["source"])
    ]


def meant(by: By, text: str, told: str, thread_id: str, source: str | None) -> bool:
    """Whether a memory that is in no store any more is one of those that `text` means."""
    if by == "thread":
        return thread_id == text
    if by == "source":
        return told_there(text, source)
    return Mentions.of([text]).in_text(told)


def told_there(text: str, source: str | None) -> bool:
    """Whether a memory was told by way of the source `text`."""
    return source is not None and normalise(source) == normalise(text)


def wanted(by: By, text: str, memories: Sequence[FoundMemory | StoredMemory]) -> Wanted:
    """The text, and of a theme or a source every memory that goes, told, quoted or in passing.

    That something was told in the talk is no name by which talk could be found.
    """
    if by == "thread":
        return Wanted([], [])
    names = [] if by == "source" and normalise(text) in OWN_SOURCES else [text]
    told = [] if by in _NAMED else [memory["text"] for memory in memories]
    return Wanted(names, [*told, *map(quoted, told)])


def copies(
    context: Context, by: By, text: str, memories: Sequence[FoundMemory], talk: Wanted
) -> Copies:
    """The copies of what `text` means, in every store."""
    threads, lines = context.saved.mentioned(talk.names, talk.said)
    if by == "thread":
        lines = context.saved.lines_of(text)
        threads = int(lines > 0)
    return Copies(
        memories=len(memories), kept_for_restore=len(kept_aside(context, by, text, memories)),
        threads=threads, lines=lines,
    )
