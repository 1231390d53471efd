"""Writes what is plugged into an engine to files: a model with the edits in its weights, or the
adapter alone.

Neither changes the engine or its model file. Which requests the edits stand for, and what is to be
asked of the written file, is others' business.
"""

import hashlib
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np

from tools.errors import BakeError
from tools.models import bake_file
from tools.models.adapters import EMBEDDING, Factors, read_adapter
from tools.models.bake_draft import Draft
from tools.models.bake_order import BakeOrder, Finished, Kept, Layout
from tools.models.bake_types import (
    MIXES,
    OUTPUT,
    Tensors,
    layout_of,
    types_of,
    with_kept,
)
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab
from tools.models.requantise import WRITABLE
from tools.models.types import ModelInfo, Progress

READABLE, ANYBODY = 0o600, 0o666
"""A written model file is at least the owner's, and as readable as its base."""


class Patient(Protocol):
    """What a bake needs of an engine."""

    @property
    def path(self) -> Path: ...

    @property
    def threads(self) -> int: ...

    @property
    def adapter(self) -> bytes | None: ...

    @property
    def info(self) -> ModelInfo: ...


class Baker:
    """Bakes and exports what one engine has plugged in."""

    def __init__(self, engine: Patient) -> None:
        self.engine = engine

    @contextmanager
    def begin(self, order: BakeOrder) -> Iterator["Bake"]:
        """A model file under way; nothing of it is left unless it is finished.

        Raises:
            BakeError: there is no edit, or the target or the precision cannot be had.
            ModelFileError: the base file cannot be copied.
        """
        adapter, base = self._adapter(), self.engine.path
        self._not_the_base(order.target)
        source = bake_file.open_source(base)
        changes = changes_of(adapter, source.header.tensors)
        mode = READABLE | stat.S_IMODE(base.stat().st_mode) & ANYBODY
        with Draft(order.target, overwrite=order.overwrite, mode=mode) as draft:
            yield Bake(source, changes, draft, order, self.engine)

    def export(self, target: Path, *, overwrite: bool = False) -> Finished:
        """Write the adapter, for `--lora` of llama.cpp; only its owner may read it.

        Raises:
            BakeError: nothing is plugged in, or the target cannot be written.
        """
        adapter = self._adapter()
        self._not_the_base(target)
        with Draft(target, overwrite=overwrite) as draft:
            draft.file.write(adapter)
            draft.publish()
        return finished(target, self.engine)

    def _adapter(self) -> bytes:
        if self.engine.adapter is None:
            raise BakeError("no edit is plugged in, so there is nothing to write")
        return self.engine.adapter

    def _not_the_base(self, target: Path) -> None:
        if target.exists() and target.samefile(self.engine.path):
            raise BakeError(f"{str(target)!r} is the base model itself; name another file")


class Bake:
    """One model file under way: written, asked, perhaps written again, finished."""

    def __init__(
        self, source: bake_file.Source, changes: Mapping[str, Factors], draft: Draft,
        order: BakeOrder, engine: Patient,
    ) -> None:
        self._source, self._changes, self._draft = source, changes, draft
        self._order, self._engine = order, engine
        self._types, self._fallen = types_of(self._tensors, order.kind)

    @property
    def _tensors(self) -> Tensors:
        return self._source.header.tensors

    def layout(self, kept: Kept) -> Layout:
        """The precisions that `write` would give."""
        edited = set(self._changes)
        types = with_kept(self._types, self._tensors, edited, kept)
        return layout_of(types, self._types, edited, self._fallen)

    def write(self, kept: Kept, done: Progress | None = None) -> None:
        """Write the whole file, in place of what was written before.

        `done` hears of megabytes; it may raise to give up.

        Raises:
            BakeError: a type cannot be written, or the disk is too full.
        """
        types = with_kept(self._types, self._tensors, set(self._changes), kept)
        pairs = self._source.pairs
        if self._order.kind != "same":
            pairs = bake_file.with_file_type(pairs, MIXES[self._order.kind].number)
        for name in self._changes:
            if types[name] not in WRITABLE:
                raise BakeError(
                    f"the edited weight {name!r} has type {types[name].name}, which cannot be"
                    " written; choose another --type, or --keep-edited q8_0"
                )
        self._draft.restart()
        sizes = (bake_file.stored_size(self._tensors[name], types[name]) for name in types)
        self._draft.need(sum(sizes))
        bake_file.write_file(
            self._draft.file, self._source, pairs, types, self._changes,
            threads=self._engine.threads, done=done,
        )

    def answer(
        self, questions: Sequence[str], prefixes: Sequence[str], done: Progress | None = None
    ) -> list[str]:
        """What the written file answers, without any adapter; prefixes included.

        Raises:
            ModelFileError: llama.cpp cannot load what was written.
        """
        with LlamaEngine(
            self._draft.path, threads=self._engine.threads, context_length=256
        ) as written, _ending(done) as follow:
            answers = Lab(written).ask(questions, prefixes=prefixes, done=follow)
        return [answer.text for answer in answers]

    def finish(self) -> Finished:
        """Give the file its name; until then there is none."""
        self._draft.publish()
        return finished(self._draft.target, self._engine)


def changes_of(adapter: bytes, tensors: Tensors) -> dict[str, Factors]:
    """What an adapter adds to each weight: `b @ a` of the weight's own (out, in).

    An embedding that is the output too takes no adapter, so what the sum of both would do was never
    seen.

    Raises:
        BakeError: a weight is missing, is no matrix, or is shaped otherwise.
    """
    changes = {}
    for name, factors in read_adapter(adapter).items():
        shape = tensors[name].shape if name in tensors else ()
        if len(shape) != 2:
            raise BakeError(f"the edit changes {name!r}, which is no matrix of this model")
        if name == EMBEDDING and OUTPUT not in tensors:
            raise BakeError(f"the edit changes {name!r}, which is the output matrix too")
        b, a = np.asarray(factors.b, np.float32), np.asarray(factors.a, np.float32)
        if (a.shape[1], b.shape[0]) != shape:
            raise BakeError(f"the edit of {name!r} is for a matrix of another shape")
        changes[name] = Factors(b, a)
    return changes


def finished(path: Path, engine: Patient) -> Finished:
    """Size and hashes of a file that is in its place, of its base and of the adapter."""
    adapter = engine.adapter or b""
    return Finished(
        path.absolute(), path.stat().st_size, sha256_of(path), engine.path,
        engine.info.fingerprint, hashlib.sha256(adapter).hexdigest(),
    )


def sha256_of(path: Path) -> str:
    """sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _ending(done: Progress | None) -> Iterator[Callable[[int, int], None]]:
    """`done`, which ends the work in other threads once the block was left, by Ctrl-C say."""
    left = False

    def follow(finished: int, total: int) -> None:
        if left:
            raise BakeError("stopped")
        if done:
            done(finished, total)

    try:
        yield follow
    finally:
        left = True
