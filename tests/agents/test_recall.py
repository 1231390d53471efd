"""What was told comes back into the talk, however often and wherever it was told."""

from collections.abc import Callable

import pytest

from agents.recall import remembered
from agents.session import Session
from tests.conftest import Open

CODE = "my alarm code is 4711"


@pytest.fixture
def session(opened: Open, script: Callable[..., str]) -> Session:
    """Two conversations were told the same; a third is open."""
    session = opened(script(rules={".": "I see."}), "a")
    for thread_id in ("a", "b"):
        session.switch(thread_id)
        list(session.send(f"remember that {CODE}"))
    session.switch("c")
    return session


def kept(session: Session) -> list[tuple[str, str]]:
    rows = session._context.memories.all()  # type: ignore[attr-defined]
    return [(row["text"], row["thread_id"]) for row in rows]


def test_a_conversation_that_goes_takes_no_memory_of_another_along(session: Session) -> None:
    session.purge(session.plan_purge("thread", "b"))
    assert kept(session) == [(CODE, "a")]
    session.purge(session.plan_purge("thread", "a"))
    assert kept(session) == []


def test_what_is_ordered_again_and_again_in_one_conversation_is_one_memory(
    session: Session,
) -> None:
    for _ in range(3):
        list(session.send(f"remember that {CODE}"))
    assert kept(session) == [(CODE, thread_id) for thread_id in ("a", "b", "c")]


def test_what_many_conversations_told_crowds_nothing_out(session: Session) -> None:
    for thread_id in "defghi":
        session.switch(thread_id)
        list(session.send(f"remember that {CODE}"))
    list(session.send("remember that the old alarm code of the barn is 1234"))
    recalled = remembered("what is the alarm code?", session._context)
    assert len({memory["text"] for memory in recalled}) == 2


def test_a_forget_reaches_what_every_conversation_told(session: Session) -> None:
    list(session.send("forget everything about my alarm code"))
    list(session.resume(True))
    assert kept(session) == []
    list(session.send("restore my alarm code"))
    list(session.resume(True))
    assert kept(session) == [(CODE, "a"), (CODE, "b")]
