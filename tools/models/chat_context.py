"""The context a conversation runs in: prompts in, logits out, and what llama.cpp remembers between.

A prompt is decoded in blocks of fixed size, and only whole blocks are kept for the next prompt. So
what is remembered was computed exactly as it would be anew, and logits do not depend on what was
asked before, to the last bit. Must be used from one thread only.
"""

import ctypes
from collections.abc import Sequence

import numpy as np
from llama_cpp import llama_cpp as llama
from numpy.typing import NDArray

from tools.errors import ModelError
from tools.models import log, native

BLOCK = 128
"""Tokens decoded at once; a larger block is hardly faster on a CPU and forgets more."""

_ABORTED = 2


class Cancelled(Exception):
    """Decoding was given up on demand."""


class ChatContext:
    """One `llama_context` of `length` tokens on a loaded model."""

    def __init__(self, model: int, length: int, threads: int) -> None:
        params = llama.llama_context_default_params()
        params.n_ctx = length
        params.n_batch = params.n_ubatch = BLOCK
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        # llama.cpp asks after every node whether to give up. Asking Python would cost 2 ms a token,
        # so it asks C's `strlen` about this buffer: empty, go on; one character long, give up.
        self._flag = ctypes.create_string_buffer(2)
        strlen = ctypes.cast(ctypes.CDLL(None).strlen, llama.ggml_abort_callback)
        params.abort_callback, params.abort_callback_data = strlen, ctypes.addressof(self._flag)
        point = log.mark()
        self.pointer: int = llama.llama_init_from_model(model, params)
        if not self.pointer:
            raise ModelError(f"no context of {length} tokens: {log.since(point) or 'no memory'}")
        self.length = length
        # a recurrent state has no last token that could be taken out of it
        recurrent = llama.llama_model_is_recurrent(model) or llama.llama_model_is_hybrid(model)
        self.rewinds = not recurrent
        self._width = native.vocabulary_size(model)
        self._blocks: list[int] = []
        self.used = 0

    def read(self, prompt: Sequence[int]) -> None:
        """Decode a prompt from the start of the context, reusing whole blocks of the last one."""
        keep = self._keep(prompt)
        self.used = keep
        for start in range(keep, len(prompt), BLOCK):
            block = prompt[start : start + BLOCK]
            self.step(block)
            if len(block) == BLOCK:
                self._blocks += block

    def step(self, tokens: Sequence[int]) -> None:
        """Decode the next tokens.

        Raises:
            Cancelled: `cancel` was called meanwhile.
            ModelError: llama.cpp failed.
        """
        values = (ctypes.c_int32 * len(tokens))(*tokens)
        code = llama.llama_decode(self.pointer, llama.llama_batch_get_one(values, len(tokens)))
        if code == _ABORTED:
            self.clear()
            raise Cancelled
        if code != 0:
            self.clear()
            raise ModelError(f"the model failed on {len(tokens)} tokens (llama_decode: {code})")
        self.used += len(tokens)

    def undo(self) -> None:
        """Take the last token back; `rewinds` says whether that is possible."""
        self.used -= 1
        llama.llama_memory_seq_rm(llama.llama_get_memory(self.pointer), 0, self.used, -1)

    def logits(self) -> NDArray[np.float32]:
        """float32[vocabulary] after the last token; a view that the next step overwrites."""
        rows: NDArray[np.float32] = np.ctypeslib.as_array(
            llama.llama_get_logits_ith(self.pointer, -1), shape=(self._width,)
        )
        return rows

    def clear(self) -> None:
        """Forget every token."""
        llama.llama_memory_clear(llama.llama_get_memory(self.pointer), True)
        self._blocks, self.used = [], 0

    def set_adapter(self, adapter: int | None) -> None:
        """Plug an adapter in or out; what was decoded without it is forgotten."""
        native.set_adapter(self.pointer, adapter)
        self.clear()

    def cancel(self, wanted: bool) -> None:
        """Ask the running decode to stop, or take the wish back. Safe from any thread."""
        self._flag[0] = b"x" if wanted else b"\0"

    def close(self) -> None:
        """Free the context."""
        llama.llama_free(self.pointer)

    def _keep(self, prompt: Sequence[int]) -> int:
        """Drop all but the blocks that begin this prompt too; returns the tokens kept."""
        keep = 0
        # the last token is always decoded, for its logits
        while (end := keep + BLOCK) < len(prompt) and self._blocks[keep:end] == prompt[keep:end]:
            keep = end
        memory = llama.llama_get_memory(self.pointer)
        if keep == 0 or not llama.llama_memory_seq_rm(memory, 0, keep, -1):
            self.clear()
            return 0
        self._blocks = self._blocks[:keep]
        return keep
