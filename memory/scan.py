"""The scan: is a text, or its vector, still anywhere in Lethe's directories, and who could read it?

First the bytes of every file, as somebody has them who holds the disk and no key. Then the stores
through their own readers, as the owner has them. It knows what lies where from `memory.places`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypedDict

from memory.byte_search import ByteSearch, Hit
from memory.errors import MemoryFault, TextTooShort
from memory.places import UNKNOWN, Area, place_of
from memory.scan_files import FoundFile, Unread, files, streams
from memory.spellings import SHORTEST, long_enough
from memory.text import storable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]

PLAIN, TURNED, NEAR = "vector", "turned vector", "near vector"
"""Forms of a vector: the embedder's own, in the key's coordinates, and of something alike."""
FILE_NAME = "file name"
ALIKE = 0.9
"""Cosine similarity from which a stored vector stands for the same text, other words or not."""
NEIGHBOURS = 100
"""Vectors of a store that are looked at for each text."""
FEWER_TERMS = 32
"""Texts that the scan of a receipt looks for at most, the first that are named."""
QUICK: tuple[Area, ...] = ("data", "config", "state")
"""Directories of a receipt's scan: the cache holds nothing that the user told."""
_TOGETHER = 1000

Readable = Literal["anybody", "key"]


class Found(TypedDict):
    """Copies of one text in one store; `readable` to anybody, or with the owner's key only.

    `form` is one of `spellings.FORMS`, of the vector's, or `file name`. One text may be counted in
    several forms; `count` is a lower bound where a database keeps a value in pieces.
    """

    text: str
    store: str
    form: str
    count: int
    readable: Readable


class Report(TypedDict):
    """What a scan found, and what it could not look at."""

    found: list[Found]
    unread: list[str]
    vectors: bool
    """Whether vectors were searched too: they need the embedder."""
    files: int
    bytes: int
    seconds: float


class Reader(Protocol):
    """A store as its owner reads it; `name` is the store's in `memory.places`."""

    @property
    def name(self) -> str: ...

    def texts(self) -> Iterator[str]: ...


Near = Callable[[str], int]
"""How many of a store's vectors have a cosine of at least `ALIKE` with a text's."""


class Opened(NamedTuple):
    """The stores as their owner has them; `near` by the name of the store."""

    readers: Sequence[Reader] = ()
    near: Mapping[str, Near] = MappingProxyType({})


@dataclass(frozen=True)
class Scanner:
    """Looks for texts in directories and stores.

    Args:
        roots: the directories; those that do not exist hold nothing.
        embed: by form, what gives a text's vectors as they are stored; none: no vector is sought.
        stores: called when the bytes have been searched; opens the stores.
    """

    roots: Mapping[Area, Path]
    embed: Mapping[str, Embed] = field(default_factory=dict)
    stores: Callable[[], Opened] = Opened

    def scan(self, texts: Sequence[str]) -> Report:
        """Everything found of the texts.

        Raises:
            TextTooShort: one is so short that bytes alike are found by chance.
        """
        begun = monotonic()
        check(texts)
        search = _sought(texts, self.embed)
        bytes_ = _BytesOf(search)
        bytes_.look(files(self.roots))
        found = [_row(texts, *key, count, _who(key[1].form)) for key, count in bytes_.ordered()]
        found += self._read(texts, search, bytes_.unread)
        return Report(
            found=found, unread=bytes_.unread, vectors=bool(self.embed), files=bytes_.files,
            bytes=bytes_.size, seconds=monotonic() - begun,
        )

    def copies(self, terms: Sequence[str]) -> dict[str, int]:
        """How many copies anybody could read, by store: the bytes of `QUICK` directories alone.

        Made for every receipt, so it is bounded: at most `FEWER_TERMS` texts, no cache, no reader.
        """
        terms = [term for term in dict.fromkeys(terms) if long_enough(term)][:FEWER_TERMS]
        if not terms:
            return {}
        plain = {form: embed for form, embed in self.embed.items() if form == PLAIN}
        bytes_ = _BytesOf(_sought(terms, plain))
        bytes_.look(files(self.roots, QUICK))
        counts: Counter[str] = Counter()
        for (store, _), count in bytes_.counts.items():
            counts[store] += count
        return dict(sorted(counts.items()))

    def _read(self, texts: Sequence[str], search: ByteSearch, unread: list[str]) -> list[Found]:
        try:
            opened = self.stores()
        except MemoryFault as error:
            unread.append(f"the stores' own readers: {error}")
            return []
        ways = [(reader.name, partial(_told, reader, search)) for reader in opened.readers]
        ways += [(name, partial(_alike, near, texts)) for name, near in opened.near.items()]
        found: list[Found] = []
        for store, count in ways:
            try:
                counts = count()
            except MemoryFault as error:
                unread.append(f"{store}: {error}")
                continue
            found += [_row(texts, store, *item, "key") for item in sorted(counts.items())]
        return found


