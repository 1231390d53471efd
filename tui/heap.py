"""How the C library hands out memory: a long session must not grow by its threads' leavings."""

import ctypes
import os
from collections.abc import Mapping

_ARENA_MAX = -8
"""glibc's name for it, M_ARENA_MAX of malloc.h."""
ARENAS = 2
"""As many as threads that work at the same time."""


def share_heap(environ: Mapping[str, str] = os.environ) -> None:
    """Let all threads share `ARENAS` heaps, where glibc is in use and nobody has said otherwise.

    The graph begins new threads for every turn, the vector store for every purge, and glibc has a
    heap for up to eight of them a core, each of which keeps the most it ever held: a process grew
    by an eighth in 400 turns, with two heaps from a lower start and by a third of that.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt and "MALLOC_ARENA_MAX" not in environ:
        mallopt(_ARENA_MAX, ARENAS)
