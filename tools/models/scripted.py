"""A model that says what a script tells it, for demonstrations and for tests of all around a model.

It has the engine's interface and no weights. A script is a list of replies, given in order, or a
JSON file: `["first", "second"]` or `{"replies": [...], "rules": [{"when": REGEX, "reply": TEXT}]}`.
A rule whose pattern is found in the last user turn answers before the list is asked.
"""

import hashlib
import json
import re
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from tools.errors import AdapterRefused, ModelError, ModelFileError, ScriptExhausted
from tools.models.characters import whole
from tools.models.runs import Runs
from tools.models.types import GREEDY, Message, ModelInfo, Sampling, Steering

P = ParamSpec("P")
R = TypeVar("R")
Reply = Callable[[Sequence[Message]], str]

NO_WEIGHTS = "a scripted model has no weights"


@dataclass(frozen=True, slots=True)
class Call:
    """One question a scripted model was asked."""

    messages: tuple[Message, ...]
    sampling: Sampling
    steering: Steering | None = None


class ScriptedModel:
    """Replies from a list, in order, or from a function of the conversation.

    A word counts as a token. `calls` keeps what was asked.
    """

    def __init__(self, replies: Iterable[str] | Reply, *, ref: str = "scripted") -> None:
        self.calls: list[Call] = []
        self._queue = deque[str]() if callable(replies) else deque(replies)
        self._reply: Reply = replies if callable(replies) else self._next
        self._runs = Runs(lambda _: None)
        self._closed = False
        self._cleanups: list[Callable[[], object]] = []
        self.info = _info(ref)

    @classmethod
    def from_file(cls, path: Path, *, ref: str | None = None) -> Self:
        """Read a script.

        Raises:
            ModelFileError: no file, no JSON, or another shape than the module says.
        """
        replies, rules = _read_script(path)
        model = cls(replies, ref=ref or f"scripted:{path}")
        model._reply = lambda messages: _by_rule(rules, messages) or model._next(messages)
        return model

    def stream(
        self, messages: Sequence[Message], sampling: Sampling = GREEDY,
        steering: Steering | None = None,
    ) -> Generator[str, None, None]:
        """The reply word by word, at most `max_tokens` of them; no schema or steering changes it.

        Raises:
            ScriptExhausted: there is no reply left.
        """
        self._check_open()
        with self._runs.expected() as run:
            self.calls.append(Call(tuple(messages), sampling, steering))
            words = re.findall(r"\s*\S+", self._reply(messages))
            for word in words[: sampling.max_tokens]:
                if run.cancelled:
                    return
                yield word

    def complete(
        self, messages: Sequence[Message], sampling: Sampling = GREEDY,
        steering: Steering | None = None,
    ) -> str:
        """The whole reply; raises as `stream`."""
        return "".join(self.stream(messages, sampling, steering))

    def stop(self) -> None:
        """End the replies under way, keeping what they gave. From any thread."""
        self._runs.stop()

    def clear(self) -> None:
        """Nothing is kept of earlier prompts."""

    @property
    def adapter(self) -> bytes | None:
        """Always None: there are no weights to adapt."""
        return None

    def set_adapter(self, gguf: bytes | None) -> None:
        """Accept None only.

        Raises:
            AdapterRefused: an adapter was given.
        """
        self._check_open()
        if gguf is not None:
            raise AdapterRefused(f"{NO_WEIGHTS} to adapt")

    def logits(self, messages: Sequence[Message]) -> NDArray[np.float32]:
        """Refuse.

        Raises:
            ModelError: always.
        """
        raise ModelError(f"{NO_WEIGHTS} and so no logits ({len(messages)} messages given)")

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Words of the conversation."""
        return sum(len(message.content.split()) for message in messages)

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run and return the result; no thread owns a scripted model."""
        self._check_open()
        return function(*args, **kwargs)

    def on_close(self, function: Callable[[], object]) -> None:
        """Run at `close`; the last one given runs first."""
        self._cleanups.append(function)

    def close(self) -> None:
        """Stop. Closing twice is harmless."""
        self.stop()
        self._closed = True
        while self._cleanups:
            self._cleanups.pop()()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next(self, messages: Sequence[Message]) -> str:
        if not self._queue:
            asked = messages[-1].content if messages else ""
            raise ScriptExhausted(f"the script has no reply left for {asked[:80]!r}")
        return self._queue.popleft()

    def _check_open(self) -> None:
        if self._closed:
            raise ModelError("the model is closed")


def _info(ref: str) -> ModelInfo:
    return ModelInfo(
        ref=ref, name="scripted", architecture="scripted", layers=0, width=0, feed_forward=0,
        context_length=1 << 20, size_bytes=0, fingerprint=hashlib.sha256(ref.encode()).hexdigest(),
        quantisation="none", editable=False, why_not_editable=NO_WEIGHTS, instruct=True,
    )


Rules = list[tuple[re.Pattern[str], str]]


def _read_script(path: Path) -> tuple[list[str], Rules]:
    try:
        script = json.loads(path.read_text("utf-8"))
        return _replies(script), _rules(script)
    except OSError as error:
        raise ModelFileError(f"no script at {str(path)!r}: {error.strerror}") from error
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, re.error) as error:
        raise ModelFileError(f"{str(path)!r} is no script: {error}") from error


def _replies(script: Any) -> list[str]:
    replies = script.get("replies", []) if isinstance(script, dict) else script
    if not isinstance(replies, list) or not all(isinstance(each, str) for each in replies):
        raise TypeError("a list of replies was expected")
    return list(map(whole, replies))


def _rules(script: Any) -> Rules:
    rows = script.get("rules", []) if isinstance(script, dict) else []
    return [(re.compile(row["when"], re.IGNORECASE), whole(str(row["reply"]))) for row in rows]


def _by_rule(rules: Rules, messages: Sequence[Message]) -> str | None:
    asked = next((each.content for each in reversed(messages) if each.role == "user"), "")
    return next((reply for pattern, reply in rules if pattern.search(asked)), None)
