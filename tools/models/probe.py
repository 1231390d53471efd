"""Sees inside a forward pass: what goes into and comes out of the MLP's down-projections.

The nodes are found by the weight they multiply (`blk.N.ffn_down.weight`), which holds on every
dense architecture of llama.cpp; their names differ. It does not know what the sequences mean.
"""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from llama_cpp import llama_cpp as llama
from numpy.typing import NDArray

from tools.errors import ModelError
from tools.models import contexts, native, workers
from tools.models.contexts import Tokens, Weights
from tools.models.workers import Done, Tally

Floats = NDArray[np.float32]
_Job = tuple[Tokens, Sequence[int]]
"""A sequence and the positions wanted in it."""

BUDGET = 2048
"""Tokens of one pass."""


def down_projection(layer: int) -> str:
    """The name of a layer's down-projection weight."""
    return f"blk.{layer}.ffn_down.weight"


@dataclass(frozen=True, slots=True)
class Captured:
    """Rows of one layer, one for each wanted position, in the order they were asked for.

    `keys` (rows, feed_forward) went into the down-projection, `outputs` (rows, width) came out of
    the weight itself: an adapter's share is not in them. A kind not wanted has no rows.
    """

    keys: Floats
    outputs: Floats


@dataclass(slots=True)
class _Tap:
    """The callback's side: rows of the wanted layers as the pass goes by."""

    names: dict[bytes, int]
    last: int
    want_keys: bool
    want_outputs: bool
    go_on: bool = False
    patch: Callable[[Floats], Floats] | None = None
    keys: dict[int, Floats] | None = None
    outputs: dict[int, Floats] | None = None
    failure: Exception | None = None

    def __call__(self, pointer: int, ask: bool, _data: int | None) -> bool:
        source = native.at(pointer).src[0]
        layer = self.names.get(source.contents.name) if source else None
        if layer is None or ask:
            return layer is not None if ask else True
        try:
            self._take(pointer, layer)
        except Exception as failure:  # noqa: BLE001 - must not cross into C; raised again after the pass
            self.failure = failure
            return False
        return self.go_on or layer != self.last

    def _take(self, pointer: int, layer: int) -> None:
        node = native.at(pointer)
        assert self.keys is not None and self.outputs is not None
        if self.want_keys:
            source = node.src[1]
            address = ctypes.addressof(source.contents)
            self.keys[layer] = native.read_rows(address, source.contents)
        if self.want_outputs or self.patch:
            self.outputs[layer] = native.read_rows(pointer, node)
        if self.patch:
            native.write_rows(pointer, node, self.patch(self.outputs[layer]))


def capture(
    weights: Weights, sequences: Sequence[Tokens], positions: Sequence[Sequence[int]],
    layers: Sequence[int], *, keys: bool = True, outputs: bool = True,
    done: Done | None = None,
) -> dict[int, Captured]:
    """Rows of every layer at the wanted positions of every sequence (each wants at least one).

    The pass stops after the highest wanted layer. `done(sequences, of)` is called between passes.
    """

    def work(each: Weights, some: Sequence[_Job], tally: Tally) -> list[list[Captured]]:
        tap = _Tap(names, max(layers), keys, outputs)
        return _captured(each, some, tap, layers, tally)

    names = {down_projection(layer).encode(): layer for layer in layers}
    jobs = list(zip(sequences, positions, strict=True))
    rows = workers.shared(weights, jobs, work, done)
    return {layer: _joined([row[place] for row in rows]) for place, layer in enumerate(layers)}


