"""The scan finds every copy of a text wherever it is planted, and nothing where nothing is."""

import base64
import io
import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from memory import byte_search
from memory.byte_search import ByteSearch, Hit
from memory.checkpoints import Checkpoints
from memory.errors import TextTooShort
from memory.ledger import Ledger
from memory.memories import Memories
from memory.readers import stores_of
from memory.scan import Found, Report, Scanner, readable_to_anybody
from memory.sealing import Seal
from memory.spellings import long_enough, spellings
from memory.targets import TargetStore
from memory.vectors import VectorStore
from tests.memory.conftest import GLASS, SEAL, embed

SECRET = "Marcus Feld lives in Oslo"
TEXTS = st.text(min_size=4, max_size=40).filter(long_enough)
VECTORS = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).normal(size=48).astype(np.float32)
)


def written(text: str) -> dict[str, bytes]:
    """A text in every form that the scan promises, as the world writes it."""
    utf8 = text.encode("utf-8", "surrogatepass")
    forms = {
        "utf-8": utf8,
        "utf-16-le": text.encode("utf-16-le", "surrogatepass"),
        "utf-16-be": text.encode("utf-16-be", "surrogatepass"),
        "json": json.dumps({"a": text}).encode(),
        "json, plain": json.dumps({"a": text}, ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        ),
        "percent": quote(utf8).encode(),
        "percent, form": quote_plus(utf8).encode(),
    }
    for offset in range(3):
        before = b"~" * offset
        forms[f"base64 {offset}"] = base64.b64encode(before + utf8 + b"~~~")
        forms[f"urlsafe {offset}"] = base64.urlsafe_b64encode(before + utf8)
    return forms


def found(texts: list[str], data: bytes) -> set[int]:
    return {hit.text for hit in ByteSearch(texts).count_in(data)}


@given(text=TEXTS, before=st.binary(max_size=40), after=st.binary(max_size=40))
@example(text="\x00\x00\x00\x00", before=b"", after=b"")
@example(text="a\ud800bc", before=b"", after=b"")
@example(text="Ärger \"quoted\" /\\ 100%", before=b"", after=b"")
def test_a_text_is_found_in_every_form_at_any_offset(
    text: str, before: bytes, after: bytes
) -> None:
    for form, data in written(text).items():
        assert found([text], before + data + after) == {0}, form


@given(text=TEXTS, data=st.binary(max_size=400))
def test_what_is_found_is_there(text: str, data: bytes) -> None:
    """Whatever is reported, one of the spellings is in the bytes, up to ASCII case."""
    for hit in ByteSearch([text]).count_in(data):
        alike = [one.data.lower() for one in spellings(text) if one.form == hit.form]
        assert any(one in data.lower() for one in alike)


@given(text=st.text("abcdefgh ", min_size=6, max_size=12), data=st.binary(max_size=400))
def test_nothing_is_found_where_nothing_was_planted(text: str, data: bytes) -> None:
    clean = bytes(byte & 0x0F for byte in data)
    assert found([text], clean) == set()


@given(st.text("aBcDéÉ xY", min_size=4, max_size=12))
def test_ascii_case_is_folded(text: str) -> None:
    assume(long_enough(text))
    assert found([text], text.swapcase().encode()) == {0} or not text.isascii()
    assert found([text.lower()], text.upper().encode()) == {0}


@given(texts=st.lists(TEXTS, min_size=1, max_size=5, unique=True), data=st.data())
def test_each_of_several_texts_is_told_apart(texts: list[str], data: st.DataObject) -> None:
    which = data.draw(st.sampled_from(range(len(texts))))
    assert which in found(texts, texts[which].encode("utf-8", "surrogatepass"))


@given(vector=VECTORS, start=st.integers(0, 40), offset=st.integers(0, 9), run=st.integers(8, 48))
def test_eight_numbers_of_a_vector_are_enough(
    vector: np.ndarray, start: int, offset: int, run: int
) -> None:
    part = vector[start : start + run]
    counts = ByteSearch(["abcd"], {"vector": vector[None]}).count_in(
        b"x" * offset + part.tobytes() + b"yz"
    )
    assert counts == ({Hit(0, "vector"): 1} if len(part) >= 8 else {})


@given(vector=VECTORS, start=st.integers(0, 41), run=st.integers(1, 7))
def test_seven_numbers_are_not(vector: np.ndarray, start: int, run: int) -> None:
    part = vector[start : start + run].tobytes()
    assert not ByteSearch(["abcd"], {"vector": vector[None]}).count_in(bytes(9) + part)


def test_a_vector_that_was_rounded_is_found_once() -> None:
    vector = embed([SECRET])[0]
    rounded = (vector / np.float32(np.linalg.norm(vector))).tobytes()
    counts = ByteSearch([SECRET], {"vector": vector[None]}).count_in(rounded + b"-" + rounded)
    assert counts == {Hit(0, "vector"): 2}


