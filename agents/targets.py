"""What the guard must know of a request, and where its vectors come from."""

from agents.context import Context
from memory.request import Record
from tools.guarding.semantic import Vectors, nameless, no_vectors
from tools.guarding.targets import Target


def guard(context: Context, row: Record) -> None:
    """Register the guard's target; its vectors are durable, so that a start need not embed."""
    context.targets.put(row["request_id"], described(row))
    context.guard.register(target_of(row, context.targets.of(row["request_id"])))


def guard_again(context: Context, row: Record, vectors: Vectors | None) -> None:
    """Register the guard's target at a start, with the vectors that were kept.

    Where they were lost with the file they were in, they are computed again.
    """
    if vectors is None and described(row):
        guard(context, row)
    else:
        context.guard.register(target_of(row, vectors))


def described(row: Record) -> list[str]:
    """What the request is about, in sentences that do not name it."""
    facts = row["findings"]["facts"] if row["findings"] else []
    remembered = [memory["text"] for memory in row["plan"]["memories"] if memory["text"]]
    return nameless([*facts, *remembered], row["subject"])


def target_of(row: Record, vectors: Vectors | None) -> Target:
    """What the guard must know of a request."""
    values = row["findings"]["values"] if row["findings"] else []
    return Target(
        request_id=row["request_id"], subject=row["subject"],
        aliases=tuple(row["aliases"]), values=tuple(values),
        vectors=no_vectors() if vectors is None else vectors,
    )
