"""Chroma opened the way Lethe needs it: on this disk, silent, with our own vectors.

Only this module and its callers in this package know Chroma. It is imported on first use: that
costs the better part of a second.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from memory.errors import DiskFull, EmbeddingMismatch, StoreCorrupt

BATCH = 1000
"""Rows per call; Chroma's own limit is some thousands."""


def open_client(path: Path) -> Any:
    """A client on a folder of its own; `close` it before the folder is moved or removed.

    Its settings are Chroma's defaults without telemetry: neither the environment nor a `.env` file
    in the working folder may name a server or a collector of traces.
    """
    from chromadb import PersistentClient
    from chromadb.config import Settings

    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    silent = Settings(_env_file=None, **defaults | {"anonymized_telemetry": False})
    with readable_errors(path):
        return PersistentClient(path=str(path), settings=silent)


def open_collection(client: Any, name: str) -> Any:
    """A collection of vectors compared by cosine, created when missing."""
    return client.get_or_create_collection(
        name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )


def copy_collection(source: Any, target: Any) -> None:
    """Copy every live row, and nothing else, into an empty collection.

    Raises:
        StoreCorrupt: the copy holds another number of rows.
    """
    ids = source.get(include=[])["ids"]
    for start in range(0, len(ids), BATCH):
        rows = source.get(
            ids=ids[start : start + BATCH], include=["embeddings", "metadatas"]
        )
        target.add(
            ids=rows["ids"], embeddings=rows["embeddings"], metadatas=rows["metadatas"]
        )
    if target.count() != len(ids):
        raise StoreCorrupt(f"copied {target.count()} of {len(ids)} rows of {source.name!r}")


@contextmanager
def readable_errors(path: Path) -> Iterator[None]:
    """Turn Chroma's errors into one line that names `path`.

    Raises:
        EmbeddingMismatch: vectors of a wrong length.
        DiskFull: no room for the change.
        StoreCorrupt: anything else that Chroma reports about its files.
    """
    from chromadb.errors import ChromaError

    try:
        yield
    except ChromaError as error:
        raise _translated(error, path) from error
    except BaseException as error:
        # Chroma's Rust part panics on some damaged files, with a class that cannot be imported.
        if type(error).__name__ == "PanicException":
            raise _translated(error, path) from error
        raise


def _translated(error: BaseException, path: Path) -> Exception:
    text = " ".join(str(error).split())
    if "dimension" in text:
        return EmbeddingMismatch(f"{str(path)!r} was written with another embedder: {text}")
    if "disk is full" in text or "No space left" in text:
        return DiskFull(f"no room left on the disk of {str(path)!r}")
    return StoreCorrupt(f"{str(path)!r} is damaged: {text}")
