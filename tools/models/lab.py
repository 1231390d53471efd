"""Experiments on a loaded model in private contexts: the chat's own context and adapter stay as
they are.

Questions in, answers out, many at a time; and the tokens behind them, for those that look inside.
It does not know what the experiments are for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tools.models import adapters, batch, probe
from tools.models.contexts import Tokens, Weights
from tools.models.taps import Kind, Want
from tools.models.types import Message, ModelInfo
from tools.models.workers import Done

ANSWER_LIMIT = 64
TURN_LIMIT = 48
"""Tokens of an answer and of a self-written user turn; longer ones are cut."""

_SENTINEL = "\u2402"
_R = TypeVar("_R")


class Host(Protocol):
    """What the lab needs of an engine."""

    @property
    def info(self) -> ModelInfo: ...

    @property
    def model(self) -> int: ...

    @property
    def threads(self) -> int: ...

    def call(self, function: Callable[[], _R]) -> _R: ...

    def render(self, messages: Sequence[Message]) -> str: ...

    def tokenise(self, text: str, *, special: bool) -> list[int]: ...

    def detokenise(self, tokens: Tokens) -> str: ...

    def prompt_tokens(self, messages: Sequence[Message]) -> list[int]: ...

    def text_tokens(self, text: str) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as text; `probability` is the mean over its tokens, `finished` False when cut."""

    text: str
    probability: float
    finished: bool


class Lab:
    """Batch work on one model, run on the engine's owner thread."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.weights = Weights(host.model, host.threads)

    @cached_property
    def _turn_marks(self) -> tuple[str, str]:
        """What the chat template writes before and after the content of a user turn."""
        before, _, after = self.host.render([Message("user", _SENTINEL)]).partition(_SENTINEL)
        return before, after

    @cached_property
    def _opening(self) -> list[int]:
        """The token that opens every prompt without being written in it, if there is one."""
        message = [Message("user", _SENTINEL)]
        written = self.host.tokenise(self.host.render(message), special=True)
        whole = self.host.prompt_tokens(message)
        return list(whole[:len(whole) - len(written)])

    @cached_property
    def question_start(self) -> int:
        """The position of a question's first token in its prompt."""
        before = self.host.tokenise(self._turn_marks[0], special=True)
        return len(self._opening) + len(before)

    def prompt(self, question: str, answer: str = "") -> list[int]:
        """Tokens of a conversation in which `question` was asked and `answer` has begun."""
        before, after = self._turn_marks
        asked = self._opening + self.host.tokenise(before + question + after, special=True)
        return asked + self.tokens(answer) if answer else asked

    def tokens(self, text: str) -> list[int]:
        """Tokens of plain text."""
        return self.host.tokenise(text, special=False) if text else []

    def text(self, text: str) -> list[int]:
        """Tokens of plain text that opens a context, outside of any conversation."""
        return self.host.text_tokens(text)

    def pieces(self, text: str) -> list[str]:
        """The text of each token of plain text."""
        return [self.host.detokenise([token]) for token in self.tokens(text)]

    @contextmanager
    def edited(self, adapter: bytes | None) -> Iterator["Lab"]:
        """The same lab on the model with an adapter plugged in (None: as it is)."""
        if adapter is None:
            yield self
            return
        with adapters.loaded(self.weights.pointer, adapter) as pointer:
            other = Lab(self.host)
            other.weights = replace(self.weights, adapter=pointer)
            yield other

    def ask(
        self, questions: Sequence[str], *, prefixes: Sequence[str] | None = None,
        limit: int = ANSWER_LIMIT, done: Done | None = None,
    ) -> list[Answer]:
        """Greedy answers; with `prefixes` each answer is continued from there, prefix included."""
        begun = prefixes or [""] * len(questions)
        prompts = [self.prompt(q, p) for q, p in zip(questions, begun, strict=True)]
        work = self.host.call(lambda: batch.generate(self.weights, prompts, limit, done=done))
        return [
            Answer(start + self.host.detokenise(got.tokens), got.probability, got.finished)
            for start, got in zip(begun, work, strict=True)
        ]

    def write_turns(self, count: int, seed: int, done: Done | None = None) -> list[str]:
        """User turns that the model writes itself from the bare chat template, at temperature 1.

        Turns that do not end are left out, so fewer may come back. Source: Magpie (Xu et al. 2024).
        """
        before, after = self._turn_marks
        prompts = [self._opening + self.host.tokenise(before, special=True)] * count
        work = self.host.call(lambda: batch.generate(
            self.weights, prompts, TURN_LIMIT, temperature=1.0, seed=seed, done=done
        ))
        end = after.strip().split("\n")[0]
        texts = [(self.host.detokenise(got.tokens), got.finished) for got in work]
        cut = [(text.partition(end)[0], finished or end in text) for text, finished in texts]
        return [text.strip() for text, finished in cut if finished and text.strip()]

    def capture(
        self, sequences: Sequence[Tokens], positions: Sequence[Sequence[int]], layer: int, *,
        keys: bool = True, outputs: bool = True, done: Done | None = None,
    ) -> probe.Captured:
        """Rows of one layer's down-projection; see `probe.capture`."""
        return self.host.call(lambda: probe.capture(
            self.weights, sequences, positions, [layer], keys=keys, outputs=outputs, done=done
        ))[layer]

    def tap(
        self, sequences: Sequence[Tokens], positions: Sequence[Sequence[int]],
        weights: Sequence[str] = (), streams: Sequence[str] = (), *,
        kinds: Sequence[Kind] = ("keys", "outputs"), done: Done | None = None,
    ) -> probe.Tapped:
        """What goes into and comes out of weights, and the residual stream, at the positions.

        `weights` are names of tensors (see `projections`); `streams` come from `taps.block_output`
        and `taps.mlp_input`. `kinds` of the weights: `outputs` are those of the file's own weights
        even under an adapter, `edited` have the adapter's share in them and exist only for weights
        that the plugged adapter changes. See `probe.tap` for order and errors.
        """
        wants = [Want(kind, name) for kind in kinds for name in weights]
        wants += [Want("streams", name) for name in streams]
        return self.host.call(
            lambda: probe.tap(self.weights, sequences, positions, wants, done)
        )

    def capture_layers(
        self, sequences: Sequence[Tokens], positions: Sequence[Sequence[int]]
    ) -> list[NDArray[np.float32]]:
        """Down-projection outputs of every layer, lowest first."""
        layers = range(self.host.info.layers)
        found = self.host.call(lambda: probe.capture(
            self.weights, sequences, positions, layers, keys=False
        ))
        return [found[layer].outputs for layer in layers]

    def next_logits(
        self, sequences: Sequence[Tokens], layer: int | None = None,
        replacement: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Logits after each sequence, with one layer's MLP output overwritten if asked."""
        return self.host.call(
            lambda: probe.next_logits(self.weights, sequences, layer, replacement)
        )

    def patched_logits(
        self, sequences: Sequence[Tokens], replacements: Mapping[Want, NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """Logits after each sequence, with outputs of weights or streams overwritten there; see
        `probe.patched_logits`."""
        return self.host.call(
            lambda: probe.patched_logits(self.weights, sequences, replacements)
        )

    def probabilities(
        self, sequences: Sequence[Tokens], starts: Sequence[int]
    ) -> list[NDArray[np.float32]]:
        """Probability of every token from `starts` on."""
        return self.host.call(lambda: batch.probabilities(self.weights, sequences, starts))
