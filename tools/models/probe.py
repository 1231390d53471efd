"""Sees inside a forward pass: what goes into and comes out of linear weights, and the residual
stream between the blocks.

It does not know what the sequences mean.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import numpy as np
from llama_cpp import llama_cpp as llama
from numpy.typing import NDArray

from tools.errors import ModelError
from tools.models import contexts, native, workers
from tools.models.contexts import Tokens, Weights
from tools.models.taps import EMBEDDED, Floats, Patch, Want, Watch
from tools.models.workers import Done, Tally

_Job = tuple[Tokens, Sequence[int]]
"""A sequence and the positions wanted in it."""

BUDGET = 2048
"""Tokens of one pass."""


def down_projection(layer: int) -> str:
    """The name of a layer's down-projection weight."""
    return f"blk.{layer}.ffn_down.weight"


@dataclass(frozen=True, slots=True)
class Tapped:
    """Rows at the wanted positions, by the name of the weight or stream, in the order asked for.

    `keys` (rows, in) went into a weight, `outputs` (rows, out) are what the weight of the file
    makes of them: no bias and no adapter's share is in them. `edited` (rows, out) has the share of
    the adapter that is plugged in. `streams` (rows, width) are the running model's, edits included.
    """

    keys: dict[str, Floats] = field(default_factory=dict)
    outputs: dict[str, Floats] = field(default_factory=dict)
    edited: dict[str, Floats] = field(default_factory=dict)
    streams: dict[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Captured:
    """Rows of one layer, one for each wanted position, in the order they were asked for.

    `keys` (rows, feed_forward) went into the down-projection, `outputs` (rows, width) came out of
    the weight itself: an adapter's share is not in them. A kind not wanted has no rows.
    """

    keys: Floats
    outputs: Floats


def tap(
    weights: Weights, sequences: Sequence[Tokens], positions: Sequence[Sequence[int]],
    wants: Sequence[Want], done: Done | None = None,
) -> Tapped:
    """The wanted rows at the positions of every sequence (each wants at least one).

    The pass stops after the last wanted node. `done(sequences, of)` is called between passes.

    Raises:
        ModelError: the model never multiplies such a weight, or has no such stream.
    """

    def work(each: Weights, some: Sequence[_Job], tally: Tally) -> list[list[Floats]]:
        return _tapped(each, some, wants, tally)

    jobs = list(zip(sequences, positions, strict=True))
    rows = workers.shared(weights, jobs, work, done)
    found = Tapped()
    for place, want in enumerate(wants):
        table: dict[str, Floats] = getattr(found, want.kind)
        table[want.name] = np.concatenate([row[place] for row in rows])
    return found


def capture(
    weights: Weights, sequences: Sequence[Tokens], positions: Sequence[Sequence[int]],
    layers: Sequence[int], *, keys: bool = True, outputs: bool = True,
    done: Done | None = None,
) -> dict[int, Captured]:
    """Rows of every layer's down-projection; see `tap`."""
    names = [down_projection(layer) for layer in layers]
    wants = [Want("keys", name) for name in names] if keys else []
    wants += [Want("outputs", name) for name in names] if outputs else []
    found = tap(weights, sequences, positions, wants, done)
    none = np.empty((0, 0), np.float32)
    return {
        layer: Captured(found.keys.get(name, none), found.outputs.get(name, none))
        for layer, name in zip(layers, names, strict=True)
    }


def _tapped(
    weights: Weights, jobs: Sequence[_Job], wants: Sequence[Want], tally: Tally
) -> list[list[Floats]]:
    """For each job the rows of each want."""
    sequences, positions = [job[0] for job in jobs], [job[1] for job in jobs]
    found: list[list[Floats]] = [[] for _ in jobs]
    watch = Watch(wants)
    length = max(map(len, sequences))
    streams = weights.streams(length, max(1, BUDGET // length))
    packs = contexts.packs([len(s) for s in sequences], streams, BUDGET)
    every = [_marks(pack, positions) for pack in packs]
    late = _reach_the_last_layer(weights, wants)
    answered = every if late else [_only_first(marks) for marks in every]
    most = max(int(marks.sum()) for marks in answered)
    with _context(weights, streams, length, most, watch) as context:
        for pack, marks, asked in zip(packs, every, answered, strict=True):
            _pass(context, watch, [sequences[i] for i in pack.members], asked)
            for want in wants:
                rows = _picked(watch.rows[want], marks)
                for member, part in zip(pack.members, _shares(rows, marks), strict=True):
                    _, order = np.unique(positions[member], return_inverse=True)
                    found[member].append(part[order])
            tally.add(len(pack.members))
    return found


def _context(
    weights: Weights, streams: int, length: int, answers: int, watch: Watch | None
) -> AbstractContextManager[int]:
    """Room for passes with that many rows of logits; llama.cpp wants one a stream at least."""
    size, outputs = streams * (length + 3), max(streams, answers)
    return contexts.open_context(weights, streams, length, size, outputs=outputs, watch=watch)


def _reach_the_last_layer(weights: Weights, wants: Sequence[Want]) -> bool:
    """Whether llama.cpp may leave out rows without logits from what is wanted."""
    last = llama.llama_model_n_layer(weights.pointer) - 1
    names = {want.name for want in wants} - {EMBEDDED}
    numbers = [re.search(r"(?:blk\.|-)(\d+)", name) for name in names]
    return any(number is None or int(number[1]) == last for number in numbers)


def _only_first(marks: NDArray[np.int8]) -> NDArray[np.int8]:
    """One row of logits: a large vocabulary's cost more memory than everything else."""
    alone = np.zeros_like(marks)
    alone[0, 0] = 1
    return alone


def _marks(pack: contexts.Pack, positions: Sequence[Sequence[int]]) -> NDArray[np.int8]:
    marks = np.zeros((len(pack.members), pack.length), np.int8)
    for row, member in enumerate(pack.members):
        marks[row, list(positions[member])] = 1
    return marks


def _pass(
    context: int, watch: Watch, rows: Sequence[Tokens], marks: NDArray[np.int8]
) -> None:
    """One pass over a pack; the tokens marked have logits, and rows in every layer."""
    watch.begin()
    contexts.decode_pack(context, rows, marks.shape[1], marks)
    if watch.failure:
        raise ModelError(f"capture failed: {watch.failure}") from watch.failure
    if missing := watch.missing():
        raise ModelError(f"this model has no {missing[0]!r} that could be looked at")


def _picked(rows: Floats, marks: NDArray[np.int8]) -> Floats:
    """The marked rows. Late in the last layer llama.cpp computes only the rows with logits."""
    return rows if len(rows) == marks.sum() else rows[marks.ravel().astype(bool)]


def _shares(rows: Floats, marks: NDArray[np.int8]) -> list[Floats]:
    """The rows of each sequence of a pack."""
    return np.split(rows, np.cumsum(marks.sum(axis=1))[:-1])


def multiplies(weights: Weights, name: str) -> bool:
    """Whether a pass multiplies the weight of that name: an embedding that does is the output."""
    watch = Watch([Want("outputs", name)])
    with contexts.open_context(weights, 1, 1, 1, watch=watch) as context:
        contexts.decode_pack(context, [[0]], 1, np.ones((1, 1), np.int8))
    return not watch.missing()


def next_logits(
    weights: Weights, sequences: Sequence[Tokens], layer: int | None = None,
    replacement: Floats | None = None,
) -> Floats:
    """Logits after the last token of each sequence (sequences, vocabulary).

    With `layer` and `replacement` (sequences, width) the MLP output of that layer at the last
    token is overwritten first: activation patching (Meng et al. 2022).
    """
    if layer is None or replacement is None:
        return patched_logits(weights, sequences, {})
    output = Want("outputs", down_projection(layer))
    return patched_logits(weights, sequences, {output: replacement})


def patched_logits(
    weights: Weights, sequences: Sequence[Tokens], replacements: Mapping[Want, Floats],
) -> Floats:
    """Logits after the last token of each sequence, some of its activations there overwritten.

    `replacements` maps outputs of weights and streams to (sequences, width). An output is that of
    the file's own weight; an adapter's share is added to it afterwards.

    Raises:
        ModelError: the model has no such weight or stream, or cannot have it overwritten.
    """
    length = max(map(len, sequences))
    streams = weights.streams(length, max(1, BUDGET // length))
    width = native.vocabulary_size(weights.pointer)
    found = np.empty((len(sequences), width), np.float32)
    watch = Watch([], dict.fromkeys(replacements, np.copy))
    with _context(weights, streams, length, 1, watch if replacements else None) as context:
        for pack in contexts.packs([len(s) for s in sequences], streams, BUDGET):
            marks = _marks(pack, [[len(s) - 1] for s in sequences])
            for want, rows in replacements.items():
                watch.patches[want] = _patch(marks, rows[pack.members])
            _pass(context, watch, [sequences[i] for i in pack.members], marks)
            found[pack.members] = contexts.logits(context, len(pack.members), width)
    return found


def _patch(marks: NDArray[np.int8], replacement: Floats) -> Patch:
    def put(rows: Floats) -> Floats:
        if len(rows) == marks.sum():
            return replacement
        changed = rows.copy()
        changed[marks.ravel().astype(bool)] = replacement
        return changed

    return put
