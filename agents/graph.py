r"""The graph: who hands the turn to whom. Nothing else is decided here.

    watch -ask------> screen -> respond -> audit
          \-forget---> locate (-> choose*) -> approve* -> operate -> verify -> report
          |                                          \-no-> decline
          \-restore--> find -> confirm* -> undo
          \-list-----> tell
          |-remember-> keep
          |-expire---> weigh* -> expire
          \-(any order, in a private session)-> withhold
    (* interrupt(): such a node runs again from its first line on resume, so it has no effects)
"""

from typing import TYPE_CHECKING, Any

from langgraph.graph import END, START, StateGraph

from agents import private, recall, responder, retention, surgeon, watchdog
from agents.context import Context
from agents.state import State

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    Compiled = CompiledStateGraph[State, Context, Any, Any]

STEPS: dict[str, Any] = {
    "watch": watchdog.watch,
    "ask_meaning": watchdog.ask_meaning,
    "screen": responder.screen,
    "respond": responder.respond,
    "audit": responder.audit,
    "locate": surgeon.locate,
    "choose": surgeon.choose,
    "approve": surgeon.approve,
    "decline": surgeon.decline,
    "operate": surgeon.operate,
    "verify": surgeon.verify,
    "report": surgeon.report,
    "find": surgeon.find,
    "confirm": surgeon.confirm,
    "undo": surgeon.undo,
    "tell": surgeon.tell,
    "keep": recall.keep,
    "weigh": retention.weigh,
    "expire": retention.expire,
    "withhold": private.withhold,
}
PATHS = [
    (START, "watch"),
    ("screen", "respond"), ("respond", "audit"), ("audit", END),
    ("operate", "verify"), ("verify", "report"), ("report", END), ("decline", END),
    ("undo", END), ("tell", END), ("keep", END), ("expire", END), ("withhold", END),
]
"""Fixed steps; every other edge is in the return type of the node that takes it."""


def build(checkpointer: "BaseCheckpointSaver[Any]") -> "Compiled":
    """The compiled graph, saving every step of a thread with `checkpointer`."""
    graph = StateGraph(State, context_schema=Context)
    for name, node in STEPS.items():
        graph.add_node(name, node)
    for source, target in PATHS:
        graph.add_edge(source, target)
    return graph.compile(checkpointer=checkpointer)
