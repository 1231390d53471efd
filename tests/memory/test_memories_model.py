"""Whatever is added, removed and restored, the store holds what a dictionary would hold."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, rule

from memory.memories import Memories
from memory.text import normalise, storable
from memory.vectors import VectorStore
from tests.memory.conftest import GLASS, bytes_of, embed, ram_disk

texts = st.text(min_size=1, max_size=30).filter(normalise)


class MemoriesMachine(RuleBasedStateMachine):
    """Random additions, removals, restores, searches and restarts, against a dictionary."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=ram_disk())
        self.path = Path(self.folder.name, "chroma")
        self.open()
        self.live: dict[str, str] = {}
        self.gone: dict[str, dict[str, Any]] = {}

    def open(self) -> None:
        self.store = VectorStore(self.path, embed, GLASS)
        self.memories = Memories(self.store)

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(target=ids, text=texts)
    def add(self, text: str) -> str:
        memory_id = self.memories.add(text, thread_id="t", role="user")
        self.live[memory_id] = storable(text)
        return memory_id

    @rule(target=ids)
    def add_many(self) -> Any:
        return multiple(*(self.add(f"Zorblax {n}") for n in range(5)))

    @rule(memory_ids=st.lists(ids, min_size=1, max_size=4))
    def remove(self, memory_ids: list[str]) -> None:
        present = self.live.keys() & set(memory_ids)
        self.gone |= {row["id"]: row for row in self.memories.rows(sorted(present))}
        assert self.memories.remove(memory_ids) == len(present)
        for memory_id in present:
            del self.live[memory_id]
        raw = bytes_of(self.path)
        assert not any(memory_id.encode() in raw for memory_id in present)

    @rule()
    def restore(self) -> None:
        assert self.memories.restore(list(self.gone.values())) == len(self.gone)
        self.live |= {memory_id: row["text"] for memory_id, row in self.gone.items()}
        self.gone = {}

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.open()

    @rule(text=texts, k=st.integers(1, 9))
    def search(self, text: str, k: int) -> None:
        found = self.memories.search(text, k, 0.0)
        assert len(found) <= min(k, len(self.live))
        scores = [hit["score"] for hit in found]
        assert scores == sorted(scores, reverse=True)
        assert all(self.live[hit["id"]] == hit["text"] for hit in found)

    @rule()
    def every_live_text_is_found(self) -> None:
        assert {row["id"]: row["text"] for row in self.memories.all()} == self.live
        for memory_id, text in list(self.live.items())[:3]:
            found = self.memories.matching([text], text, len(self.live))
            assert memory_id in [hit["id"] for hit in found]


MemoriesMachine.TestCase.settings = settings(
    max_examples=6, stateful_step_count=12, deadline=None
)
TestMemories = MemoriesMachine.TestCase
