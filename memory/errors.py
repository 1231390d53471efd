"""The errors of this package, drawn before they are defined.

    MemoryFault                    base: one clear line for the user, naming the path or the value
    +-- DirectoryFault             the data directory cannot be used
    |   +-- DirectoryHeld          another running Lethe has it
    |   +-- DirectoryNotWritable   it cannot be created, or nothing can be written in it
    |   +-- DirectoryForeign       it holds files of something else
    |   +-- DirectoryTooNew        written in a format that this version does not know
    |   +-- WriteUnfinished        a crash left a change that a private session cannot mend
    +-- NotKept                    a private session was to keep something
    +-- DiskFull                   no room, or too little to begin
    +-- StoreCorrupt               a file is damaged
    |   +-- SealBroken             what was sealed was changed, or is of another key
    +-- KeyFault                   what is kept cannot be unsealed
    |   +-- KeyLost                the key is gone
    |   +-- KeyRefused             a wrong passphrase, another key, or none that can be read
    +-- EmbeddingMismatch          vectors of another length than those stored
    +-- PurgeIncomplete            something to be removed was still there when read again
    +-- UnknownRequest             no request of that id
    +-- UnknownReceipt             no receipt of that number
    +-- IllegalTransition          a request cannot go from this state to that one
    +-- TextEmpty                  nothing to keep
    +-- TextTooShort               too few bytes to be looked for

Every message is written for the person at the terminal. Whatever is not a MemoryFault is a bug.
"""


class MemoryFault(Exception):
    """Base of what a user may read; the message is one line."""


class DirectoryFault(MemoryFault):
    """The data directory cannot be used."""


class DirectoryHeld(DirectoryFault):
    """Another running Lethe holds the data directory."""


class DirectoryNotWritable(DirectoryFault):
    """The data directory cannot be created or written."""


class DirectoryForeign(DirectoryFault):
    """The directory belongs to something else; Lethe would change its mode and add files."""


class DirectoryTooNew(DirectoryFault):
    """The directory's version file names a format this program does not know."""


class WriteUnfinished(DirectoryFault):
    """A crash left a change half written, which a session that writes nothing cannot mend."""


class NotKept(MemoryFault):
    """A session that keeps nothing was to keep something."""


class DiskFull(MemoryFault):
    """The disk has no room left."""


class StoreCorrupt(MemoryFault):
    """A stored file is damaged and nothing was changed in it."""


class SealBroken(StoreCorrupt, ValueError):
    """Sealed bytes do not open: changed, moved to another place, or sealed with another key.

    A ValueError too, for those who are given a seal and know nothing of this package.
    """


class KeyFault(MemoryFault):
    """Nothing that was kept can be read."""


class KeyLost(KeyFault):
    """The directory was sealed with a key that is no longer there."""


class KeyRefused(KeyFault):
    """The key is there and cannot be used: wrong passphrase, damaged, or of another directory."""


class EmbeddingMismatch(MemoryFault):
    """The embedder's vectors have another length than the stored ones."""


class PurgeIncomplete(MemoryFault):
    """What was to be removed is still readable; never reported as success."""


class UnknownRequest(MemoryFault):
    """No request in the ledger has this id."""


class UnknownReceipt(MemoryFault):
    """No receipt in the book has this number."""


class IllegalTransition(MemoryFault):
    """The request's state does not allow this step."""


class TextEmpty(MemoryFault):
    """A text without any letter, digit or sign was to be kept."""


class TextTooShort(MemoryFault):
    """A search for so few bytes finds them by chance."""
