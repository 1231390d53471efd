"""One request to forget: its record, its states, and which step may follow which.

    proposed -> approved -> operating -> verified -> active -> restoring -> restored
             -> declined                                    -> baked

A request that was under way when something went wrong may be taken back from any later state
(`restoring`) or closed (`failed`); taking back may itself be abandoned (`active` again).
"""

from dataclasses import dataclass
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
    "approved": frozenset({"operating", "failed", "restoring"}),
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


class KeptMemory(TypedDict):
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


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the ledger holds it; times are UTC, ISO 8601, to the second.

    `plan`, `findings` and `receipt` are plain JSON of the caller's shape.
    """

    request_id: str
    subject: str
    aliases: tuple[str, ...]
    scope: Scope
    method: Method
    state: RequestState
    created: str
    updated: str
    thread_id: str
    plan: dict[str, Any]
    findings: dict[str, Any]
    memories: tuple[KeptMemory, ...]
    receipt: dict[str, Any] | None

    @property
    def names(self) -> tuple[str, ...]:
        """The subject and its aliases."""
        return (self.subject, *self.aliases)

    def row(self) -> RequestRow:
        """The line shown in a list."""
        return RequestRow(
            request_id=self.request_id, subject=self.subject, scope=self.scope,
            method=self.method, state=self.state, created=self.created,
        )
