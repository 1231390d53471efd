"""The verbs about the key of everything that is kept: `key`, `shred`. Neither opens a session."""

from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass

from memory.directory import DataDirectory
from memory.key import KeyFile
from tui.errors import DONE, NOT_DONE, UsageError
from tui.paths import paths
from tui.verbs.call import Call

SHRED = (
    "This destroys the key and removes every memory, conversation, request and edit in {folder!r}, "
    "for good: nothing can be restored, and no copy or backup made before can be read without the "
    "key. The model files stay."
)


def key(call: Call) -> int:
    """Say where the key is, or keep it another way.

    Raises:
        MemoryFault: there is no key, it cannot be opened, or another Lethe holds the directory.
        UsageError: a passphrase is to be set and nobody is there to type one.
    """
    with _held(call) as (_directory, file):
        found = file.open(call.settings.passphrase)
        chosen, where = call.arguments.passphrase, call.arguments.keep_in
        if chosen or where:
            words = _new_passphrase(call) if chosen == "set" else None
            if chosen is None and file.locked:
                words = call.settings.passphrase
            file.protect(found, words, in_keyring=where and where == "keyring")
        record = {"path": str(file.path), "keyring": file.in_keyring, "passphrase": file.locked}
    place = "the system's keyring" if record["keyring"] else f"{record['path']!r}"
    guarded = "needs a passphrase" if record["passphrase"] else "needs no passphrase"
    call.output.result(record, f"The key is in {place}; it {guarded}.")
    return DONE


def shred(call: Call) -> int:
    """Forget everything: destroy the key, then remove what it sealed. Needs no key to be there.

    Raises:
        MemoryFault: another Lethe holds the directory, or something cannot be removed.
    """
    from memory.shredding import shred as destroy

    folder = paths(call.settings.data_dir).data
    if not (folder / "version").exists():
        raise UsageError(f"there is nothing to shred: {str(folder)!r} is no data directory")
    with _held(call) as (directory, file):
        if not _consent(call, SHRED.format(folder=str(folder))):
            call.output.result({"shredded": False, "removed": []}, "Nothing was changed.")
            return NOT_DONE
        removed = [path.name for path in destroy(directory.path, file)]
    text = f"Shredded: the key and {', '.join(removed) or 'nothing else'}."
    call.output.result({"shredded": True, "removed": removed}, text)
    return DONE


@contextmanager
def _held(call: Call) -> Iterator[tuple[DataDirectory, KeyFile]]:
    """The data directory, held, and its key."""
    where = paths(call.settings.data_dir)
    with DataDirectory(where.data) as directory:
        yield directory, KeyFile(where.key)


def _consent(call: Call, warning: str) -> bool:
    if call.arguments.yes:
        return True
    if call.question is None:
        return False
    call.output.remark(warning)
    return call.question("Type `shred` to go ahead: ").strip() == "shred"


def _new_passphrase(call: Call) -> str:
    if call.question is None:
        raise UsageError("a new passphrase is typed at a terminal, and nobody is at this one")
    words = getpass("New passphrase: ")
    if not words or words != getpass("Once more: "):
        raise UsageError("the two were not the same, or empty; nothing was changed")
    return words
