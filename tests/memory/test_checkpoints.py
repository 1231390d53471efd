"""Saved conversations can be resumed, and what they said of somebody leaves every byte."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

from memory.checkpoints import Checkpoints, Purged
from memory.errors import StoreCorrupt
from tests.memory.conftest import GLASS, sidecars


class State(TypedDict, total=False):
    messages: list[dict[str, str]]
    turn: str
    plan: dict[str, Any]


def answer(state: State) -> State:
    """Echo the turn; it stands for the whole of a model."""
    said = {"role": "user", "content": state["turn"]}
    reply = {"role": "assistant", "content": f"You said {len(state['turn'])} letters"}
    return State(messages=[*state.get("messages", []), said, reply])


def propose(state: State) -> State:
    return State(plan={"subject": state["turn"].removeprefix("forget ")})


def approve(state: State) -> State:
    consent = interrupt({"question": "really?", "plan": state["plan"]})
    return State(turn="", plan={"consent": consent})


def graph(checkpoints: Checkpoints) -> Any:
    def route(state: State) -> str:
        return "propose" if state["turn"].startswith("forget") else END

    builder = StateGraph(State)
    for node in (answer, propose, approve):
        builder.add_node(node.__name__, node)
    builder.add_edge(START, "answer")
    builder.add_conditional_edges("answer", route, ["propose", END])
    builder.add_edge("propose", "approve")
    return builder.compile(checkpointer=checkpoints.saver)


def config(thread_id: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": thread_id}}


def say(checkpoints: Checkpoints, thread_id: str, *turns: str) -> None:
    app = graph(checkpoints)
    for turn in turns:
        app.invoke({"turn": turn}, config(thread_id))


def talk(checkpoints: Checkpoints, thread_id: str) -> list[str]:
    values = graph(checkpoints).get_state(config(thread_id)).values
    return [line["content"] for line in values.get("messages", []) if line["role"] == "user"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints.sqlite3"


@pytest.fixture
def checkpoints(path: Path) -> Iterator[Checkpoints]:
    checkpoints = Checkpoints(path, GLASS)
    yield checkpoints
    checkpoints.close()


def test_threads_are_listed_newest_first_by_their_first_words(checkpoints: Checkpoints) -> None:
    say(checkpoints, "a", "hello \n there", "second")
    say(checkpoints, "b", "x" * 200)
    say(checkpoints, "a", "third")
    threads = checkpoints.threads()
    assert [thread["thread_id"] for thread in threads] == ["a", "b"]
    assert [thread["title"] for thread in threads] == ["hello there", "x" * 59 + "…"]
    assert threads[0]["updated"] > threads[1]["updated"]


def test_a_new_file_has_no_threads_and_is_private(checkpoints: Checkpoints, path: Path) -> None:
    assert checkpoints.threads() == []
    assert path.stat().st_mode & 0o777 == 0o600
    assert checkpoints.forget_thread("nope") == checkpoints.trim("nope") == 0
    assert checkpoints.purge(["anything"]) == checkpoints.purge([]) == Purged(0, 0, 0)


def test_a_thread_survives_a_restart(checkpoints: Checkpoints, path: Path) -> None:
    say(checkpoints, "a", "one", "forget Anna Berg")
    checkpoints.close()
    again = Checkpoints(path, GLASS)
    assert talk(again, "a") == ["one", "forget Anna Berg"]
    done = graph(again).invoke(Command(resume=True), config("a"))
    assert done["plan"] == {"consent": True}
    again.close()


def test_a_purge_takes_whole_exchanges_and_every_byte(
    checkpoints: Checkpoints, path: Path
) -> None:
    say(checkpoints, "a", "good morning", "who is Márcus Feld?", "and the weather?")
    say(checkpoints, "b", "nothing to see")
    assert b"Feld" in sidecars(path)
    before = graph(checkpoints).get_state(config("b"))
    purged = checkpoints.purge(["Marcus Feld", "Marc"])
    assert (purged.threads, purged.messages) == (1, 2)
    assert purged.checkpoints > 0
    assert talk(checkpoints, "a") == ["good morning", "and the weather?"]
    assert graph(checkpoints).get_state(config("b")) == before
    assert b"Feld" not in sidecars(path)
    assert checkpoints.purge(["Marcus Feld", "Marc"]) == Purged(0, 0, 0)


def test_what_was_said_goes_as_a_line_and_stays_inside_of_others(
    checkpoints: Checkpoints, path: Path
) -> None:
    say(checkpoints, "a", "good morning", "I keep bees.", "yes", "Why say I keep bees in?")
    said = ["I keep bees", "yes", "say"]
    assert checkpoints.mentioned([], said) == (1, 2)
    assert checkpoints.purge([], said=said).messages == 2
    assert talk(checkpoints, "a") == ["good morning", "yes", "Why say I keep bees in?"]
    assert b"I keep bees." not in sidecars(path)
    assert checkpoints.mentioned([], said) == (0, 0)


def test_a_purged_thread_goes_on(checkpoints: Checkpoints) -> None:
    say(checkpoints, "a", "good morning", "who is Marcus Feld?")
    checkpoints.purge(["Marcus Feld"])
    say(checkpoints, "a", "still there?")
    assert talk(checkpoints, "a") == ["good morning", "still there?"]


def test_a_thread_with_nothing_left_goes(checkpoints: Checkpoints, path: Path) -> None:
    say(checkpoints, "a", "who is Marcus Feld?", "tell me of marcus feld")
    assert checkpoints.purge(["Marcus Feld"]).messages == 4
    assert checkpoints.threads() == []
    assert b"arcus" not in sidecars(path)
    say(checkpoints, "a", "hello")
    assert talk(checkpoints, "a") == ["hello"]


def test_an_open_question_about_the_subject_is_closed(
    checkpoints: Checkpoints, path: Path
) -> None:
    say(checkpoints, "a", "good morning", "forget Marcus Feld")
    assert graph(checkpoints).get_state(config("a")).interrupts
    checkpoints.purge(["Marcus Feld"])
    state = graph(checkpoints).get_state(config("a"))
    assert (state.interrupts, state.next) == ((), ())
    assert talk(checkpoints, "a") == ["good morning"]
    assert b"Feld" not in sidecars(path)
    say(checkpoints, "a", "forget Anna Berg")
    assert graph(checkpoints).get_state(config("a")).interrupts


def test_an_open_question_about_somebody_else_stays_open(checkpoints: Checkpoints) -> None:
    say(checkpoints, "a", "who is Marcus Feld?", "forget Anna Berg")
    checkpoints.purge(["Marcus Feld"])
    app = graph(checkpoints)
    assert [asked.value["plan"] for asked in app.get_state(config("a")).interrupts] == [
        {"subject": "Anna Berg"}
    ]
    assert app.invoke(Command(resume="yes"), config("a"))["plan"] == {"consent": "yes"}
    assert talk(checkpoints, "a") == ["forget Anna Berg"]


def test_other_values_that_name_it_go_too(checkpoints: Checkpoints, path: Path) -> None:
    app = graph(checkpoints)
    app.update_state(
        config("a"),
        {"messages": [{"role": "user", "content": "x"}], "plan": {"Marcus Feld": [1]}},
        as_node="approve",
    )
    checkpoints.purge(["Marcus Feld"])
    assert app.get_state(config("a")).values == {"messages": [{"role": "user", "content": "x"}]}
    assert b"Feld" not in sidecars(path)


def test_metadata_that_names_it_goes_too(checkpoints: Checkpoints, path: Path) -> None:
    graph(checkpoints).invoke(
        {"turn": "hello"}, {**config("a"), "metadata": {"note": "Marcus Feld"}}
    )
    assert checkpoints.purge(["Marcus Feld"]).threads == 1
    assert b"Feld" not in sidecars(path)
    assert talk(checkpoints, "a") == ["hello"]


def test_a_running_thread_can_be_left_for_its_end(checkpoints: Checkpoints) -> None:
    say(checkpoints, "a", "who is Marcus Feld?")
    say(checkpoints, "b", "who is Marcus Feld?")
    assert checkpoints.purge(["Marcus Feld"], skip={"b"}).threads == 1
    assert talk(checkpoints, "b") == ["who is Marcus Feld?"]


def test_a_purge_within_a_run_is_safe_and_repeated_at_its_end_complete(
    checkpoints: Checkpoints, path: Path
) -> None:
    def operate(state: State) -> State:
        checkpoints.purge(["Marcus Feld"])
        return State(messages=state["messages"][:2])

    builder = StateGraph(State)
    builder.add_node("answer", answer)
    builder.add_node("operate", operate)
    builder.add_edge(START, "answer")
    builder.add_edge("answer", "operate")
    app: Any = builder.compile(checkpointer=checkpoints.saver)
    say(checkpoints, "a", "hello")
    app.invoke({"turn": "forget Marcus Feld"}, config("a"))
    checkpoints.purge(["Marcus Feld"])
    assert talk(checkpoints, "a") == ["hello"]
    assert b"Feld" not in sidecars(path)


def test_many_pages_of_talk_are_cleaned(checkpoints: Checkpoints, path: Path) -> None:
    for number in range(6):
        secret = f"Zorblax {number} " * 300
        say(checkpoints, f"t{number}", "plain " * 500, secret, "plain again")
    purged = checkpoints.purge(["zorblax"])
    assert (purged.threads, purged.messages) == (6, 12)
    assert b"orblax" not in sidecars(path)
    assert [len(talk(checkpoints, f"t{number}")) for number in range(6)] == [2] * 6


def test_trimming_keeps_the_newest_state_only(checkpoints: Checkpoints, path: Path) -> None:
    say(checkpoints, "a", "one", "two", "forget Anna")
    assert checkpoints.trim("a") > 5
    assert checkpoints.trim("a") == 0
    assert talk(checkpoints, "a") == ["one", "two", "forget Anna"]
    [left] = graph(checkpoints).get_state_history(config("a"))
    assert left.parent_config is None
    app = graph(checkpoints)
    assert app.invoke(Command(resume=1), config("a"))["plan"] == {"consent": 1}
    checkpoints.trim("a")
    assert path.with_name(path.name + "-wal").stat().st_size == 0
    say(checkpoints, "a", "four")
    assert talk(checkpoints, "a")[-1] == "four"


def test_a_forgotten_thread_leaves_no_byte(checkpoints: Checkpoints, path: Path) -> None:
    say(checkpoints, "a", "Zorblax has rubies")
    say(checkpoints, "b", "hello")
    assert checkpoints.forget_thread("a") > 0
    assert b"orblax" not in sidecars(path)
    assert [thread["thread_id"] for thread in checkpoints.threads()] == ["b"]


@pytest.mark.parametrize("damage", ["text", "blob"])
def test_a_damaged_file_is_named(checkpoints: Checkpoints, path: Path, damage: str) -> None:
    say(checkpoints, "a", "hello")
    if damage == "blob":
        with checkpoints.saver.cursor() as cursor:
            cursor.execute("UPDATE checkpoints SET checkpoint = x'c1c1'")
    checkpoints.close()
    if damage == "text":
        path.write_bytes(b"not a database\n" * 100)
    with pytest.raises(StoreCorrupt, match=r"checkpoints\.sqlite3.*damaged"):
        Checkpoints(path, GLASS).threads()


def test_where_nothing_is_looked_for_nothing_is_read(checkpoints: Checkpoints) -> None:
    say(checkpoints, "a", "hello")
    with checkpoints.saver.cursor() as cursor:
        cursor.execute("UPDATE checkpoints SET checkpoint = x'c1c1'")
    assert checkpoints.purge([]) == Purged(0, 0, 0)
    assert checkpoints.mentioned([]) == (0, 0)
