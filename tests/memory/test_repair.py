"""A damaged store is named in one line and mended with the least loss, and the loss is said."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from shutil import copytree

import pytest

from memory.checkpoints import Checkpoints
from memory.damage import drop_kept_aside, kept_aside
from memory.directory import DataDirectory, store_of
from memory.errors import StoreCorrupt
from memory.generations import Generations
from memory.ledger import Ledger
from memory.memories import Memories
from memory.repair import Mended, mend
from memory.request import RequestState
from memory.soundness import Opening, require_whole, troubles
from memory.targets import TargetStore
from memory.vectors import VectorStore
from tests.memory.conftest import embed
from tests.memory.test_checkpoints import say

REQUESTS, MEMORIES, THREADS = 6, 8, 4
STEPS: tuple[RequestState, ...] = ("approved", "operating", "verified", "active")
OPENING = Opening(Ledger, Checkpoints, lambda path: VectorStore(path, embed), Memories)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with requests, memories, conversations."""
    with DataDirectory(tmp_path_factory.mktemp("used") / "data") as directory:
        with closing(Ledger(directory.ledger)) as ledger:
            for number in range(REQUESTS):
                forget(ledger, f"Person {number} {'x' * 800}")
        with closing(VectorStore(directory.chroma, embed)) as store:
            for number in range(MEMORIES):
                Memories(store).add(f"memory {number}", thread_id="t", role="user")
            TargetStore(store).put(f"r{REQUESTS}", ["marcus feld"])
        with closing(Checkpoints(directory.checkpoints)) as checkpoints:
            for thread_id in "abcd"[:THREADS]:
                say(checkpoints, thread_id, "hello", "x " * 4000)
        return directory.path


def forget(ledger: Ledger, subject: str, purged: list[dict[str, object]] | None = None) -> str:
    plan = {
        "subject": subject, "aliases": [], "scope": "entity", "method": "guard", "memories": [],
    }
    request_id = ledger.propose(plan, findings=None, thread_id="t")
    for step in STEPS:
        fields = {"purged": purged or []} if step == "operating" else {}
        ledger.advance(request_id, step, **fields)
    return request_id


@pytest.fixture
def damaged(used: Path, tmp_path: Path) -> Callable[..., "Held"]:
    """`damaged("ledger.sqlite3", how)` is a copy of the directory with one file changed."""

    def change(name: str, how: Callable[[Path], object]) -> Held:
        copytree(used, tmp_path / "data")
        how(tmp_path / "data" / name)
        return Held(tmp_path / "data")

    return change


