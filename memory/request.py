"""One request to forget: its record, its states, and which step may follow which.

    proposed -> approved -> operating -> verified -> active -> restoring -> restored
             -> declined                                    -> baked

A request that was under way when something went wrong may be taken back from any later state
(`restoring`) or closed (`failed`); taking back may itself be abandoned (`active` again).
"""

from collections.abc import Collection
from types import MappingProxyType
from typing import Any, Literal, TypedDict

RequestState = Literal[
    "proposed", "approved", "operating", "verified", "active", "restoring", "restored",
    "declined", "failed", "baked",
]
"""`proposed` waits for the owner's word; `approved` has it; `operating` changes things;
`verified` is measured; `active` holds; `restoring` is being taken back; `restored` was;
`declined` got a no; `failed` could not be done; `baked` is in a model file for good."""

Scope = Literal["fact", "entity", "topic", "thread", "source"]
Method = Literal["auto", "guard", "edit", "both"]

FOLLOWERS = MappingProxyType[RequestState, frozenset[RequestState]]({
    "proposed": frozenset({"approved", "declined"}),
    "approved": frozenset({"operating", "declined", "failed", "restoring"}),
    "operating": frozenset({"verified", "failed", "restoring"}),
    "verified": frozenset({"active", "failed", "restoring"}),
    "active": frozenset({"restoring", "baked"}),
    "restoring": frozenset({"restored", "active", "failed"}),
    "failed": frozenset({"restoring"}),
    "restored": frozenset(),
    "declined": frozenset(),
    "baked": frozenset(),
})
"""The states that may follow each state; staying is always allowed."""

UNFINISHED: frozenset[RequestState] = frozenset({"approved", "operating", "verified", "restoring"})
"""States in which only a crash leaves a request."""

FORGOTTEN: frozenset[RequestState] = frozenset({"verified", "active"})
"""States in which the edit must be plugged and the guard must stand."""

MEMORIES_DROPPED: frozenset[RequestState] = frozenset({"restored", "baked", "declined"})
"""States in which the ledger no longer needs the memories it kept for undoing."""


class StoredMemory(TypedDict):
    """A memory with all that is needed to put it back; `created` is UTC, ISO 8601."""

    id: str
    text: str
    thread_id: str
    role: str
    source: str | None
    created: str


class RequestRow(TypedDict):
    """One line of the ledger, as listed."""

    request_id: str
    subject: str
    scope: Scope
    method: Method
    state: RequestState
    created: str


class Label(RequestRow):
    """What a request is found by; times are UTC, ISO 8601, to the second."""

    updated: str
    thread_id: str
    aliases: list[str]


class Record(Label):
    """All that the ledger holds of a request.

    `plan`, `findings` and `measured` are plain JSON of the caller's shape. `purged` is None until
    the purge begins, and then the memories that a restore brings back.
    """

    plan: dict[str, Any]
    findings: dict[str, Any] | None
    purged: list[StoredMemory] | None
    measured: dict[str, Any] | None
    seconds: float | None


def row_of(record: Label) -> RequestRow:
    """The part of a record that a list shows."""
    return RequestRow(
        request_id=record["request_id"], subject=record["subject"], scope=record["scope"],
        method=record["method"], state=record["state"], created=record["created"],
    )


def held(record: Record) -> list[StoredMemory]:
    """The memories whose text a request has: those kept for undoing, and those its plan shows."""
    aside = record["purged"] or []
    kept = {memory["id"] for memory in aside}
    shown = [
        StoredMemory(
            id=memory["id"], text=memory["text"], thread_id="", role="", source=None, created=""
        )
        for memory in record["plan"].get("memories", [])
        if memory["text"] and memory["id"] not in kept
    ]
    return [*aside, *shown]


def without_texts(record: Record, ids: Collection[str] | None = None) -> Record:
    """The record without the text of these memories, or of any; the plan still counts them."""
    aside = [
        memory for memory in record["purged"] or [] if ids is not None and memory["id"] not in ids
    ]
    shown = [
        {**memory, "text": ""} if ids is None or memory["id"] in ids else memory
        for memory in record["plan"].get("memories", [])
    ]
    plan = {**record["plan"], "memories": shown} if shown else record["plan"]
    return {**record, "purged": None if record["purged"] is None else aside, "plan": plan}


def edited(record: Record) -> bool:
    """Whether the request changed the weights."""
    return record["method"] in ("edit", "both")


def guarded(record: Record) -> bool:
    """Whether the request has a target for the guard; a conversation is gone, not guarded."""
    return record["method"] in ("guard", "both") and record["scope"] != "thread"


def names_of(record: Label) -> list[str]:
    """The subject and its aliases."""
    return [record["subject"], *record["aliases"]]
