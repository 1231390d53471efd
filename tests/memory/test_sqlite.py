"""Deleted text leaves the file, and SQLite's errors name it."""

import os
import random
import sqlite3
from pathlib import Path

import pytest

from memory.errors import DirectoryNotWritable, DiskFull, StoreCorrupt
from memory.sqlite import connect, finish_scrub, readable_errors, scrub, scrub_later, transaction
from tests.memory.conftest import sidecars


def table(path: Path, journal: str) -> sqlite3.Connection:
    connection = connect(path)
    connection.execute(f"PRAGMA journal_mode={journal}")
    connection.execute("CREATE TABLE t (number INTEGER PRIMARY KEY, text TEXT)")
    with transaction(connection):
        for number in range(400):
            word = "Zorblax" if number % 3 else "plain"
            connection.execute("INSERT INTO t VALUES (?, ?)", (number, word * (number % 90 + 1)))
    return connection


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_a_scrubbed_file_holds_no_deleted_text(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "t.sqlite3"
    connection = table(path, journal)
    with transaction(connection):
        connection.execute("DELETE FROM t WHERE text LIKE 'Zorblax%'")
        scrub_later(connection)
    scrub(connection)
    assert b"orblax" not in sidecars(path)
    assert connection.execute("SELECT COUNT(*) FROM t").fetchone() == (134,)
    connection.close()


def fail_after_deleting(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        connection.execute("DELETE FROM t")
        scrub_later(connection)
        raise ZeroDivisionError


def test_the_note_of_a_due_scrub_lives_and_dies_with_its_transaction(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite3"
    connection = table(path, "WAL")
    with pytest.raises(ZeroDivisionError):
        fail_after_deleting(connection)
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    assert connection.execute("SELECT COUNT(*) FROM t").fetchone() == (400,)
    with transaction(connection):
        connection.execute("DELETE FROM t")
        scrub_later(connection)
    connection.close()
    again = connect(path)
    assert again.execute("PRAGMA user_version").fetchone() == (1,)
    finish_scrub(again)
    assert again.execute("PRAGMA user_version").fetchone() == (0,)
    again.close()
    assert b"orblax" not in sidecars(path)


def outgrow(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        connection.execute("DELETE FROM t WHERE number = 1")
        connection.execute("INSERT INTO t (text) VALUES (?)", ("x" * 2**20,))


def test_a_full_disk_rolls_back_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite3"
    connection = table(path, "DELETE")
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(DiskFull, match=r"t\.sqlite3.*full"), readable_errors(path):
        outgrow(connection)
    assert connection.execute("SELECT COUNT(*) FROM t").fetchone() == (400,)
    connection.close()


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(DirectoryNotWritable, match=r"nowhere.t\.sqlite3"):
        connect(tmp_path / "nowhere" / "t.sqlite3")


def test_a_use_after_close_is_a_bug_and_no_damage(tmp_path: Path) -> None:
    connection = connect(tmp_path / "t.sqlite3")
    connection.close()
    with pytest.raises(sqlite3.ProgrammingError), readable_errors(tmp_path):
        connection.execute("SELECT 1")


def test_not_a_database(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite3"
    path.write_bytes(os.urandom(5000))
    with pytest.raises(StoreCorrupt, match=r"t\.sqlite3"):
        connect(path)


@pytest.mark.parametrize("seed", range(18, 24))
def test_pages_that_were_balanced_keep_no_copy(tmp_path: Path, seed: int) -> None:
    """`secure_delete` alone leaves a text behind in one random file of about a hundred (20)."""
    path = tmp_path / "t.sqlite3"
    connection = connect(path)
    connection.execute("CREATE TABLE t (a TEXT, b TEXT, text TEXT, PRIMARY KEY (a, b))")
    shuffle(connection, random.Random(seed))
    with transaction(connection):
        connection.execute("DELETE FROM t WHERE text LIKE 'Zorblax%'")
        scrub_later(connection)
    scrub(connection)
    connection.close()
    assert b"orblax" not in sidecars(path)


def shuffle(connection: sqlite3.Connection, chance: random.Random) -> None:
    """Insert, replace and shorten rows of all sizes, so that pages split, merge and move."""
    for step in range(400):
        if chance.random() < 0.6:
            word = "Zorblax " if chance.random() < 0.4 else "plain "
            row = (str(chance.randint(0, 9)), str(chance.random()), word * chance.randint(1, 900))
            connection.execute("INSERT OR REPLACE INTO t VALUES (?, ?, ?)", row)
        else:
            connection.execute(
                "UPDATE t SET text = ? WHERE b IN (SELECT b FROM t ORDER BY b LIMIT 1 OFFSET ?)",
                ("plain" * chance.randint(1, 700), chance.randint(0, 200)),
            )
        if step % 7 == 0:
            connection.commit()
    connection.commit()


def test_damage_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreCorrupt) as caught, readable_errors(tmp_path / "x.sqlite3"):
        raise sqlite3.DatabaseError("malformed schema: CREATE TABLE\n    x (\n)")
    assert "\n" not in str(caught.value)
