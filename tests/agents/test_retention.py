"""How long conversations are kept, ordered in the talk; ages are made by writing them down."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.errors import OwnerOnly, TurnRefused
from agents.events import AnswerFinished, ChoiceNeeded, Event, Notice, TurnJudged
from agents.retention import AS_IT_IS, INTERVAL, Caretaker
from agents.session import Session
from memory.checkpoints import Checkpoints
from memory.errors import StoreCorrupt
from memory.key import KeyFile, unsealed_by
from memory.memories import Memories
from memory.request import StoredMemory
from tests.conftest import Open
from tests.memory.test_repair import change_memory

Script = Callable[..., str]
ORDER = "forget chats after 30 days"


@pytest.fixture
def talk(opened: Open, script: Script, tmp_path: Path) -> Callable[..., Session]:
    """`talk(thread, ...)` opens a session; thread `old` was last continued 90 days ago."""
    model = script(rules={".": "I see."})
    for thread_id, words in (("old", "The pelican of Trieste."), ("young", "Good morning.")):
        session = opened(model, thread_id)
        list(session.send(words))
        session.close()
    age(tmp_path / "data", "old", days=90)

    def again(thread_id: str | None = None, **more: object) -> Session:
        return opened(model, thread_id, **more)

    return again


def age(data: Path, thread_id: str, days: int) -> None:
    """Date the saved states of a thread back."""
    then = datetime.now(UTC) - timedelta(days=days)
    seal = unsealed_by(KeyFile(data / "config" / "key"), data / "seal")
    with closing(Checkpoints(data / "checkpoints.sqlite3", seal)) as saved:
        serde, connection = saved.saver.serde, saved.saver.conn
        rows = connection.execute(
            "SELECT rowid, type, checkpoint FROM checkpoints WHERE thread_id = ?", (thread_id,)
        ).fetchall()
        for rowid, *stored in rows:
            state = serde.loads_typed(tuple(stored)) | {"ts": then.isoformat()}
            connection.execute(
                "UPDATE checkpoints SET checkpoint = ? WHERE rowid = ?",
                (serde.dumps_typed(state)[1], rowid),
            )
        connection.commit()


def look_from(data: Path, days: int) -> None:
    """Let it have been ordered, and looked through just now."""
    rule = {"days": days, "looked": datetime.now(UTC).isoformat(), "ordered": True}
    (data / "retention").write_text(json.dumps(rule))


def readable(memories: Memories) -> list[StoredMemory]:
    """What can be read of a store of which a part is damaged."""
    with memories._store.collection("memories") as rows:
        found = rows.get(include=["metadatas"])
    opened = map(memories.readable, found["ids"], found["metadatas"])
    return [row for row in opened if row]


def names(session: Session) -> set[str]:
    return {thread["thread_id"] for thread in session.threads()}


def notice(events: list[Event]) -> str:
    return next(event.text for event in events if isinstance(event, Notice))


def test_an_order_shows_what_would_go_and_waits(
    talk: Callable[..., Session], tmp_path: Path
) -> None:
    session = talk()
    judged, asked = [*session.send(ORDER)]
    assert isinstance(judged, TurnJudged)
    assert (judged.verdict["intent"], judged.verdict["subject"]) == ("expire", "30 days")
    assert isinstance(asked, ChoiceNeeded)
    assert "1 of 2 would go now" in asked.question
    assert {"old", "young"} <= names(session)
    assert "1 went now" in notice([*session.resume(asked.options[0])])
    assert "old" not in names(session)
    assert "young" in names(session)
    session.close()
    raw = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("checkpoints*"))
    assert b"pelican" not in raw
    assert ORDER.encode() not in raw


def test_what_was_kept_in_passing_goes_along_and_what_was_ordered_stays(
    opened: Open, script: Script, tmp_path: Path
) -> None:
    model = script(rules={".": "I see."})
    for thread_id in ("old", "young"):
        session = opened(model, thread_id)
        list(session.send(f"I keep bees in my {thread_id} garden."))
        list(session.send(f"remember that the {thread_id} door opens with 4711"))
        session.close()
    age(tmp_path / "data", "old", days=90)
    session = opened(model)
    asked = [*session.send(ORDER)][-1]
    assert isinstance(asked, ChoiceNeeded)
    assert "what was kept from them in passing goes along" in asked.question
    list(session.resume(asked.options[0]))
    assert [memory["text"] for memory in session._context.memories.all()] == [  # type: ignore[attr-defined]
        "the old door opens with 4711", "I keep bees in my young garden.",
        "the young door opens with 4711",
    ]


@pytest.mark.parametrize("how", ["an order", "an order in the talk", "a look"])
def test_what_a_conversation_had_asked_goes_along(
    opened: Open, script: Script, tmp_path: Path, how: str
) -> None:
    model = script(rules={".": "I see."})
    session = opened(model, "old")
    list(session.send("I met Marcus Feld in the harbour of Trieste."))
    list(session.send("forget everything about Marcus Feld"))
    session.close()
    age(tmp_path / "data", "old", days=90)
    if how == "a look":
        look_from(tmp_path / "data", days=30)
    session = opened(model)
    assert "harbour" in str(session._context.ledger.get("r1"))
    if how == "a look":
        assert "went with every byte" in session.notices()[0]
    elif how == "an order":
        assert session.keep_chats(30) == 1
    else:
        asked = [*session.send(ORDER)][-1]
        assert isinstance(asked, ChoiceNeeded)
        list(session.resume(asked.options[0]))
    assert "harbour" not in str(session._context.ledger.get("r1"))
    assert session.requests()[0]["state"] == "declined"


def test_what_a_conversation_that_stays_has_asked_stays_open(
    opened: Open, script: Script, tmp_path: Path
) -> None:
    model = script(rules={".": "I see."})
    for thread_id, name in (("old", "Anna Berg"), ("young", "Marcus Feld")):
        session = opened(model, thread_id)
        list(session.send(f"I met {name} in the harbour of Trieste."))
        list(session.send(f"forget everything about {name}"))
        session.close()
    age(tmp_path / "data", "old", days=90)
    session = opened(model)
    assert session.keep_chats(30) == 1
    assert [row["state"] for row in session.requests()] == ["proposed", "declined"]


def test_what_a_younger_conversation_told_too_stays(
    opened: Open, script: Script, tmp_path: Path
) -> None:
    session = opened(script(rules={".": "I see."}))
    for thread_id in ("young", "old"):
        session.switch(thread_id)
        list(session.send("I keep bees in my garden."))
    session.close()
    age(tmp_path / "data", "old", days=90)
    session = opened(script(rules={".": "I see."}))
    assert session.keep_chats(30) == 1
    assert [memory["thread_id"] for memory in session._context.memories.all()] == ["young"]  # type: ignore[attr-defined]


def test_a_damaged_memory_keeps_neither_its_conversation_nor_other_memories(
    opened: Open, script: Script, tmp_path: Path
) -> None:
    session = opened(script(rules={".": "I see."}), "old")
    list(session.send("I keep bees in my garden."))
    list(session.send("remember that the door opens with 4711"))
    list(session.send("My sister plays the cello."))
    session.close()
    age(tmp_path / "data", "old", days=90)
    [database] = (tmp_path / "data" / "chroma").glob("*/chroma.sqlite3")
    change_memory(database)
    session = opened(script(rules={".": "I see."}))
    memories = session._context.memories
    assert isinstance(memories, Memories)
    assert session.keep_chats(30) == 1
    assert session.threads() == []
    with pytest.raises(StoreCorrupt):
        memories.all()
    assert [row["text"] for row in readable(memories)] == ["the door opens with 4711"]


@pytest.mark.parametrize("answer", [AS_IT_IS, False])
def test_without_consent_nothing_goes(
    talk: Callable[..., Session], tmp_path: Path, answer: str | bool
) -> None:
    session = talk()
    list(session.send(ORDER))
    assert notice([*session.resume(answer)]) == "Nothing was changed."
    assert "old" in names(session)
    assert not (tmp_path / "data" / "retention").exists()


def test_to_keep_for_ever_is_done_without_asking(talk: Callable[..., Session]) -> None:
    session = talk(keep_chats_days=30)
    assert "until you have them forgotten" in notice([*session.send("keep my chats forever")])
    assert session.chats_due() == (None, 0, session.chats_due()[2])
    assert session.waiting is None


def test_no_time_at_all_is_refused_in_one_line(talk: Callable[..., Session]) -> None:
    with pytest.raises(TurnRefused, match=r"'0 days' is no time.*1 to 36500 days, or never"):
        list(talk().send("forget chats after 0 days"))


def test_nearly_the_same_words_are_a_question(talk: Callable[..., Session]) -> None:
    events = [*talk().send("Does Signal delete chats after 30 days?")]
    assert isinstance(events[-1], AnswerFinished)


def test_at_the_next_start_what_is_due_goes_and_is_told_once(
    talk: Callable[..., Session], tmp_path: Path
) -> None:
    look_from(tmp_path / "data", days=30)
    session = talk()
    (told,) = session.notices()
    assert told.startswith("1 conversation was older than 30 days")
    assert session.notices() == ()
    assert names(session) == {"young"}


def test_the_conversation_that_is_open_stays(
    talk: Callable[..., Session], tmp_path: Path
) -> None:
    look_from(tmp_path / "data", days=30)
    session = talk("old")
    assert session.notices() == ()
    assert "old" in names(session)


def test_a_setting_waits_for_its_owners_word(talk: Callable[..., Session]) -> None:
    session = talk(keep_chats_days=30)
    (told,) = session.notices()
    assert told.startswith("1 of 2 conversations are older than 30 days by this clock, and none")
    assert ORDER in told
    assert "old" in names(session)


def test_a_guest_is_neither_told_nor_asked(talk: Callable[..., Session], tmp_path: Path) -> None:
    guest = talk(keep_chats_days=30, guest=True)
    assert guest.notices() == ()
    assert isinstance([*guest.send(ORDER)][-1], AnswerFinished)
    with pytest.raises(OwnerOnly):
        guest.keep_chats(3)


def test_a_long_session_looks_hourly_at_most(tmp_path: Path) -> None:
    class Counting:
        days = 30
        looks = 0

        def due(self, days: int | None, skip: object = ()) -> tuple[tuple[str, ...], int]:
            return (), 0

        def order(self, days: int | None, skip: object = ()) -> int:
            return 0

        def look(self, skip: object = ()) -> tuple[int | None, int, int, int]:
            self.looks += 1
            return 30, 0, 0, 0

    retention, now = Counting(), [0.0]
    caretaker = Caretaker(retention, lambda: now[0])
    for now[0] in (0.0, 1.0, INTERVAL - 1, INTERVAL, INTERVAL + 1, 2 * INTERVAL):
        caretaker.look("t")
    assert retention.looks == 3


def test_a_damaged_file_is_told_and_nothing_goes(
    talk: Callable[..., Session], tmp_path: Path
) -> None:
    (tmp_path / "data" / "retention").write_text("{")
    session = talk()
    assert "is damaged" in session.notices()[0]
    assert "old" in names(session)
