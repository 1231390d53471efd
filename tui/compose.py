"""The one place where the parts are put together; nothing else builds an adapter or opens a store.

Everything slow is imported here, at the moment it is needed: the screen has painted by then.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Never

from tui.errors import SettingsError
from tui.paths import paths
from tui.settings import Settings
from tui.silence import silence

if TYPE_CHECKING:
    from agents.context import Context
    from agents.ports import Inspector, Targets
    from agents.ports import Memories as KeptMemories
    from agents.session import Session
    from memory.checkpoints import Checkpoints
    from memory.directory import DataDirectory
    from memory.ledger import Ledger
    from memory.places import Area
    from memory.receipts import ReceiptBook
    from memory.retention import Retention
    from memory.scan import Embed, Opened, Scanner
    from memory.sealing import Seal
    from memory.soundness import Opening
    from tools.editing.editor import Editor
    from tools.guarding.guard import Guard
    from tools.models.bake import Baker
    from tools.models.embedder import Embedder
    from tools.models.references import Model

Progress = Callable[[str, int, int], None]

SHIPPED = Path(__file__).resolve().parents[1] / "patient" / "lethe-patient-q8_0.gguf"
"""The small model that comes along, so that a newcomer sees forgetting without a download."""


def open_session(
    settings: Settings, *, thread_id: str | None = None, progress: Progress | None = None
) -> "Session":
    """A session on the settings' model and data directory, recovered from any crash before.

    Raises:
        ToolError: the model or the embedder cannot be used.
        MemoryFault: the data directory cannot be used, or another Lethe holds it.
    """
    silence(os.environ)
    report = progress or _silent
    with ExitStack() as opened:
        return _opened(settings, thread_id, report, opened)


def _opened(
    settings: Settings, thread_id: str | None, report: Progress, opened: ExitStack
) -> "Session":
    from agents import private
    from agents.graph import build
    from agents.operation import recover
    from agents.session import Session, new_thread_id
    from memory.soundness import require_whole

    directory = open_directory(settings, opened)
    seal = open_seal(settings, directory)
    require_whole(directory)
    report("loading the model", 0, 0)
    model = open_model(settings, opened)
    embedder = open_embedder(settings, report, opened)
    stores = (PrivateStores if settings.private else Stores)(directory, embedder, opened, seal)
    guard = open_guard(model, settings, stores)
    unread: list[str] = []
    checkpoints = open_checkpoints(settings, directory, opened, seal, unread)
    editor = open_editor(model, settings, directory, seal)
    context = replace(
        stores.context(thread_id or new_thread_id(), model, editor, checkpoints, guard),
        baker=open_baker(model) if editor else None, guest=settings.guest,
        unread=unread, private=settings.private,
        retention=open_retention(settings, directory, checkpoints),
        scanner=None if settings.private else scanner(
            settings, embedder.embed, seal, lambda: stores.read(directory, checkpoints, seal)
        ),
    )
    (private.stand if settings.private else recover)(context, report)
    return Session(
        build(checkpoints.saver), context, checkpoints,
        method=settings.method, close=opened.pop_all().close,
    )


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
    settings: Settings, directory: "DataDirectory", saved: "Checkpoints"
) -> "Retention | None":
    """How long conversations are kept; None for a private session, which keeps none."""
    from memory.retention import Retention

    if settings.private:
        return None
    return Retention(directory.retention, saved, settings.keep_chats_days)


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
        self.memories: KeptMemories = Memories(self.vectors)
        self.targets: Targets = TargetStore(self.vectors)
        self.receipts = opened.enter_context(closing(ReceiptBook(directory.receipts, seal)))

    def context(
        self, thread_id: str, model: "Model", editor: "Editor | None", saved: "Checkpoints",
        guard: "Guard",
    ) -> "Context":
        """The world as the graph sees it."""
        from agents.context import Context
        from tools.watching.watcher import Watcher

        return Context(
            thread_id=thread_id, patient=model, watcher=Watcher(self.embedder),
            memories=self.memories, ledger=self.ledger, receipts=self.receipts,
            guard=guard, targets=self.targets, saved=saved,
            locator=editor, editor=editor, prober=editor, inspector=open_inspector(model, editor),
        )


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
        "cache": _cache(settings),
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


def open_model(settings: Settings, opened: ExitStack) -> "Model":
    """The patient: the shipped one, any GGUF chat model here, a server's, or a script.

    Raises:
        ToolError: the reference names nothing usable.
    """
    from tools.models.references import open_model

    model = open_model(
        settings.model, default=SHIPPED, threads=settings.threads,
        cache_dir=_facts_cache(settings), key=settings.api_key,
    )
    opened.callback(model.close)
    return model


def open_embedder(settings: Settings, report: Progress, opened: ExitStack) -> "Embedder":
    """The embedder; the very first start fetches and converts it.

    Raises:
        ToolError: it is not there and cannot be fetched.
        SettingsError: it is not there, and a private session fetches nothing.
    """
    from tools.models.embedder import Embedder
    from tools.models.embedder_files import embedder_path, ensure_embedder

    if settings.private and not embedder_path(_cache(settings)).is_file():
        raise SettingsError(
            "the embedder has to be fetched once, and a private session writes nothing:"
            " start Lethe without --private first"
        )
    return opened.enter_context(Embedder(ensure_embedder(_cache(settings), report)))


def cached_embedder(settings: Settings, opened: ExitStack) -> "Embedder | None":
    """The embedder if it is in the cache; nothing is fetched."""
    from tools.models.embedder import Embedder
    from tools.models.embedder_files import embedder_path

    path = embedder_path(_cache(settings))
    return opened.enter_context(Embedder(path)) if path.is_file() else None


def open_editor(
    model: "Model", settings: Settings, directory: "DataDirectory", seal: "Seal"
) -> "Editor | None":
    """The editor of a model in this process whose weights can be edited, None for any other."""
    from tools.editing.editor import Editor
    from tools.editing.unkept import keep_nothing
    from tools.models.engine import LlamaEngine

    if not isinstance(model, LlamaEngine) or not model.info.editable:
        return None
    editor = Editor(model, _cache(settings), directory.edits, sealer=seal)
    if settings.private:
        keep_nothing(editor)
    return editor


def open_inspector(model: "Model", editor: "Editor | None") -> "Inspector | None":
    """What looks inside an edited model, None where nothing is edited."""
    from tools.models.engine import LlamaEngine
    from tools.probing.whitebox.receipt import ReceiptInspector

    if editor is None or not isinstance(model, LlamaEngine):
        return None
    return ReceiptInspector(editor, model.path)


def open_baker(model: "Model") -> "Baker | None":
    """What writes files of a model's edits, None for a model that is not in this process."""
    from tools.models.bake import Baker
    from tools.models.engine import LlamaEngine

    return Baker(model) if isinstance(model, LlamaEngine) else None


