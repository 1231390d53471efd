"""Every place where user text, vectors or what is derived from them are, with what erases them.

The scan goes by this table, `docs/erasure.md` prints it, and a test runs every verb and asks that
each file that appeared has its entry here. `memory.directory.LAYOUT` names the entries of the data
directory; this says what is inside.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import Literal

Area = Literal["data", "config", "state", "cache"]
"""A directory of Lethe's own; with `--data-dir`, settings and state lie below the data."""

Where = Area | Literal["process", "outside"]
Sealed = Literal["yes", "turned", "no"]
"""`yes`: nobody reads it without the key; `turned`: vectors in the key's own coordinates."""


@dataclass(frozen=True, slots=True)
class Place:
    """One kind of copy. `files` are shell patterns relative to the area, none outside of files."""

    name: str
    where: Where
    holds: str
    sealed: Sealed
    erased: str
    """What takes a forgotten text out of it, or why nothing need or can."""
    checked: str
    """How one sees that it is gone."""
    files: tuple[str, ...] = ()


_BYTES = "scan: bytes"
_BOTH = "scan: bytes, and its own reader"

PLACES = (
    Place("memories", "data", "texts told, with role, source and time; turned vectors in the vector"
          " store's queue; ids of threads, and marks made with the key, are not sealed", "yes",
          "`Memories.remove`: rows, then the folder is copied without them", _BOTH,
          ("chroma/*/chroma.sqlite3*",)),
    Place("vectors", "data", "the index of vectors of memories and of the guard's targets",
          "turned", "`VectorStore.compact`: a fresh folder; what a restore gave up waits for the"
          " next removal, or the end of the session; `zero_unused` where the index leaves room",
          "scan: bytes, and nearest neighbours", ("chroma/*/*.bin", "chroma/*/*.pickle")),
    Place("generations", "data", "which folder of the vector store is live, and whether a purge"
          " is due; no text", "no", "nothing of the user's in it", _BYTES,
          ("chroma/current*", "chroma/unclean*")),
    Place("conversations", "data", "saved threads, the graph's state and its log", "yes",
          "`Checkpoints.purge`, `forget_thread`: rows, then VACUUM and an empty log", _BOTH,
          ("checkpoints.sqlite3*",)),
    Place("ledger", "data", "requests: subject, plan, findings, and removed memories until they"
          " are restored, baked or given up", "yes", "the next step of the request; the key", _BOTH,
          ("ledger.sqlite3*",)),
    Place("receipts", "data", "signed receipts of what was done and measured", "yes",
          "the key; a receipt is meant to stay", _BOTH, ("receipts.sqlite3*", "receipts/*")),
    Place("edits", "data", "per request its subject, names, keys and residuals of the model", "yes",
          "`EditFiles.remove` at a restore; the key", _BOTH, ("edits/*.npz", "edits/*.npz.*")),
    Place("adapter", "data", "the merged change of the weights: activations of what was forgotten",
          "yes", "`EditFiles.clear_adapters` with every change of what is active; the key", _BYTES,
          ("edits/*.gguf", "edits/*.gguf.*")),
    Place("damaged files", "data", "what a repair took out of use, sealed as it was", "yes",
          "`lethe doctor --drop-damaged`; no purge reaches it; the key", _BYTES,
          ("damaged-*/*",)),
    Place("housekeeping", "data", "lock, process id, format, a sealed word, and for how many days"
          " conversations are kept; no text", "no", "nothing of the user's in it", _BYTES,
          ("lock", "holder*", "version*", "seal*", "retention*")),
    Place("settings", "config", "what the user set: model, folders, strategy", "no",
          "by hand: it is the user's own file", _BYTES, ("config.toml",)),
    Place("key", "config", "the key that everything kept is sealed with", "no",
          "destroying it destroys all that is sealed", _BYTES, ("key", "key.new")),
    Place("preferences", "state", "the theme; nothing of what was said", "no",
          "nothing of the user's in it", _BYTES, ("preferences.json", ".preferences.json.*")),
    Place("study", "cache", "what a model wrote by itself when it was asked, also about whom it"
          " knows; nothing the user told", "no", "deleting the cache; the model file holds it"
          " anyway", _BYTES, ("study-*.npz", ".study-*.npz.*")),
    Place("model facts", "cache", "paths and hashes of model files", "no", "deleting the cache",
          _BYTES, ("model-files.json", "tmp*")),
    Place("embedder", "cache", "the public sentence embedder; `.embedder-*` while it is fetched",
          "no", "nothing of the user's in it", _BYTES,
          ("all-minilm-l6-v2-f16.gguf", ".embedder-*/*")),
    Place("input history", "process", "what was typed, and the draft (`tui.history`)", "no",
          "`History.drop` when a request is done; never written", "gone with the process"),
    Place("model contexts", "process", "tokens and attention state of the last prompts", "no",
          "cleared when a request is done and when an adapter changes; batch contexts are freed"
          " after each use", "gone with the process"),
    Place("logs", "process", "the last 200 complaints of llama.cpp; Chroma, LangGraph and Lethe"
          " write no log", "no", "never written; they name files and tensors, not texts",
          "gone with the process"),
    Place("swapped memory", "outside", "whatever the process held when the system ran short", "no",
          "not by Lethe: encrypt the swap", "not checked"),
    Place("exports", "outside", "`/export` files of a talk, files of `lethe receipts export` with"
          " the subjects' names, where the user wanted them", "no",
          "not by Lethe: they are the user's copies", "not checked"),
    Place("baked models", "outside", "`lethe bake` and `export-adapter` files", "no",
          "not by Lethe: they are the user's files; an adapter holds activations", "not checked"),
    Place("model file", "outside", "what the model learnt, and no edit changes in it", "no",
          "not by Lethe: a bake writes another file", "probes, not bytes"),
    Place("backups", "outside", "copies of the directories, snapshots, freed blocks of the disk",
          "no", "what was sealed: by destroying the key; the rest not", "not checked"),
    Place("served model", "outside", "prompts sent to a model server, and its logs", "no",
          "not by Lethe: by whoever runs it", "not checked"),
)
"""In order: stores, private files, memory of the process, and what no forget reaches."""

UNKNOWN = "unknown file"
"""What the scan calls a file that no entry names; it is searched like all others."""


def place_of(area: Area, path: PurePath) -> Place | None:
    """The entry that a file belongs to, by its path relative to the area; None if none does.

    >>> place_of("data", PurePath("checkpoints.sqlite3-wal")).name
    'conversations'
    """
    if area == "data" and path.parts[:1] in {("config",), ("state",)}:
        area, path = ("config" if path.parts[0] == "config" else "state",
                      PurePath(*path.parts[1:]))  # fmt: skip
    name = path.as_posix()
    own = (place for place in PLACES if place.where == area)
    return next((place for place in own if _matches(name, place.files)), None)


def table() -> str:
    """The entries as a Markdown table, for the documentation."""
    head = ("place", "where", "what it holds", "sealed", "erased by", "checked by")
    rows: Iterable[tuple[str, ...]] = (
        (place.name, _where(place), place.holds, place.sealed, place.erased, place.checked)
        for place in PLACES
    )
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _where(place: Place) -> str:
    if not place.files:
        return place.where
    return f"{place.where}: " + ", ".join(f"`{pattern}`" for pattern in place.files)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
