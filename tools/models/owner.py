"""The one thread that may touch a model: llama.cpp contexts are not safe to share.

Knows nothing of models; it runs functions, one after the other.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from tools.errors import ModelError

P = ParamSpec("P")
R = TypeVar("R")


class Owner:
    """A thread that runs what it is given, in the order it is given."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._ident = self._pool.submit(threading.get_ident).result()
        self.closed = False

    @property
    def here(self) -> bool:
        """Whether the caller already runs on this thread."""
        return threading.get_ident() == self._ident

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run on the owner thread and return the result; runs at once when already on it.

        Raises what the function raises, and ModelError after `close`.
        """
        if self.here:
            return function(*args, **kwargs)
        self._check()
        return self._pool.submit(function, *args, **kwargs).result()

    def start(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run on the owner thread without waiting; the future has the result or the error."""
        self._check()
        return self._pool.submit(function, *args, **kwargs)

    def close(self) -> None:
        """End the thread after the work already given to it. Closing twice is harmless."""
        self.closed = True
        self._pool.shutdown(wait=not self.here)

    def _check(self) -> None:
        if self.closed:
            raise ModelError("the model is closed")
