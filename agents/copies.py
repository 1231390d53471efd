"""What a purge goes by, what it would remove, and what it left: plain data for every face."""

from typing import Literal, TypedDict

from agents.events import FoundMemory

By = Literal["subject", "fact", "topic", "thread", "source"]
"""What a purge goes by: a name, a sentence, a theme, a conversation's id, where it was told."""


class Copies(TypedDict):
    """How many copies there are, counted by reading."""

    memories: int
    kept_for_restore: int
    threads: int
    lines: int


class PurgePlan(TypedDict):
    """What a purge would remove, for its owner to see before he agrees."""

    by: By
    text: str
    way: By
    """How it is looked for: as `by` says, but a document of which nothing is kept is a name."""
    memories: list[FoundMemory]
    found: Copies


class PurgeReceipt(TypedDict):
    """What a purge found, and what is left of it; it succeeded where nothing is."""

    by: By
    text: str
    found: Copies
    left: Copies
