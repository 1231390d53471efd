"""The surgeon: finds what a request is about, asks for consent, and has it done.

Each node reads the state, calls one thing and says where to go. The effects are in `operation`,
driven by the ledger, so that a recovery after a crash runs the very same code.
"""

from contextvars import copy_context
from dataclasses import asdict
from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from agents import operation
from agents.breadth import refuse_broad, refuse_common
from agents.context import Context, Emit
from agents.errors import NothingToForget, Stopped
from agents.events import Notice, ReceiptIssued, RequestsListed, RequestState, WorkAdvanced
from agents.planning import draft
from agents.ports import Advance
from agents.state import State, settled
from memory.errors import UnknownRequest

NONE_OF_THEM = "none of them"
THIS_TALK = "this conversation"
BEGUN: tuple[RequestState, ...] = ("verified", "operating", "approved")
RESTORABLE: tuple[RequestState, ...] = ("active", *BEGUN, "restoring")
"""A request that failed half way can be taken back like one that holds."""


def locate(
    state: State, runtime: Runtime[Context]
) -> Command[Literal["choose", "approve"]]:
    """Find what is held about the subject and write the proposal into the ledger."""
    context = runtime.context
    context.halt.clear()
    advance = until_stopped(progress(runtime.stream_writer), context)
    scope = state["verdict"]["scope"]
    subject = THIS_TALK if scope == "thread" else state["subject"].strip()
    refuse_broad(subject, scope)
    if context.locator and scope == "entity":
        context.guard.learn_names(context.locator.study(advance).names)
        refuse_common(subject, context)
    options = alternatives(subject, state, context)
    if len(options) > 1:
        return Command(update=State(options=options), goto="choose")
    subject = options[0] if options else subject
    if begun := unfinished(subject, context):
        return Command(update=State(request_ids=[begun], options=[]), goto="approve")
    plan, findings = draft(subject, state, context, advance)
    request_id = context.ledger.propose(
        plan, findings=asdict(findings) if findings else None, thread_id=context.thread_id
    )
    return Command(update=State(request_ids=[request_id], options=[]), goto="approve")


def unfinished(subject: str, context: Context) -> str | None:
    """The request about `subject` that was approved and then failed half way, to be carried on.

    A second one beside it would outlive a restore of the first. Conversations have no name.

    Raises:
        NothingToForget: it is forgotten already; names the request that holds.
    """
    for row in context.ledger.rows(("active", *BEGUN)):
        if row["scope"] == "thread" or row["subject"].casefold() != subject.casefold():
            continue
        if row["state"] == "active":
            raise NothingToForget(
                f"{subject!r} is forgotten already, by request {row['request_id']}"
            )
        return row["request_id"]
    return None


def alternatives(subject: str, state: State, context: Context) -> list[str]:
    """Names the patient knows that the subject may mean; one alone is what it means."""
    if state["options"] or not context.locator or state["verdict"]["scope"] != "entity":
        return [subject]
    names = context.locator.candidates(subject)
    return names if subject not in names else [subject]


def choose(state: State) -> Command[Literal["locate", "__end__"]]:
    """Ask which of several is meant."""
    options = [*state["options"], NONE_OF_THEM]
    question = f"Which one is {state['subject']!r}?"
    answer = interrupt({"kind": "choice", "question": question, "options": options})
    if answer not in state["options"]:
        return Command(update=settled(), goto="__end__")
    return Command(update=State(subject=str(answer)), goto="locate")


def approve(state: State) -> Command[Literal["operate", "decline"]]:
    """Wait for the owner's word on the plan."""
    consent = interrupt({"kind": "plan", "request_id": state["request_ids"][0]})
    return Command(goto="operate" if consent is True else "decline")


def decline(state: State, runtime: Runtime[Context]) -> State:
    """Put on record that the owner said no; what was once approved can only be taken back."""
    ledger, request_id = runtime.context.ledger, state["request_ids"][0]
    if ledger.get(request_id)["state"] == "proposed":
        ledger.advance(request_id, "declined")
    runtime.stream_writer(Notice("Nothing was changed."))
    return settled()


def operate(state: State, runtime: Runtime[Context]) -> State:
    """Do what was approved."""
    emit = runtime.stream_writer
    operation.operate(runtime.context, state["request_ids"][0], progress(emit))
    lines = state.get("messages", [])
    return State(
        messages=operation.clean_lines(lines, state["request_ids"][0], runtime.context)
    )


def verify(state: State, runtime: Runtime[Context]) -> State:
    """Attack the result with probes the edit never saw."""
    operation.verify(runtime.context, state["request_ids"][0], runtime.stream_writer)
    return State()


def report(state: State, runtime: Runtime[Context]) -> State:
    """Close the request and hand over its receipt."""
    receipt = operation.conclude(runtime.context, state["request_ids"][0])
    runtime.stream_writer(ReceiptIssued(receipt))
    return settled()


def find(state: State, runtime: Runtime[Context]) -> Command[Literal["confirm"]]:
    """Find the requests that the user wants undone; without a name, the last one.

    Raises:
        NothingToForget: no active request matches.
    """
    wanted, ledger = state["subject"].strip(), runtime.context.ledger
    rows = ledger.find(wanted, RESTORABLE) if wanted else ledger.rows(RESTORABLE)
    ids = [row["request_id"] for row in rows]
    if not ids:
        raise NothingToForget(f"no active request matches {wanted!r}; see the list of requests")
    return Command(update=State(request_ids=ids if wanted else ids[:1]), goto="confirm")


def confirm(state: State, runtime: Runtime[Context]) -> Command[Literal["undo", "__end__"]]:
    """Wait for the owner's word before anything comes back."""
    consent = interrupt({"kind": "restore", "request_ids": state["request_ids"]})
    if consent is True:
        return Command(goto="undo")
    runtime.stream_writer(Notice("Nothing was changed."))
    return Command(update=settled(), goto="__end__")


def undo(state: State, runtime: Runtime[Context]) -> State:
    """Bring everything of these requests back; one that was lost meanwhile is told."""
    for request_id in state["request_ids"]:
        runtime.stream_writer(restored(runtime.context, request_id))
    return settled()


def restored(context: Context, request_id: str) -> ReceiptIssued | Notice:
    """Bring everything of one request back; a repair may not have been able to save it."""
    try:
        return ReceiptIssued(operation.undo(context, request_id))
    except UnknownRequest:
        return Notice(f"{request_id} is lost: nothing of it could be restored")


def tell(_state: State, runtime: Runtime[Context]) -> State:
    """List the requests; to the owner only, for only the owner's turns reach this node."""
    runtime.stream_writer(RequestsListed(tuple(runtime.context.ledger.rows())))
    return settled()


def until_stopped(advance: Advance, context: Context) -> Advance:
    """The same progress, which ends the work once the owner has asked to stop.

    For work before consent only: an operation under way is carried through.
    """

    def advance_or_stop(stage: str, done: int, total: int) -> None:
        if context.halt.is_set():
            raise Stopped("stopped; nothing was changed")
        advance(stage, done, total)

    return advance_or_stop


def progress(emit: Emit) -> Advance:
    """The stream of events as a progress callback for long work.

    The model calls it from its own thread, where LangGraph's writer does not know its run unless
    the node's context is carried along.
    """
    here = copy_context()
    return lambda stage, done, total: here.copy().run(emit, WorkAdvanced(stage, done, total))