@given(offset=st.integers(0, 64), form=st.sampled_from(sorted(written(SECRET))))
def test_windows_do_not_cut_a_text_in_two_or_count_it_twice(offset: int, form: str) -> None:
    data = b"-" * offset + written(SECRET)[form]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(byte_search, "WINDOW", 64)
        search = ByteSearch([SECRET], {"vector": embed([SECRET])})
        assert search.count(io.BytesIO(data * 3)) == search.count_in(data * 3)
        vector = b"-" * offset + embed([SECRET])[0].tobytes()
        assert search.count(io.BytesIO(vector)) == {Hit(0, "vector"): 1}


def scan(folder: Path, *texts: str) -> Report:
    return Scanner({"data": folder}).scan(texts or (SECRET,))


def forms(report: Report) -> set[tuple[str, str]]:
    return {(row["store"], row["form"]) for row in report["found"]}


@pytest.mark.parametrize("form", written(SECRET))
@pytest.mark.parametrize(
    ("name", "store"),
    [
        ("ledger.sqlite3-journal", "ledger"), ("checkpoints.sqlite3-wal", "conversations"),
        ("chroma/g1/abc/data_level0.bin", "vectors"), ("edits/abc/1.npz", "edits"),
        ("edits/abc/.1.npz.x3k9", "edits"), ("edits/abc/merged-1.gguf", "adapter"),
        ("receipts.sqlite3", "receipts"), ("state/preferences.json", "preferences"),
        ("config/config.toml", "settings"), ("holder", "housekeeping"), ("note", "unknown file"),
    ],
)
def test_a_planted_copy_is_found_and_its_store_named(
    tmp_path: Path, name: str, store: str, form: str
) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(os.urandom(5000) + written(SECRET)[form] + os.urandom(5000))
    report = scan(tmp_path)
    assert {row["store"] for row in report["found"]} == {store}
    assert readable_to_anybody(report)
    assert (report["files"], report["bytes"]) == (1, file.stat().st_size)


def test_a_directory_without_copies_is_clean(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").write_bytes(os.urandom(2**20))
    report = scan(tmp_path)
    assert (report["found"], report["unread"]) == ([], [])
    assert not readable_to_anybody(report)


def test_a_directory_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    report = scan(tmp_path / "nowhere")
    assert (report["found"], report["unread"], report["files"]) == ([], [], 0)


def test_what_is_compressed_in_a_zip_is_found(tmp_path: Path) -> None:
    (tmp_path / "edits").mkdir()
    with zipfile.ZipFile(tmp_path / "edits" / "1.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.npy", "-" * 5000 + SECRET)
    assert SECRET.encode() not in (tmp_path / "edits" / "1.npz").read_bytes()
    assert forms(scan(tmp_path)) == {("edits", "utf-8")}


def test_what_is_kept_in_pieces_by_a_database_is_found(tmp_path: Path) -> None:
    base = sqlite3.connect(tmp_path / "ledger.sqlite3")
    base.execute("CREATE TABLE t (told TEXT, raw BLOB)")
    long = SECRET + " and a good deal more of the same " * 200
    base.execute("INSERT INTO t VALUES (?, ?)", (long, None))
    base.commit()
    base.close()
    assert long.encode() not in (tmp_path / "ledger.sqlite3").read_bytes()
    assert forms(scan(tmp_path, long)) == {("ledger", "utf-8")}


def test_a_name_of_a_file_is_a_copy_too(tmp_path: Path) -> None:
    (tmp_path / f"{SECRET}.txt").touch()
    assert forms(scan(tmp_path)) == {("unknown file", "file name")}


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").write_bytes(b"SQLite format 3\0 and no more")
    (tmp_path / "edits").mkdir()
    (tmp_path / "edits" / "1.npz").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "linked").symlink_to("/proc")
    os.mkfifo(tmp_path / "pipe")
    unread = "\n".join(scan(tmp_path)["unread"])
    for name in ("ledger.sqlite3", "1.npz", "gone", "linked", "pipe"):
        assert f"{name}: " in unread


def test_too_short_a_text_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(TextTooShort, match="'Bo' is too short"):
        scan(tmp_path, "Bo")


def test_a_directory_below_another_is_searched_once(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "preferences.json").write_text(SECRET)
    report = Scanner({"data": tmp_path, "state": tmp_path / "state"}).scan([SECRET])
    assert [(row["store"], row["count"]) for row in report["found"]] == [("preferences", 1)]


def test_a_cache_below_the_data_is_still_the_cache(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "study-1.npz").write_text(SECRET)
    scanner = Scanner({"data": tmp_path, "cache": tmp_path / "cache"})
    assert [row["store"] for row in scanner.scan([SECRET])["found"]] == ["study"]
    assert scanner.copies([SECRET]) == {}


