"""An OpenAI-compatible server on loopback that does what a test tells it, the wrong things above
all."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODELS = {"object": "list", "data": [{"id": "one", "object": "model"}]}


@dataclass(frozen=True, slots=True)
class Body:
    """A whole response; `missing` bytes are announced and never sent."""

    content: bytes
    status: int = 200
    kind: str = "application/json"
    missing: int = 0
    headers: tuple[tuple[str, str], ...] = ()


PAGE = Body(b"<html><body>It works!</body></html>", kind="text/html")


def refusal(status: int, message: str) -> Body:
    """An error as OpenAI's own server words it."""
    return Body(json.dumps({"error": {"message": message}}).encode(), status)


class Misbehaving(ThreadingHTTPServer):
    """Answers with `script`, one entry a request; the last one stays.

    An entry is a status (an error), a text (streamed word by word), bytes (a body as it is, of
    type JSON), a `Body`, a list of (seconds to wait, text) whose last text may be None: hang up,
    or a function from the request to one of these. In a list a dictionary in place of a text is a
    whole delta, and bytes are sent as they are. `models` is what GET /v1/models gives.
    """

    daemon_threads = True

    def __init__(self, *script: Any, models: dict[str, Any] | Body | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = list(script)
        self.models = models or MODELS
        self.asked: list[dict[str, Any]] = []
        self.headers_seen: list[dict[str, str]] = []
        self.hung_up = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Misbehaving

    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is its own."""

    def do_GET(self) -> None:
        self.server.headers_seen.append(dict(self.headers))
        models = self.server.models
        if self.path != "/v1/models":
            self._send(Body(b"<html>nothing here</html>", 404, "text/html"))
        else:
            known = models if isinstance(models, Body) else Body(json.dumps(models).encode())
            self._send(known)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.headers_seen.append(dict(self.headers))
        self.server.asked.append(json.loads(body))
        script = self.server.script
        play = script.pop(0) if len(script) > 1 else script[0]
        if callable(play):
            play = play(self.server.asked[-1])
        if isinstance(play, int):
            play = refusal(play, f"refused, with {self.headers.get('authorization')}")
        if isinstance(play, bytes):
            play = Body(play)
        if isinstance(play, Body):
            self._send(play)
        else:
            words = [(0.0, word + " ") for word in play.split()] if isinstance(play, str) else play
            self._stream(words)

    def _send(self, body: Body) -> None:
        self.send_response(body.status)
        self.send_header("content-type", body.kind)
        self.send_header("content-length", str(len(body.content) + body.missing))
        for name, value in body.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.content)

    def _stream(self, pieces: list[tuple[float, Any]]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        try:
            for seconds, text in pieces:
                time.sleep(seconds)
                if text is None:
                    return
                if isinstance(text, bytes):
                    self.wfile.write(text)
                else:
                    self._event(text)
            self._event("", "stop")
            self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            self.server.hung_up.set()

    def _event(self, text: str | dict[str, Any], ended: str | None = None) -> None:
        delta = text if isinstance(text, dict) else {"content": text}
        chunk = {
            "id": "1", "object": "chat.completion.chunk", "created": 0, "model": "one",
            "choices": [{"index": 0, "delta": delta, "finish_reason": ended}],
        }
        self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        self.wfile.flush()


@contextmanager
def serving(*script: Any, models: dict[str, Any] | Body | None = None) -> Iterator[Misbehaving]:
    """The server, running."""
    with Misbehaving(*script, models=models) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