class Held:
    """A directory whose faults are looked for and mended."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def open(self) -> Iterator[DataDirectory]:
        with DataDirectory(self.path) as directory:
            yield directory

    def named(self) -> list[str]:
        with self.open() as directory:
            found = troubles(directory, OPENING)
        assert all("\n" not in trouble.detail for trouble in found)
        return [trouble.store for trouble in found]

    def mend(self, store: str) -> Mended:
        with self.open() as directory:
            mended = mend(directory, store, OPENING)
            require_whole(directory)
        assert self.named() == []
        assert "\n" not in mended.line
        return mended

    def holds(self) -> tuple[int, int, int]:
        """Requests, memories, conversations."""
        with self.open() as directory, ExitStack() as stack:
            ledger = stack.enter_context(closing(Ledger(directory.ledger)))
            store = stack.enter_context(closing(VectorStore(directory.chroma, embed)))
            checkpoints = stack.enter_context(closing(Checkpoints(directory.checkpoints)))
            return len(ledger.rows()), len(Memories(store).all()), len(checkpoints.threads())


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3 + 7])


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def scramble(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


def scramble_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    start = len(data) // 2
    data[start : start + 3000] = random.Random(1).randbytes(3000)
    path.write_bytes(data)


def lose_first_page(path: Path) -> None:
    path.write_bytes(bytes(4096) + path.read_bytes()[4096:])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def other_version(path: Path) -> None:
    import sqlite3

    table = "requests" if path.name.startswith("ledger") else "writes"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO other")


WAYS = (
    truncate, zero, scramble, scramble_middle, lose_first_page, empty, other_version, Path.unlink
)


@pytest.mark.parametrize("how", WAYS)
def test_a_damaged_ledger_is_named_and_every_request_is_kept_or_said_to_be_lost(
    damaged: Callable[..., Held], how: Callable[[Path], object]
) -> None:
    held = damaged("ledger.sqlite3", how)
    assert held.named() == ["ledger.sqlite3"]
    mended = held.mend("ledger.sqlite3")
    requests, memories, threads = held.holds()
    assert requests + len(mended.lost) == REQUESTS
    assert (memories, threads) == (MEMORIES, THREADS)
    assert [path.name for path in kept_aside(held.path)] == ["damaged-1"]
    with held.open() as directory, closing(Ledger(directory.ledger)) as ledger:
        assert forget(ledger, "Somebody Else") == f"r{REQUESTS + 1}", "a lost number came again"


def test_a_lost_first_page_costs_no_request(damaged: Callable[..., Held]) -> None:
    held = damaged("ledger.sqlite3", lose_first_page)
    assert held.mend("ledger.sqlite3").lost == []
    assert held.holds()[0] == REQUESTS


@pytest.mark.parametrize("how", [way for way in WAYS if way is not other_version])
def test_damaged_conversations_are_named_and_the_readable_ones_kept(
    damaged: Callable[..., Held], how: Callable[[Path], object]
) -> None:
    held = damaged("checkpoints.sqlite3", how)
    assert held.named() == ["checkpoints.sqlite3"]
    held.mend("checkpoints.sqlite3")
    requests, memories, threads = held.holds()
    assert (requests, memories) == (REQUESTS, MEMORIES)
    assert threads == THREADS if how is lose_first_page else threads <= THREADS


@pytest.mark.parametrize("how", [truncate, zero, scramble, scramble_middle, empty, Path.unlink])
def test_damaged_vectors_are_named_and_the_readable_memories_kept(
    damaged: Callable[..., Held], how: Callable[[Path], object]
) -> None:
    held = damaged("chroma/g1/chroma.sqlite3", how)
    assert held.named() == ["chroma"]
    held.mend("chroma")
    requests, memories, threads = held.holds()
    assert (requests, threads) == (REQUESTS, THREADS)
    assert memories <= MEMORIES


@pytest.mark.parametrize("how", [zero, empty, scramble, Path.unlink])
def test_where_no_generation_is_named_the_one_with_most_memories_is_taken(
    damaged: Callable[..., Held], how: Callable[[Path], object]
) -> None:
    held = damaged("chroma/current", how)
    (held.path / "chroma" / "g2").mkdir()
    assert held.named() == ["chroma"]
    held.mend("chroma")
    assert held.holds()[1] == MEMORIES
    with held.open() as directory, closing(VectorStore(directory.chroma, embed)) as store:
        assert Memories(store).search("memory 3", 1, 0.5)[0]["text"] == "memory 3"


def test_a_half_written_generation_is_no_damage(damaged: Callable[..., Held]) -> None:
    held = damaged("chroma", lambda path: (path / "g2").mkdir())
    assert held.named() == []
    assert held.holds() == (REQUESTS, MEMORIES, THREADS)


def test_what_a_request_has_removed_does_not_come_back(damaged: Callable[..., Held]) -> None:
    held = damaged("chroma/current", lambda _: None)
    with held.open() as directory:
        with closing(VectorStore(directory.chroma, embed)) as store:
            first = Memories(store).all()[0]
        with closing(Ledger(directory.ledger)) as ledger:
            forget(ledger, "memory 0", purged=[dict(first)])
        Generations(directory.chroma)._pointer.write_bytes(b"")
    held.mend("chroma")
    assert held.holds()[1] == MEMORIES - 1


def test_a_directory_without_its_ledger_is_not_begun_anew(damaged: Callable[..., Held]) -> None:
    for name in ("ledger.sqlite3", "chroma"):
        held = damaged(name, lambda path: path.rename(path.with_name("gone")))
        with held.open() as directory, pytest.raises(StoreCorrupt, match=name):
            require_whole(directory)
        (held.path / "gone").rename(held.path / name)
        held.path.rename(held.path.with_name(f"without {name}"))


def test_a_fresh_directory_is_whole(tmp_path: Path) -> None:
    with DataDirectory(tmp_path / "data") as directory:
        require_whole(directory)
        assert troubles(directory, OPENING) == []


def test_what_was_set_aside_goes_on_demand(damaged: Callable[..., Held]) -> None:
    held = damaged("ledger.sqlite3", zero)
    held.mend("ledger.sqlite3")
    (aside,) = kept_aside(held.path)
    assert aside.stat().st_mode & 0o077 == 0
    assert store_of(aside.name) == "damaged"
    assert drop_kept_aside(held.path) == ["damaged-1"]
    assert kept_aside(held.path) == []
