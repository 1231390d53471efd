"""The stores of a data directory, put together: a part of the composition root.

Sessions, the scan and the receipts open them here and nowhere else. Everything slow is imported at
the moment it is needed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Never

from tui.paths import paths
from tui.settings import Settings

if TYPE_CHECKING:
    from agents.ports import Memories as KeptMemories
    from agents.ports import Targets
    from memory.checkpoints import Checkpoints
    from memory.directory import DataDirectory
    from memory.ledger import Ledger
    from memory.places import Area
    from memory.receipts import ReceiptBook
    from memory.retention import Retention
    from memory.scan import Embed, Opened, Scanner
    from memory.sealing import Seal
    from memory.soundness import Opening
    from memory.vectors import VectorStore
    from tools.models.embedder import Embedder


def open_directory(settings: Settings, opened: ExitStack) -> "DataDirectory":
    """The data directory, held; a private session makes none and writes nothing in it.

    Raises:
        MemoryFault: it cannot be used, or another Lethe holds it.
    """
    from memory.directory import DataDirectory
    from memory.private import PrivateDirectory

    kind = PrivateDirectory if settings.private else DataDirectory
    return opened.enter_context(kind(paths(settings.data_dir).data))


def open_checkpoints(
    settings: Settings, directory: "DataDirectory", opened: ExitStack, seal: "Seal",
    unread: list[str],
) -> "Checkpoints":
    """The conversations, of a private session in memory alone.

    Damaged ones are left as they are, which `unread` then says, and the talk is kept in memory:
    they hold nothing that a guard or an edit needs, so they keep no request from standing.
    """
    from memory import private, sqlite
    from memory.checkpoints import Checkpoints
    from memory.errors import StoreCorrupt

    path, connect = directory.checkpoints, private.blank if settings.private else sqlite.connect
    try:
        return opened.enter_context(closing(Checkpoints(path, seal, connect=connect)))
    except StoreCorrupt as error:
        unread.append(f"{error}, so this talk is not kept")
    return opened.enter_context(closing(Checkpoints(path, seal, connect=private.blank)))


def open_retention(
    settings: Settings, directory: "DataDirectory", saved: "Checkpoints", stores: "Stores"
) -> "Retention | None":
    """How long conversations are kept; None for a private session, which keeps none.

    What was kept of them in passing goes along; what was ordered to be remembered stays.
    """
    from agents.recall import CHAT
    from memory.memories import Memories
    from memory.retention import Retention

    if settings.private:
        return None
    memories = Memories(stores.vectors)

    def along(thread_ids: Sequence[str]) -> None:
        memories.remove(memories.kept_in(thread_ids, CHAT))

    return Retention(directory.retention, saved, settings.keep_chats_days, along=along)


class Stores:
    """What a data directory holds, opened; everything is closed with `opened`."""

    def __init__(
        self, directory: "DataDirectory", embedder: "Embedder | Wordless", opened: ExitStack,
        seal: "Seal",
    ) -> None:
        from memory.ledger import Ledger
        from memory.memories import Memories
        from memory.receipts import ReceiptBook
        from memory.targets import TargetStore
        from memory.vectors import VectorStore

        self.embedder = embedder
        self.ledger = opened.enter_context(closing(Ledger(directory.ledger, seal)))
        self.vectors = VectorStore(directory.chroma, embedder.embed, seal)
        opened.enter_context(closing(self.vectors))
        opened.callback(_rewritten, self.vectors)
        self.memories: KeptMemories = Memories(self.vectors)
        self.targets: Targets = TargetStore(self.vectors)
        self.receipts = opened.enter_context(closing(ReceiptBook(directory.receipts, seal)))

    def read(
        self, directory: "DataDirectory", saved: "Checkpoints", seal: "Seal"
    ) -> "Opened":
        """The same as the scan reads it."""
        from memory.memories import Memories
        from memory.readers import StoredTexts, stores_of
        from memory.targets import TargetStore

        edits = StoredTexts("edits", partial(_edited, self.ledger, directory.edits, seal))
        return stores_of(
            self.ledger, Memories(self.vectors), TargetStore(self.vectors), saved, edits
        )


class PrivateStores(Stores):
    """The same of a session that keeps nothing: a copy of the ledger, and no vector store."""

    def __init__(
        self, directory: "DataDirectory", embedder: "Embedder | Wordless", opened: ExitStack,
        seal: "Seal",
    ) -> None:
        from memory.ledger import Ledger
        from memory.private import NoMemories, PrivateTargets, copied
        from memory.receipts import ReceiptBook

        self.embedder = embedder
        self.ledger = opened.enter_context(closing(Ledger(directory.ledger, seal, connect=copied)))
        self.memories, self.targets = NoMemories(), PrivateTargets(embedder.embed)
        book = ReceiptBook(directory.receipts, seal, connect=copied)
        self.receipts = opened.enter_context(closing(book))


def opening(cache: Path, opened: ExitStack, seal: "Seal") -> "Opening":
    """How a data directory's stores are opened one by one, for who examines or mends them.

    The embedder is opened at its first use, and closed with `opened`.
    """
    from memory.checkpoints import Checkpoints
    from memory.ledger import Ledger
    from memory.receipts import ReceiptBook
    from memory.soundness import Opening
    from memory.vectors import VectorStore
    from tools.models.embedder import Embedder
    from tools.models.embedder_files import embedder_path

    embedder = lru_cache(lambda: opened.enter_context(Embedder(embedder_path(cache))))
    return Opening(
        ledger=partial(Ledger, seal=seal), checkpoints=partial(Checkpoints, seal=seal),
        receipts=partial(ReceiptBook, seal=seal),
        vectors=lambda path: VectorStore(path, lambda texts: embedder().embed(texts), seal),
    )


def open_scanner(settings: Settings, opened: ExitStack) -> "Scanner":
    """The scan of the settings' directories, which it holds. No model is loaded but the embedder,
    and that only if it is in the cache.

    Where the key is gone or refused, the bytes are searched all the same.

    Raises:
        MemoryFault: the data directory cannot be used, or another Lethe holds it.
    """
    from memory.directory import DataDirectory
    from memory.errors import KeyFault

    embedder = cached_embedder(settings, opened)
    embed = embedder.embed if embedder else None
    data = paths(settings.data_dir).data
    if not (data / "seal").is_file():
        return scanner(settings, embed)
    directory = opened.enter_context(DataDirectory(data, minimum_free=0))
    try:
        seal = open_seal(settings, directory)
    except KeyFault as error:
        return scanner(settings, embed, stores=partial(_refused, error))
    return scanner(settings, embed, seal, partial(_read_stores, directory, embedder, opened, seal))


def scanner(
    settings: Settings, embed: "Embed | None" = None, seal: "Seal | None" = None,
    stores: "Callable[[], Opened] | None" = None,
) -> "Scanner":
    """A scan of the settings' directories with what there is: vectors need an embedder, turned
    ones the seal too."""
    from memory.scan import PLAIN, TURNED, Opened, Scanner

    where = paths(settings.data_dir)
    roots: dict[Area, Path] = {
        "data": where.data, "config": where.config, "state": where.state,
        "cache": cache_of(settings),
    }
    forms: dict[str, Embed] = {PLAIN: embed} if embed else {}
    if embed and seal:
        forms[TURNED] = lambda texts: seal.turn(embed(texts))
    return Scanner(roots, forms, stores or Opened)


def open_seal(settings: Settings, directory: "DataDirectory") -> "Seal":
    """What everything kept is sealed with; the very first start makes the key, but for a private
    session, which writes none.

    Raises:
        KeyFault: the key is gone, needs a passphrase, or is another directory's.
    """
    from memory.key import KeyFile, fleeting
    from memory.token import seal_of

    key = KeyFile(paths(settings.data_dir).key)
    if settings.private and not directory.token.exists():
        return fleeting()
    return seal_of(directory.path, key, settings.passphrase)


@contextmanager
def open_ledger(settings: Settings) -> "Iterator[Ledger]":
    """The requests alone, without a model, as the last session left them; of a private session a
    copy. Nobody else may hold the data directory meanwhile.

    Raises:
        MemoryFault: the data directory or the ledger cannot be used.
    """
    from memory import private, sqlite
    from memory.ledger import Ledger
    from memory.soundness import require_whole

    with ExitStack() as opened:
        directory = open_directory(settings, opened)
        seal = open_seal(settings, directory)
        require_whole(directory)
        connect = private.copied if settings.private else sqlite.connect
        yield opened.enter_context(closing(Ledger(directory.ledger, seal, connect=connect)))


@contextmanager
def open_receipts(settings: Settings) -> "Iterator[ReceiptBook]":
    """The receipts alone, without a model; nobody else may hold the data directory meanwhile.

    Raises:
        MemoryFault: the data directory or the receipts cannot be used.
    """
    from memory.directory import DataDirectory
    from memory.receipts import ReceiptBook

    with (
        DataDirectory(paths(settings.data_dir).data) as directory,
        closing(ReceiptBook(directory.receipts, open_seal(settings, directory))) as book,
    ):
        yield book


def cached_embedder(settings: Settings, opened: ExitStack) -> "Embedder | None":
    """The embedder if it is in the cache; nothing is fetched."""
    from tools.models.embedder import Embedder
    from tools.models.embedder_files import embedder_path

    path = embedder_path(cache_of(settings))
    return opened.enter_context(Embedder(path)) if path.is_file() else None


def _read_stores(
    directory: "DataDirectory", embedder: "Embedder | None", opened: ExitStack, seal: "Seal"
) -> "Opened":
    """The stores opened for the scan alone; without an embedder no nearness in meaning."""
    from memory.checkpoints import Checkpoints

    stores = Stores(directory, embedder or Wordless(), opened, seal)
    saved = opened.enter_context(closing(Checkpoints(directory.checkpoints, seal)))
    read = stores.read(directory, saved, seal)
    return read if embedder else read._replace(near={})


class Wordless:
    """Stands for an embedder where nothing is to be embedded."""

    def embed(self, texts: "Sequence[str]") -> Never:
        """Refuse.

        Raises:
            ToolError: always.
        """
        from tools.errors import ToolError

        raise ToolError(f"there is no embedder for {len(texts)} texts")


def _rewritten(vectors: "VectorStore") -> None:
    """Take the last hidden bytes out; where that fails, the next start does it and says why."""
    from memory.errors import MemoryFault

    with suppress(MemoryFault, OSError):
        vectors.compact()


def _edited(ledger: "Ledger", folder: Path, seal: "Seal") -> Iterator[object]:
    """Names in the statistics of every request on every model."""
    from tools.editing.store import EditFiles

    for model in sorted(folder.glob("*")):
        files = EditFiles(folder, model.name, seal)
        for row in ledger.rows():
            if edit := files.load(row["request_id"]):
                yield [edit.subject, edit.names, edit.near]


def _refused(error: Exception) -> Never:
    raise error


def cache_of(settings: Settings) -> Path:
    """Where what can be made again is kept."""
    return settings.cache_dir or paths(settings.data_dir).cache
