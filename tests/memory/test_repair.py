"""A damaged store is named in one line and mended with the least loss, and the loss is said."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from shutil import copytree, rmtree
from typing import Never

import pytest

from memory.checkpoints import Checkpoints
from memory.damage import drop_kept_aside, kept_aside
from memory.directory import DataDirectory, store_of
from memory.errors import StoreCorrupt
from memory.generations import Generations
from memory.ledger import Ledger
from memory.memories import Memories
from memory.receipts import ReceiptBook
from memory.repair import Mended, mend
from memory.request import RequestState
from memory.soundness import Opening, require_whole, troubles
from memory.targets import TargetStore
from memory.vectors import VectorStore
from tests.memory.conftest import SEAL, embed
from tests.memory.test_checkpoints import say

REQUESTS, MEMORIES, THREADS, RECEIPTS = 6, 8, 4, 3
STEPS: tuple[RequestState, ...] = ("approved", "operating", "verified", "active")
OPENING = Opening(
    partial(Ledger, seal=SEAL), partial(Checkpoints, seal=SEAL), partial(ReceiptBook, seal=SEAL),
    lambda path: VectorStore(path, embed, SEAL),
)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with requests, memories, conversations."""
    with DataDirectory(tmp_path_factory.mktemp("used") / "data") as directory:
        with closing(Ledger(directory.ledger, SEAL)) as ledger:
            for number in range(REQUESTS):
                forget(ledger, f"Person {number} {'x' * 800}")
        with closing(VectorStore(directory.chroma, embed, SEAL)) as store:
            for number in range(MEMORIES):
                Memories(store).add(f"memory {number}", thread_id="t", role="user")
            TargetStore(store).put(f"r{REQUESTS}", ["marcus feld"])
        with closing(ReceiptBook(directory.receipts, SEAL)) as book:
            for number in range(RECEIPTS):
                book.append(f"r{number + 1}", "forgotten", {"of": number})
        with closing(Checkpoints(directory.checkpoints, SEAL)) as checkpoints:
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
            ledger = stack.enter_context(closing(Ledger(directory.ledger, SEAL)))
            store = stack.enter_context(closing(VectorStore(directory.chroma, embed, SEAL)))
            checkpoints = stack.enter_context(closing(Checkpoints(directory.checkpoints, SEAL)))
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
    table = "requests" if path.name.startswith("ledger") else "writes"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO other")


def change_body(path: Path, number: int) -> None:
    """Flip one bit of what is sealed of a request."""
    with closing(sqlite3.connect(path)) as connection, connection:
        found = connection.execute("SELECT body FROM requests WHERE number = ?", (number,))
        body = bytearray(found.fetchone()[0])
        body[-1] ^= 1
        connection.execute("UPDATE requests SET body = ? WHERE number = ?", (body, number))