def open_guard(model: "Model", settings: Settings, stores: Stores) -> "Guard":
    """The guard with the strategy that is set. A model elsewhere never hears a target's name.

    With `refusal` no prompt names a target, not even to judge. A guest's questions are answered by
    it: others take longer than about a stranger.

    Raises:
        SettingsError: the strategy would tell it.
    """
    from prompts import render
    from tools.guarding.guard import Guard
    from tools.guarding.judge import Judge
    from tools.guarding.strategies import Parts, strategy

    name = "refusal" if settings.guest else settings.strategy
    silent = name == "refusal" or model.info.elsewhere
    judge = None if silent else Judge(model, render)
    others = partial(found_by, stores.ledger, "neighbours")
    parts = Parts(render, others, able=lambda: judge is not None and judge.able)
    guard = Guard(
        stores.embedder, strangers=partial(found_by, stores.ledger, "twins"),
        build=strategy(name, parts), judge=judge,
    )
    if guard.discloses and model.info.elsewhere:
        raise SettingsError(
            f"the strategy {name!r} puts the names of what was forgotten into"
            f" prompts, and {model.info.ref!r} is not on this machine; choose 'refusal'"
        )
    return guard


def found_by(
    ledger: "Ledger", what: Literal["twins", "neighbours"], request_id: str
) -> list[str]:
    """Names that the surgeon found for a request: strangers like it, or who stands near it."""
    findings = ledger.get(request_id)["findings"]
    return list(findings[what]) if findings else []


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


def _cache(settings: Settings) -> Path:
    return settings.cache_dir or paths(settings.data_dir).cache


def _facts_cache(settings: Settings) -> Path | None:
    """Where facts about the model file are cached; None where finding one would write there."""
    from tools.models.file_facts import is_known
    from tools.models.references import is_file, resolve

    cache = _cache(settings)
    if not settings.private or not is_file(settings.model):
        return cache
    return cache if is_known(resolve(settings.model, default=SHIPPED), cache) else None


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""