def check(texts: Sequence[str]) -> None:
    """Refuse what cannot be searched.

    Raises:
        TextTooShort: names the text and the least length.
    """
    for text in texts:
        if not long_enough(text):
            raise TextTooShort(
                f"{text!r} is too short to be looked for; expected at least {SHORTEST} bytes"
            )


def _sought(texts: Sequence[str], embed: Mapping[str, Embed]) -> ByteSearch:
    told = [storable(text) for text in texts]
    return ByteSearch(texts, {form: turn(told) for form, turn in embed.items()})


def readable_to_anybody(report: Report) -> bool:
    """Whether the scan found anything that needs no key."""
    return any(row["readable"] == "anybody" for row in report["found"])


def of_text(report: Report, text: str) -> Report:
    """The part of a report that is about one of its texts."""
    found = [row for row in report["found"] if row["text"] == text]
    return Report(**{**report, "found": found})


class _BytesOf:
    """The byte search over files, with what came of it so far."""

    def __init__(self, search: ByteSearch) -> None:
        self._search = search
        self.counts: Counter[tuple[str, Hit]] = Counter()
        self.unread: list[str] = []
        self.files = self.size = 0

    def look(self, found: Iterable[FoundFile | Unread]) -> None:
        """Search every file; one that vanishes meanwhile is none."""
        for one in found:
            if isinstance(one, Unread):
                self.unread.append(str(one))
                continue
            place = place_of(one.area, one.name)
            store = place.name if place else UNKNOWN
            for hit, count in self._of_file(one).items():
                self.counts[store, hit] += count

    def ordered(self) -> list[tuple[tuple[str, Hit], int]]:
        """The counts by text, store and form."""
        return sorted(self.counts.items(), key=lambda item: (item[0][1].text, item[0]))

    def _of_file(self, one: FoundFile) -> Counter[Hit]:
        named = self._search.count_in(str(one.name).encode("utf-8", "surrogateescape"))
        found: Counter[Hit] = Counter()
        try:
            for stream in streams(one.path):
                found |= self._search.count(stream)
            self.size += one.path.stat().st_size
            self.files += 1
        except FileNotFoundError:
            pass
        except OSError as error:
            self.unread.append(str(Unread(one.path, error.strerror or str(error))))
        return found + Counter(
            {Hit(hit.text, FILE_NAME): count for hit, count in named.items()}
        )


def _told(reader: Reader, search: ByteSearch) -> Counter[Hit]:
    counts: Counter[Hit] = Counter()
    for batch in _batches(reader.texts()):
        counts += search.count_in(batch)
    return counts


def _alike(near: Near, texts: Sequence[str]) -> Counter[Hit]:
    return +Counter({Hit(number, NEAR): near(text) for number, text in enumerate(texts)})


def _batches(texts: Iterator[str]) -> Iterator[bytes]:
    batch: list[bytes] = []
    for text in texts:
        batch.append(text.encode("utf-8", "surrogatepass"))
        if len(batch) == _TOGETHER:
            yield b"\xff".join(batch)
            batch = []
    yield b"\xff".join(batch)


def _row(
    texts: Sequence[str], store: str, hit: Hit, count: int, readable: Readable
) -> Found:
    return Found(
        text=texts[hit.text], store=store, form=hit.form, count=count, readable=readable
    )


def _who(form: str) -> Readable:
    return "key" if form == TURNED else "anybody"
