"""A model behind an OpenAI-compatible server: Ollama, LM Studio, llama-server, vLLM, or OpenAI.

Requests run on one owner thread, one after the other, as on the engine. A stop shuts the socket
down, so that the server sees it at once and computes no further. Its weights are out of reach.
"""

import hashlib
import json
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import AdapterRefused, ModelError, ServerError
from tools.models.characters import whole
from tools.models.owner import Owner
from tools.models.runs import Run, Runs
from tools.models.server import Server, is_loopback
from tools.models.streaming import Streaming
from tools.models.thinking import CLOSE, OPEN
from tools.models.types import GREEDY, Message, ModelInfo, Sampling, Steering

NO_WEIGHTS = "the weights are on a server"
LETTERS_A_TOKEN = 4
"""No server tells how many tokens a text has before it is sent; this is the usual estimate."""
LONGEST = 1 << 20
"""Characters of one answer; a server that sends more is cut off."""
LARGEST_BODY = 16 << 20
"""Bytes of an answer that does not come as a stream."""


class ServedModel(Streaming):
    """One model of a server.

    `model` None is the server's only one.

    Raises:
        ServerError: no such server, or it refuses.
        ModelNotFound: the server has no such model, or several and none was named.
    """

    def __init__(self, server: Server, model: str | None = None) -> None:
        self.server = server
        self.name = server.choose(model)
        self.info = _info(server.base_url, self.name)
        self._response: Any = None
        self._runs = Runs(self._interrupt)
        self._owner = Owner("server")
        self._cleanups = ExitStack()

    def clear(self) -> None:
        """What a server keeps of earlier prompts cannot be reached."""

    @property
    def adapter(self) -> bytes | None:
        """Always None: the weights cannot be reached."""
        return None

    def set_adapter(self, gguf: bytes | None) -> None:
        """Accept None only.

        Raises:
            AdapterRefused: an adapter was given.
        """
        if gguf is not None:
            raise AdapterRefused(f"{NO_WEIGHTS}, so nothing can be plugged into them")

    def logits(self, messages: Sequence[Message]) -> NDArray[np.float32]:
        """Refuse.

        Raises:
            ModelError: always.
        """
        raise ModelError(f"{NO_WEIGHTS}, and so are the logits of {len(messages)} messages")

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """An estimate from the number of letters."""
        return sum(1 + len(message.content) // LETTERS_A_TOKEN for message in messages)

    def on_close(self, function: Callable[[], object]) -> None:
        """Run at `close`; the last one given runs first."""
        self._cleanups.callback(function)

    def close(self) -> None:
        """Stop and hang up. Closing twice is harmless."""
        self.stop()
        self._owner.close()
        self._cleanups.close()
        self.server.close()

    def _generate(
        self, run: Run, messages: Sequence[Message], sampling: Sampling,
        steering: Steering | None = None,  # noqa: ARG002  tokens are chosen elsewhere
    ) -> Iterator[str]:
        if run.cancelled:
            return
        with self._runs.current(run), self.server.explained():
            try:
                yield from self._pieces(run, messages, sampling)
            except Exception:
                if not run.cancelled:  # a hung up connection ends in an error of its own
                    raise
            finally:
                self._response = None

    def _pieces(
        self, run: Run, messages: Sequence[Message], sampling: Sampling
    ) -> Iterator[str]:
        told = 0
        request = {"model": self.name, **_request(messages, sampling)}
        with self.server.answer(request, _form(sampling.schema)) as stream:
            self._response = stream.response
            for piece in _in_band(_deltas(stream)):
                if run.cancelled or told > LONGEST:
                    return
                if piece := piece[:LONGEST] if told else piece[:LONGEST].lstrip():
                    told += len(piece)
                    yield piece
        if not told and not run.cancelled:
            raise ServerError(f"the server at {self.server.base_url} sent an empty answer")

    def _interrupt(self, wanted: bool) -> None:
        """Hang up from another thread: only a shutdown wakes one that waits for the socket."""
        response = self._response
        if wanted and response is not None:
            with suppress(OSError, AttributeError):
                network = response.extensions["network_stream"]
                network.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class _Delta:
    """What one event of a server adds to the thought and to the answer."""

    thought: str
    answer: str


def _in_band(deltas: Iterable[_Delta]) -> Iterator[str]:
    """Thought and answer in one stream, the thought between its tags: see `thinking`."""
    thinking = False
    for delta in deltas:
        if delta.thought if thinking else delta.thought.strip():
            yield delta.thought if thinking else OPEN + delta.thought
            thinking = True
        if delta.answer:
            yield CLOSE + delta.answer if thinking else delta.answer
            thinking = False
    if thinking:
        yield CLOSE


def _deltas(stream: Any) -> Iterator[_Delta]:
    """The parts of an answer; one alone from a server that does not stream.

    Raises:
        ServerError: the answer was broken off.
    """
    if "text/event-stream" in stream.response.headers.get("content-type", ""):
        ended = None
        for choice in (chunk.choices[0] for chunk in stream if chunk.choices):
            ended = choice.finish_reason or ended
            yield _delta(choice.delta.model_dump())
        if not ended:
            raise ServerError("the server broke the answer off")
        return
    choices = json.loads(_body(stream.response))["choices"]
    yield from (_delta(choice["message"]) for choice in choices[:1])


def _delta(fields: Mapping[str, Any]) -> _Delta:
    """`reasoning_content` is DeepSeek's, llama-server's and vLLM's name, `reasoning` Ollama's, LM
    Studio's and newer vLLM's; some send both, with the same text."""
    thought = fields.get("reasoning_content") or fields.get("reasoning")
    return _Delta(_text(thought), _text(fields.get("content")))


def _text(value: object) -> str:
    return whole(value) if isinstance(value, str) else ""


def _body(response: Any) -> bytes:
    """All of a body that is not streamed, which may be long but must end."""
    body = bytearray()
    for part in response.iter_bytes():
        body += part
        if len(body) > LARGEST_BODY:
            raise ServerError("the server sends more than an answer can be")
    return bytes(body)


def _form(schema: str | None) -> dict[str, Any] | None:
    """A schema as the server is told it."""
    if schema is None:
        return None
    try:
        form = json.loads(schema)
    except ValueError as error:
        raise ModelError(f"what the answer should follow is no JSON schema: {error}") from error
    if not isinstance(form, dict):
        raise ModelError(f"what the answer should follow is no JSON schema: {schema[:80]!r}")
    return form


def _request(messages: Sequence[Message], sampling: Sampling) -> dict[str, Any]:
    request = {
        "messages": [{"role": m.role, "content": m.content} for m in messages],
        "temperature": sampling.temperature, "seed": sampling.seed,
    }
    if sampling.max_tokens != GREEDY.max_tokens:  # else a long thought would leave no answer
        request["max_tokens"] = sampling.max_tokens
    return request


def _info(base_url: str, name: str) -> ModelInfo:
    ref = f"{base_url}#{name}"
    return ModelInfo(
        ref=ref, name=name, architecture="served", layers=0, width=0, feed_forward=0,
        context_length=8192, size_bytes=0, fingerprint=hashlib.sha256(ref.encode()).hexdigest(),
        quantisation="unknown", editable=False, why_not_editable=NO_WEIGHTS, instruct=True,
        local=False, elsewhere=not is_loopback(base_url),
    )
