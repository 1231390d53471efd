"""However many threads come and go, they share few heaps."""

import ctypes
import subprocess
import sys

import pytest

from tui.heap import ARENAS

THREADS = """
import ctypes, os, sys, threading
from tui.heap import share_heap
share_heap()
all_there = threading.Barrier(16)
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.fdopen.restype = ctypes.c_void_p, ctypes.c_void_p
def work():
    libc.malloc(1000)
    all_there.wait()
threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.malloc_info(0, ctypes.c_void_p(libc.fdopen(1, b"w")))
libc.fflush(None)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="glibc tells its heaps")
@pytest.mark.parametrize(("given", "most"), [({}, ARENAS), ({"MALLOC_ARENA_MAX": "3"}, 3)])
def test_threads_share_heaps_as_many_as_we_or_the_user_say(
    given: dict[str, str], most: int
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", THREADS], capture_output=True, check=True, env={**given}
    )
    assert ran.stdout.count(b"<heap nr=") == most
