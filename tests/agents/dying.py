"""Runs one order to forget or restore in a process that kills itself at the n-th call of a port.

Every port that leaves something behind is counted, before and after the call.
"""

import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.settings import Settings

COUNTED = ("ledger", "memories", "targets", "guard", "editor", "saved", "receipts")
SLOW_TO_IMPORT = ["chromadb", "langgraph.graph", "llama_cpp", "memory.vectors", "agents.session"]


class Fuse:
    """Counts down and kills the process, as a power cut would."""

    def __init__(self, limit: int) -> None:
        self.limit, self.burnt = limit, 0

    def burn(self) -> None:
        self.burnt += 1
        if self.burnt == self.limit:
            os.kill(os.getpid(), signal.SIGKILL)


class Counted:
    """A port whose every call burns the fuse twice."""

    def __init__(self, port: Any, fuse: Fuse) -> None:
        self._port, self._fuse = port, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._wrapped(found) if callable(found) else found

    def __call__(self, *args: Any) -> Any:
        return self._wrapped(self._port)(*args)

    def _wrapped(self, function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._fuse.burn()
            result = function(*args, **kwargs)
            self._fuse.burn()
            return result

        return call


def obey(settings: Settings, order: str, limit: int) -> None:
    """Open, order, agree; die on the way if the fuse is short enough."""
    from tui.compose import open_session

    session = open_session(settings, thread_id="dying")
    list(session.send(order))
    fuse, context = Fuse(limit), session._context
    ports = {name: getattr(context, name) for name in COUNTED}
    counted: dict[str, Any] = {
        name: Counted(port, fuse) for name, port in ports.items() if port is not None
    }
    session._context = replace(context, **counted)
    list(session.resume(True))
    session.close()


def dies(data: Path, cache: Path, model: str | None, order: str, limit: int) -> bool:
    """Whether a process that carries out `order` with this fuse is killed before it is done."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.agents.dying", *SLOW_TO_IMPORT])
    settings = Settings(model=model, data_dir=data, cache_dir=cache)
    process = context.Process(target=obey, args=(settings, order, limit))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), f"step {limit}: {process.exitcode}"
    return process.exitcode != 0