def drop_row(path: Path, number: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM requests WHERE number = ?", (number,))


def swap(path: Path) -> None:
    """Exchange the first two requests."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for old, new in ((1, -1), (2, 1), (-1, 2)):
            connection.execute("UPDATE requests SET number = ? WHERE number = ?", (new, old))


def change_receipt(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE receipts SET created = '2001-01-01' WHERE number = 2")


def change_memory(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE embedding_metadata SET string_value = 'AAAA' WHERE key = 'sealed' AND id ="
            " (SELECT MIN(id) FROM embedding_metadata WHERE key = 'sealed')"
        )


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
    with held.open() as directory, closing(Ledger(directory.ledger, SEAL)) as ledger:
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
    with held.open() as directory, closing(VectorStore(directory.chroma, embed, SEAL)) as store:
        assert Memories(store).search("memory 3", 1, 0.5)[0]["text"] == "memory 3"


def test_a_half_written_generation_is_no_damage(damaged: Callable[..., Held]) -> None:
    held = damaged("chroma", lambda path: (path / "g2").mkdir())
    assert held.named() == []
    assert held.holds() == (REQUESTS, MEMORIES, THREADS)


def test_what_a_request_has_removed_does_not_come_back(damaged: Callable[..., Held]) -> None:
    held = damaged("chroma/current", lambda _: None)
    with held.open() as directory:
        with closing(VectorStore(directory.chroma, embed, SEAL)) as store:
            first = Memories(store).all()[0]
        with closing(Ledger(directory.ledger, SEAL)) as ledger:
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


def test_a_lost_request_is_named_once_and_a_ledger_with_more_damage_is_mended_again(
    damaged: Callable[..., Held],
) -> None:
    held = damaged("ledger.sqlite3", lambda path: change_body(path, 2))
    assert held.named() == ["ledger.sqlite3"]
    assert held.mend("ledger.sqlite3").lost == ["r2"]
    change_body(held.path / "ledger.sqlite3", 5)
    assert held.mend("ledger.sqlite3").lost == ["r5"]
    assert held.holds()[0] == REQUESTS - 2


def test_a_request_that_is_gone_without_a_note_is_damage(damaged: Callable[..., Held]) -> None:
    held = damaged("ledger.sqlite3", lambda path: drop_row(path, 3))
    assert held.named() == ["ledger.sqlite3"]
    assert held.mend("ledger.sqlite3").lost == ["r3"]


def test_whoever_else_knows_of_lost_requests_is_asked(damaged: Callable[..., Held]) -> None:
    held = damaged("ledger.sqlite3", zero)
    (held.path / "chroma" / "current").write_bytes(b"")
    with held.open() as directory:
        mended = mend(directory, "ledger.sqlite3", OPENING)
    assert len(mended.lost) == REQUESTS, "the guard's vectors tell of the last one"
    assert "whether there were others" in mended.line


def test_receipts_tell_of_lost_requests_too(damaged: Callable[..., Held]) -> None:
    held = damaged("ledger.sqlite3", zero)
    rmtree(held.path / "chroma")
    change_receipt(held.path / "receipts.sqlite3")
    with held.open() as directory:
        mended = mend(directory, "ledger.sqlite3", OPENING)
    assert len(mended.lost) == RECEIPTS


def test_a_request_put_where_another_was_is_lost(damaged: Callable[..., Held]) -> None:
    held = damaged("ledger.sqlite3", swap)
    assert held.named() == ["ledger.sqlite3"]
    assert held.mend("ledger.sqlite3").lost == ["r1", "r2"]


@pytest.mark.parametrize("how", [*(way for way in WAYS if way is not other_version), "change"])
def test_damaged_receipts_give_way_to_a_book_that_says_so(
    damaged: Callable[..., Held], how: Callable[[Path], object] | str
) -> None:
    held = damaged("receipts.sqlite3", how if callable(how) else change_receipt)
    assert held.named() == ["receipts.sqlite3"]
    held.mend("receipts.sqlite3")
    with held.open() as directory, closing(ReceiptBook(directory.receipts, SEAL)) as book:
        (first,) = book.read().receipts
    assert (first.event, first.request_id) == ("begun anew", "")
    assert "'damaged-1'" in first.body["note"]
    assert (held.path / "damaged-1").is_dir()


def test_a_directory_without_its_receipts_begins_no_new_book(damaged: Callable[..., Held]) -> None:
    held = damaged("receipts.sqlite3", Path.unlink)
    with held.open() as directory, pytest.raises(StoreCorrupt, match="receipts"):
        require_whole(directory)


def test_a_damaged_order_of_how_long_talk_is_kept_goes(damaged: Callable[..., Held]) -> None:
    held = damaged("retention", lambda path: path.write_bytes(b"{"))
    assert held.named() == ["retention"]
    held.mend("retention")
    assert not (held.path / "retention").exists()


def test_one_damaged_memory_costs_no_other(damaged: Callable[..., Held]) -> None:
    held = damaged("chroma/g1/chroma.sqlite3", change_memory)
    assert held.named() == ["chroma"]
    assert "1 lost" in held.mend("chroma").line
    assert held.holds()[1] == MEMORIES - 1


def test_vectors_that_cannot_be_computed_leave_everything_where_it_was(
    damaged: Callable[..., Held],
) -> None:
    held = damaged("chroma/current", zero)
    before = {path: path.read_bytes() for path in held.path.rglob("chroma.sqlite3")}

    def refuse(_texts: object) -> Never:
        raise OSError("no embedder")

    without = OPENING._replace(vectors=lambda path: VectorStore(path, refuse, SEAL))
    with held.open() as directory, pytest.raises(OSError, match="no embedder"):
        mend(directory, "chroma", without)
    assert {path: path.read_bytes() for path in before} == before
    held.mend("chroma")
    assert held.holds()[1] == MEMORIES


def test_what_was_set_aside_goes_on_demand(damaged: Callable[..., Held]) -> None:
    held = damaged("ledger.sqlite3", zero)
    held.mend("ledger.sqlite3")
    (aside,) = kept_aside(held.path)
    assert aside.stat().st_mode & 0o077 == 0
    assert store_of(aside.name) == "damaged"
    assert drop_kept_aside(held.path) == ["damaged-1"]
    assert kept_aside(held.path) == []
