"""Runs one forget, or its restore, in a process that kills itself at the n-th call of a port.

`python -m tests.agents.dying DATA CACHE MODEL ORDER N` prints how many calls there were when it
lives to tell. Every port that leaves something behind is counted, before and after the call.
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

COUNTED = ("ledger", "memories", "targets", "guard", "editor", "saved")


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


def main(data: str, cache: str, model: str, order: str, limit: str) -> None:
    """Open, order, agree; die on the way if the fuse is short enough."""
    from tui.compose import open_session
    from tui.settings import Settings

    settings = Settings(model=model or None, data_dir=Path(data), cache_dir=Path(cache))
    session = open_session(settings, thread_id="dying")
    list(session.send(order))
    fuse, context = Fuse(int(limit)), session._context
    ports = {name: getattr(context, name) for name in COUNTED}
    counted: dict[str, Any] = {
        name: Counted(port, fuse) for name, port in ports.items() if port is not None
    }
    session._context = replace(context, **counted)
    list(session.resume(True))
    sys.stdout.write(f"{fuse.burnt}\n")
    session.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
