"""An engine as a bench looks at it: `stream` is the bench's, the rest follows from it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from tools.models.engine import LlamaEngine
from tools.models.types import GREEDY, Message, ModelInfo, Sampling, Steering


class Wrapped(ABC):
    """A patient over `engine`."""

    def __init__(self, engine: LlamaEngine) -> None:
        self._engine = engine

    @property
    def info(self) -> ModelInfo:
        """The engine's."""
        return self._engine.info

    @abstractmethod
    def stream(
        self, messages: Sequence[Message], sampling: Sampling = GREEDY,
        steering: Steering | None = None,
    ) -> Iterator[str]:
        """The engine's answer, as the bench wants it."""

    def complete(
        self, messages: Sequence[Message], sampling: Sampling = GREEDY,
        steering: Steering | None = None,
    ) -> str:
        """The whole of such an answer."""
        return "".join(self.stream(messages, sampling, steering))

    def stop(self) -> None:
        """End the answer under way."""
        self._engine.stop()

    def clear(self) -> None:
        """Drop what the engine keeps of earlier prompts."""
        self._engine.clear()
