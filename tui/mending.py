"""What is damaged in the data directory, in words, and its repair: `lethe doctor --repair`.

A fault is found, named, and mended in the least way that makes the directory usable: the damaged
file is copied aside, what can be read is kept, and what is lost is said.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from memory.damage import drop_kept_aside, kept_aside, set_aside
from memory.directory import VERSION, DataDirectory
from memory.errors import DirectoryFault, StoreCorrupt
from memory.files import read_text, write_durably
from memory.key import KeyFile
from memory.request import FORGOTTEN, UNFINISHED
from memory.sealing import Seal
from memory.soundness import CHECKPOINTS, CHROMA, LEDGER, RECEIPTS, RETENTION, Opening, troubles
from memory.token import WORD_FILE, is_used, is_whole, proven, rewrite, seal_of

ASIDE = "damaged"
Mend = Callable[[], list[str]]
"""Does what a fault needs; what was done and what was lost, a line each."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What can be damaged: the data directory and the cache, and the key that reads them."""

    data: Path
    cache: Path
    key: KeyFile
    passphrase: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and what a repair would do about it."""

    store: str
    detail: str
    remedy: str
    mend: Mend


def faults(kept: Kept) -> list[Fault]:
    """Everything that is damaged, and what repairs have set aside.

    Raises:
        KeyFault: without the right key nothing can be told from damage.
        MemoryFault: another Lethe holds the directory, or it cannot be opened for another reason.
    """
    return [*mendable(kept), *dropped(kept.data)]


def mendable(kept: Kept) -> list[Fault]:
    """Everything that is damaged, in the order in which it must be mended; raises as `faults`."""
    data = kept.data
    seal = _seal(kept) if is_used(data) else None
    found = [*_studies(kept.cache)]
    if not data.is_dir():
        return found
    found += _rights(data)
    if version := _version(data / "version"):
        return [*found, version]  # nothing can be opened before this is mended
    if seal:
        found += _token(kept) or _stores(kept, seal)
    return found


def repair(kept: Kept) -> list[str]:
    """Mend what `mendable` finds, one after the other; what was done and was lost, a line each.

    What is set aside stays until it is dropped.

    Raises:
        KeyFault: there is not the right key; nothing was changed.
        MemoryFault: something could not be mended; what was mended before stays so.
    """
    done: list[str] = []
    seen: set[tuple[str, str]] = set()
    while fault := next(iter(mendable(kept)), None):
        if (fault.store, fault.detail) in seen:
            raise StoreCorrupt(f"could not be mended: {fault.detail}")
        seen.add((fault.store, fault.detail))
        done += fault.mend()
    return done


def drop_damaged(data: Path) -> list[str]:
    """Erase what earlier repairs have set aside; a line for each folder.

    Raises:
        MemoryFault: another Lethe holds the directory, or a file cannot be removed.
    """
    with DataDirectory(data):
        return [f"{name}: erased" for name in drop_kept_aside(data)]


def _studies(cache: Path) -> Iterator[Fault]:
    from tools.editing.damage import damaged_studies

    for path in damaged_studies(cache):
        yield Fault(
            "study", f"{str(path)!r} is damaged",
            "remove it; the model is studied again when it is next asked to forget",
            partial(_removed, path, "the study is made again when it is needed"),
        )


def _rights(data: Path) -> list[Fault]:
    """Files that others can read, or that their owner cannot use."""
    wrong = [path for path in _everything(data) if _wrong_rights(path)]
    others = [path for path in _everything(data) if path.lstat().st_uid != os.geteuid()]
    found = []
    if others:
        detail = f"{len(others)} files belong to somebody else, first {str(others[0])!r}"
        remedy = "change nothing: only their owner can be changed"
        found.append(Fault("owner", detail, remedy, partial(_foreign, detail)))
    elif wrong:
        detail = f"{len(wrong)} files have wrong rights, first {str(wrong[0])!r}"
        remedy = "let their owner alone use them"
        found.append(Fault("rights", detail, remedy, partial(_narrow, wrong)))
    return found


def _everything(data: Path) -> list[Path]:
    return [data, *sorted(path for path in data.rglob("*") if not path.is_symlink())]


def _wrong_rights(path: Path) -> bool:
    mode = stat.S_IMODE(path.lstat().st_mode)
    needed = 0o700 if path.is_dir() else 0o600
    return bool(mode & 0o077) or mode & needed != needed


def _narrow(paths: list[Path]) -> list[str]:
    for path in paths:
        path.chmod(0o700 if path.is_dir() else 0o600)
    return [f"rights: {len(paths)} files are now their owner's only"]


def _foreign(detail: str) -> list[str]:
    raise DirectoryFault(f"{detail}; change their owner and try again")


def _version(path: Path) -> Fault | None:
    """A version file that says nothing; one that says another number is no damage."""
    try:
        text = read_text(path)
        if text is None or text.strip().isdecimal():
            return None
    except StoreCorrupt:
        pass
    return Fault(
        "version", f"{str(path)!r} does not name a version", f"write version {VERSION}",
        partial(_rewrite_version, path),
    )


def _rewrite_version(path: Path) -> list[str]:
    aside = set_aside(path.parent, [path])
    write_durably(path, f"{VERSION}\n".encode())
    return [f"version: says {VERSION} again; the old file is in {aside.name!r}"]


def _seal(kept: Kept) -> Seal:
    """What the stores are opened with; the word that tells the key may be damaged itself."""
    way = seal_of if is_whole(kept.data) else proven
    return way(kept.data, kept.key, kept.passphrase)


def _token(kept: Kept) -> list[Fault]:
    """The word that tells the key, if it is damaged."""
    if is_whole(kept.data):
        return []
    return [Fault(
        WORD_FILE, f"{str(kept.data / WORD_FILE)!r} is missing or damaged",
        "write it again: the key opens what is stored here", partial(_rewrite_token, kept),
    )]


def _rewrite_token(kept: Kept) -> list[str]:
    seal = _seal(kept)
    with DataDirectory(kept.data) as directory:
        aside = set_aside(kept.data, [directory.token])
        rewrite(directory, seal)
    return [f"{WORD_FILE}: written again; the old file is in {aside.name!r}"]


def _stores(kept: Kept, seal: Seal) -> list[Fault]:
    with DataDirectory(kept.data) as directory, ExitStack() as opened:
        ways = _ways(kept, opened, seal)
        found = [
            Fault(
                trouble.store, trouble.detail, _REMEDIES[trouble.store],
                partial(_mend_store, kept, seal, trouble.store),
            )
            for trouble in troubles(directory, ways)
        ]
        if any(fault.store == LEDGER for fault in found):
            return found  # which edits there should be is not known yet
        return [*found, *_edits(directory, ways, seal)]


_REMEDIES = {
    LEDGER: "keep the requests that can be read, name those that cannot",
    RECEIPTS: "begin a new book that says so; the old one stays in a folder of its own",
    RETENTION: "keep conversations until you say for how long",
    CHECKPOINTS: "keep the conversations that can be read",
    CHROMA: "keep the memories that can be read; the guard's vectors are made again",
}


def _mend_store(kept: Kept, seal: Seal, store: str) -> list[str]:
    from memory.repair import mend

    with DataDirectory(kept.data) as directory, ExitStack() as opened:
        ways = _ways(kept, opened, seal)
        mended = mend(directory, store, ways)
        return [mended.line, *(
            _lost(request_id, _subject(directory, ways, seal, request_id))
            for request_id in mended.lost
        )]


def _subject(
    directory: DataDirectory, ways: Opening, seal: Seal, request_id: str
) -> str | None:
    """What a lost request was about, as far as its receipt or its edit tells."""
    from tools.editing.damage import subject_of
    from tui.receipts import subject_in

    with suppress(StoreCorrupt), closing(ways.receipts(directory.receipts)) as book:
        if receipt := book.latest(request_id):
            return subject_in(receipt)
    return subject_of(directory.edits, request_id, seal)


def _lost(request_id: str, subject: str | None) -> str:
    about = f"it was about {subject!r}" if subject else "nothing tells any more what it was about"
    return f"LOST: request {request_id}, {about}; if it was to hold, forget it again"


def _edits(directory: DataDirectory, ways: Opening, seal: Seal) -> Iterator[Fault]:
    from tools.editing.damage import damaged_edits

    if not directory.ledger.exists():
        return
    with closing(ways.ledger(directory.ledger)) as ledger:
        records = ledger.records(FORGOTTEN | UNFINISHED)
    wanted = [record["request_id"] for record in records if record["method"] in ("edit", "both")]
    for path in damaged_edits(directory.edits, wanted, seal):
        yield Fault(
            "edits", f"{str(path)!r} is damaged", "set it aside; it is computed again",
            partial(_set_edit_aside, directory.path, path),
        )


def _set_edit_aside(data: Path, path: Path) -> list[str]:
    with DataDirectory(data):
        aside = set_aside(data, [path])
        path.unlink()
    return [f"edits: {path.name!r} is in {aside.name!r}; it is computed again at the next start"]


def _removed(path: Path, then: str) -> list[str]:
    path.unlink(missing_ok=True)
    return [f"{path.name}: removed; {then}"]


def dropped(data: Path) -> list[Fault]:
    """What earlier repairs have set aside: it may hold what was forgotten since."""
    return [
        Fault(
            ASIDE, f"{str(folder)!r} holds what a repair took out of use, and is not purged",
            "erase it with --drop-damaged", list,
        )
        for folder in kept_aside(data)
    ]


def _ways(kept: Kept, opened: ExitStack, seal: Seal) -> Opening:
    from tui.stores import opening

    return opening(kept.cache, opened, seal)