class Stores:
    """A data directory with everything in it that tells the secret, under a seal."""

    def __init__(self, folder: Path, seal: Seal) -> None:
        self.folder, self.seal = folder, seal
        self.ledger = Ledger(folder / "ledger.sqlite3", seal)
        self.vectors = VectorStore(folder / "chroma", embed, seal)
        self.memories, self.targets = Memories(self.vectors), TargetStore(self.vectors)
        self.talk = Checkpoints(folder / "checkpoints.sqlite3", seal)

    def scanner(self) -> Scanner:
        forms = {"vector": embed, "turned vector": self.vectors.embed}
        return Scanner({"data": self.folder}, forms, lambda: stores_of(
            self.ledger, self.memories, self.targets, self.talk
        ))

    def tell(self) -> None:
        self.memories.add(SECRET, thread_id="t", role="user")
        self.targets.put("r1", [SECRET])
        plan = {"subject": SECRET, "aliases": [], "scope": "entity", "method": "guard"}
        self.ledger.propose(plan, findings=None, thread_id="t")
        checkpoint = {
            "v": 1, "id": "1", "ts": "2026-01-01", "channel_versions": {}, "versions_seen": {},
            "channel_values": {"messages": [{"role": "user", "content": SECRET}]},
        }
        config = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}
        self.talk.saver.put(config, checkpoint, {}, {})  # type: ignore[arg-type]

    def close(self) -> None:
        self.talk.close()
        self.vectors.close()
        self.ledger.close()


@pytest.fixture(params=[SEAL, GLASS], ids=["sealed", "seen through"])
def stores(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stores]:
    opened = Stores(tmp_path, request.param)
    yield opened
    opened.close()


def test_fresh_stores_hold_nothing(stores: Stores) -> None:
    report = stores.scanner().scan([SECRET])
    assert (report["found"], report["unread"], report["vectors"]) == ([], [], True)


def test_the_owner_finds_what_the_stores_keep(stores: Stores) -> None:
    stores.tell()
    report = stores.scanner().scan([SECRET, "Anna Berg"])
    owned = {(r["store"], r["form"]) for r in report["found"] if r["readable"] == "key"}
    assert owned == {
        ("memories", "utf-8"), ("conversations", "utf-8"), ("ledger", "utf-8"),
        ("memories", "turned vector"), ("vectors", "near vector"),
    }
    assert {row["text"] for row in report["found"]} == {SECRET}


def test_nobody_else_finds_it_where_it_is_sealed(stores: Stores) -> None:
    stores.tell()
    report = stores.scanner().scan([SECRET])
    open_to_all = {row["store"] for row in report["found"] if row["readable"] == "anybody"}
    expected = {"memories", "conversations", "ledger"} if stores.seal is GLASS else set()
    assert open_to_all == stores.scanner().copies([SECRET]).keys() == expected
    assert readable_to_anybody(report) == bool(expected)


def test_what_was_removed_is_found_nowhere(stores: Stores) -> None:
    stores.tell()
    stores.targets.remove("r1")
    stores.memories.remove([row["id"] for row in stores.memories.all()])
    stores.talk.purge([SECRET])
    report = stores.scanner().scan([SECRET])
    assert {row["store"] for row in report["found"]} == {"ledger"}
    left = {"ledger"} if stores.seal is GLASS else set()
    assert stores.scanner().copies([SECRET]).keys() == left


def test_a_turned_vector_is_the_owners_to_find(tmp_path: Path) -> None:
    seal = Seal(bytes(range(32)))
    turned = seal.turn(embed([SECRET, "Anna Berg"]))
    (tmp_path / "chroma" / "g1").mkdir(parents=True)
    (tmp_path / "chroma" / "g1" / "data_level0.bin").write_bytes(b"xyz" + turned.tobytes())
    by_form = {"vector": embed, "turned vector": lambda texts: seal.turn(embed(texts))}
    report = Scanner({"data": tmp_path}, by_form).scan([SECRET])
    assert report["found"] == [Found(
        text=SECRET, store="vectors", form="turned vector", count=1, readable="key"
    )]  # fmt: skip


def test_copies_count_what_anybody_can_read_by_store(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").write_text(f"{SECRET}, {SECRET.upper()}")
    (tmp_path / "vectors").write_bytes(embed([SECRET])[0].tobytes())
    scanner = Scanner({"data": tmp_path}, {"vector": embed})
    assert scanner.copies([SECRET, "Bo", SECRET]) == {"ledger": 2, "unknown file": 1}
    assert scanner.copies([]) == scanner.copies(["Bo"]) == {}


def test_copies_leave_out_the_cache(tmp_path: Path) -> None:
    (tmp_path / "study").write_text(SECRET)
    assert Scanner({"cache": tmp_path}).copies([SECRET]) == {}
