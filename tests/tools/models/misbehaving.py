"""An OpenAI-compatible server on loopback that does what a test tells it, the wrong things above
all."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODELS = {"object": "list", "data": [{"id": "one", "object": "model"}]}


class Misbehaving(ThreadingHTTPServer):
    """Answers with `script`, one entry a request; the last one stays.

    An entry is a status (an error), a text (streamed word by word), bytes (a body as it is, of
    type JSON), or a list of (seconds to wait, text) whose last text may be None: hang up.
    """

    daemon_threads = True

    def __init__(self, *script: Any, models: dict[str, Any] | None = None) -> None:
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
        if self.path != "/v1/models":
            self._send(404, b"<html>nothing here</html>", "text/html")
        else:
            self._send(200, json.dumps(self.server.models).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.headers_seen.append(dict(self.headers))
        self.server.asked.append(json.loads(body))
        script = self.server.script
        play = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(play, int):
            error = {"error": {"message": f"refused, with {self.headers.get('authorization')}"}}
            self._send(play, json.dumps(error).encode())
        elif isinstance(play, bytes):
            self._send(200, play)
        else:
            words = [(0.0, word + " ") for word in play.split()] if isinstance(play, str) else play
            self._stream(words)

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, pieces: list[tuple[float, str | None]]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        try:
            for seconds, text in pieces:
                time.sleep(seconds)
                if text is None:
                    return
                self._event(text)
            self._event("", "stop")
            self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            self.server.hung_up.set()

    def _event(self, text: str, ended: str | None = None) -> None:
        chunk = {
            "id": "1", "object": "chat.completion.chunk", "created": 0, "model": "one",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": ended}],
        }
        self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        self.wfile.flush()


@contextmanager
def serving(*script: Any, models: dict[str, Any] | None = None) -> Iterator[Misbehaving]:
    """The server, running."""
    with Misbehaving(*script, models=models) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