def _captured(
    weights: Weights, jobs: Sequence[_Job], tap: _Tap, layers: Sequence[int], tally: Tally
) -> list[list[Captured]]:
    """For each job what each layer had at its positions."""
    sequences, positions = [job[0] for job in jobs], [job[1] for job in jobs]
    final = llama.llama_model_n_layer(weights.pointer) - 1
    found: list[list[Captured]] = [[] for _ in jobs]
    length = max(map(len, sequences))
    streams = weights.streams(length, max(1, BUDGET // length))
    size = streams * (length + 3)
    with contexts.open_context(weights, streams, length, size, watch=tap) as open_:
        for pack in contexts.packs([len(s) for s in sequences], streams, BUDGET):
            marks = _marks(pack, positions)
            _pass(open_, tap, [sequences[i] for i in pack.members], pack.length, marks)
            for layer in layers:
                _sort_out(found, tap, layer, pack, marks, layer == final)
            tally.add(len(pack.members))
    return found


def _marks(pack: contexts.Pack, positions: Sequence[Sequence[int]]) -> NDArray[np.int8]:
    marks = np.zeros((len(pack.members), pack.length), np.int8)
    for row, member in enumerate(pack.members):
        marks[row, list(positions[member])] = 1
    return marks


def _pass(
    context: int, tap: _Tap, rows: Sequence[Tokens], length: int, marks: NDArray[np.int8]
) -> None:
    tap.keys, tap.outputs, tap.failure = {}, {}, None
    contexts.decode_pack(context, rows, length, marks)
    if tap.failure:
        raise ModelError(f"capture failed: {tap.failure}") from tap.failure


def _sort_out(
    found: list[list[Captured]], tap: _Tap, layer: int, pack: contexts.Pack,
    marks: NDArray[np.int8], pruned: bool,
) -> None:
    """Give each sequence its rows. In the last layer llama.cpp computes rows with logits only."""
    assert tap.keys is not None and tap.outputs is not None
    keys, outputs = tap.keys.get(layer), tap.outputs.get(layer)
    some = keys if keys is not None else outputs
    if some is None:
        raise ModelError(f"layer {layer} has no dense down-projection")
    picked = marks.ravel().astype(bool)
    if not pruned:
        keys = keys[picked] if keys is not None else None
        outputs = outputs[picked] if outputs is not None else None
    ends = np.cumsum(marks.sum(axis=1))
    for row, member in enumerate(pack.members):
        part = slice(int(ends[row] - marks[row].sum()), int(ends[row]))
        found[member].append(Captured(_part(keys, part), _part(outputs, part)))


def _part(rows: Floats | None, part: slice) -> Floats:
    return rows[part] if rows is not None else np.empty((0, 0), np.float32)


def _joined(rows: Sequence[Captured]) -> Captured:
    return Captured(
        np.concatenate([row.keys for row in rows]), np.concatenate([row.outputs for row in rows])
    )


def next_logits(
    weights: Weights, sequences: Sequence[Tokens], layer: int | None = None,
    replacement: Floats | None = None,
) -> Floats:
    """Logits after the last token of each sequence (sequences, vocabulary).

    With `layer` and `replacement` (sequences, width) the MLP output of that layer at the last
    token is overwritten first: activation patching (Meng et al. 2022).
    """
    length = max(map(len, sequences))
    streams = weights.streams(length, max(1, BUDGET // length))
    names = {down_projection(layer).encode(): layer} if layer is not None else {}
    tap = _Tap(names, -1, want_keys=False, want_outputs=False, go_on=True)
    width = native.vocabulary_size(weights.pointer)
    final = layer == llama.llama_model_n_layer(weights.pointer) - 1
    found = np.empty((len(sequences), width), np.float32)
    watch = tap if names else None
    size = streams * (length + 3)
    with contexts.open_context(weights, streams, length, size, watch=watch) as open_:
        for pack in contexts.packs([len(s) for s in sequences], streams, BUDGET):
            marks = _marks(pack, [[len(s) - 1] for s in sequences])
            if replacement is not None:
                tap.patch = _patch(marks, replacement[pack.members], final)
            _pass(open_, tap, [sequences[i] for i in pack.members], pack.length, marks)
            found[pack.members] = contexts.logits(open_, len(pack.members), width)
    return found


def _patch(
    marks: NDArray[np.int8], replacement: Floats, pruned: bool
) -> Callable[[Floats], Floats]:
    def put(rows: Floats) -> Floats:
        picked = np.ones(len(rows), bool) if pruned else marks.ravel().astype(bool)
        rows[picked] = replacement
        return rows

    return put
