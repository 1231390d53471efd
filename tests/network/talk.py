"""A whole talk in a process of its own, every socket recorded: `python -m tests.network.talk`.

The arguments are the data directory, the cache, the model's reference, and the file for the record.
A hook of the interpreter sees what Python does; a library loaded before the C library, if there is
one, sees the rest and the children.
"""

import json
import sys
from pathlib import Path
from typing import Any

EVENTS = (
    "socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
    "socket.gethostbyname", "socket.gethostbyaddr", "urllib.Request", "http.client.connect",
)  # fmt: skip


def main() -> None:
    data, cache, model, record = sys.argv[1:]
    seen: list[list[Any]] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in EVENTS:
            if event.startswith("socket.") and isinstance(arguments[-1], str | bytes):
                return  # a socket in the file system
            seen.append([event, *(str(each) for each in _where(event, arguments))])

    sys.addaudithook(hook)
    if model == "nothing but a call":
        _call()
    else:
        _talk(Path(data), Path(cache), model)
    Path(record).write_text(json.dumps(seen), "utf-8")


def _where(event: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        return tuple(arguments[1][:2]) if isinstance(arguments[1], tuple) else ("?",)
    return tuple(arguments[:2])


def _talk(data: Path, cache: Path, model: str) -> None:
    from tui.compose import open_session
    from tui.settings import Settings

    session = open_session(Settings(model=model, data_dir=data, cache_dir=cache))
    list(session.send("remember that Marcus Feld restores old violins in Turku"))
    list(session.send("Where was Marcus Feld born?"))
    list(session.send("Marcus Feld", intent="forget"))
    list(session.resume(True))
    list(session.send("Where was Marcus Feld born?"))
    list(session.send("Marcus Feld", intent="restore"))
    states = [row["state"] for row in [*session.requests()]]
    list(session.resume(True))
    assert states == ["active"], states
    assert [row["state"] for row in session.requests()] == ["restored"]
    session.close()


def _call() -> None:
    """For the test of the witnesses themselves."""
    import socket
    import subprocess
    from contextlib import suppress

    with suppress(OSError):
        socket.create_connection(("127.0.0.1", 9), 1).close()
    child = "import socket; socket.socket().connect_ex(('127.0.0.1', 19))"
    subprocess.run([sys.executable, "-c", child], check=True)


if __name__ == "__main__":
    main()
