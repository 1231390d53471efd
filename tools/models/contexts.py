"""Private llama.cpp contexts for work on many short sequences at once.

Each sequence has a stream of its own in the cache (`kv_unified` off), so that attention costs the
sum of the sequences' own lengths, not of all of them together. Nothing here knows about chat.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from llama_cpp import llama_cpp as llama
from numpy.typing import NDArray

from tools.errors import ModelError
from tools.models import native

Tokens = Sequence[int]
EvalCallback = Callable[[int, bool, int | None], bool]

CELL = 256
"""llama.cpp pads every stream to this many cells."""

STREAMS = 128
"""Most sequences of one context; more gain nothing on a CPU (llama.cpp allows 256)."""

CACHE_BYTES = 192 << 20
"""Memory that the streams of one context may take together."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A loaded model as the batch work sees it: `pointer` is `llama_model *`, `adapter` an adapter
    loaded on it (`adapters.Adapter.pointer`) or None, `threads` to compute with."""

    pointer: int
    threads: int = 2
    adapter: int | None = None

    def streams(self, length: int, most: int = STREAMS) -> int:
        """How many sequences of `length` tokens fit the memory allowed, at most `most`."""
        most = min(most, STREAMS)
        cell = 4 * llama.llama_model_n_layer(self.pointer) * llama.llama_model_n_embd(self.pointer)
        return int(max(1, min(most, CACHE_BYTES // (cell * _padded(length)))))


def _padded(length: int) -> int:
    return -(-length // CELL) * CELL


@contextmanager
def open_context(
    weights: Weights, streams: int, length: int, batch: int, *,
    outputs: int = 0, watch: EvalCallback | None = None,
) -> Iterator[int]:
    """A context of `streams` sequences of up to `length` tokens, `batch` tokens a pass.

    `outputs` bounds the rows of logits in one pass (0: one a token). `watch` is called for every
    node of the graph as `cb_eval`; it must not raise.

    Raises:
        ModelError: llama.cpp could not make the context.
    """
    params = llama.llama_context_default_params()
    params.n_ctx, params.n_seq_max, params.kv_unified = _padded(length) * streams, streams, False
    params.n_batch = params.n_ubatch = batch
    params.n_outputs_max = outputs
    params.n_threads = params.n_threads_batch = weights.threads
    params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_AUTO
    params.no_perf = True
    callback = llama.ggml_backend_sched_eval_callback(watch) if watch else None
    if callback:
        params.cb_eval = callback
    context = llama.llama_init_from_model(weights.pointer, params)
    if not context:
        raise ModelError(f"no memory for {streams} sequences of {length} tokens")
    try:
        native.set_adapter(context, weights.adapter)
        yield context
    finally:
        llama.llama_free(context)


@dataclass(frozen=True, slots=True)
class Pack:
    """Sequences decoded together, all padded to `length`; `members` index the caller's list."""

    members: list[int]
    length: int


def packs(lengths: Sequence[int], streams: int, budget: int) -> list[Pack]:
    """Group sequences of like length: at most `streams` and `budget` tokens a pack.

    Padding goes behind a sequence, where causal attention cannot see it from before.
    """
    found: list[Pack] = []
    for index in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        length = -(-lengths[index] // 4) * 4
        last = found[-1] if found else None
        if last and last.length == length and len(last.members) < min(streams, budget // length):
            last.members.append(index)
        else:
            found.append(Pack([index], length))
    return found


def decode_pack(
    context: int, rows: Sequence[Tokens], length: int, outputs: NDArray[np.int8]
) -> None:
    """Decode sequences from their start, padded to `length`; `outputs` is (sequences, length)."""
    llama.llama_memory_clear(llama.llama_get_memory(context), False)
    tokens = np.array([[*row, *[row[-1]] * (length - len(row))] for row in rows], np.int32)
    positions = np.tile(np.arange(length, dtype=np.int32), len(rows))
    sequences = np.repeat(np.arange(len(rows)), length).tolist()
    decode(context, tokens.ravel(), positions, sequences, outputs.ravel())


def decode(
    context: int, tokens: NDArray[np.int32], positions: NDArray[np.int32],
    sequences: Sequence[int], outputs: NDArray[np.int8],
) -> None:
    """One `llama_decode`.

    Raises:
        ModelError: llama.cpp refused the batch.
    """
    with native.batch_of(tokens, positions, sequences, outputs) as batch:
        code = llama.llama_decode(context, batch)
    if code != 0:
        raise ModelError(f"decoding {len(tokens)} tokens failed with code {code}")


def logits(context: int, rows: int, width: int) -> NDArray[np.float32]:
    """The (rows, width) logits of the last pass, a view that the next pass overwrites."""
    found: NDArray[np.float32] = np.ctypeslib.as_array(
        llama.llama_get_logits(context), shape=(rows, width)
    )
    return found
