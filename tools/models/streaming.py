"""What an engine and a served model share: answers computed on one thread, read on another."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import ParamSpec, Self, TypeVar

from tools.models.owner import Owner
from tools.models.runs import Run, Runs
from tools.models.types import GREEDY, Message, Sampling, Steering

P = ParamSpec("P")
R = TypeVar("R")


class Streaming(ABC):
    """A model that answers on `_owner`; `_runs` are its answers waiting or under way."""

    _owner: Owner
    _runs: Runs

    @abstractmethod
    def _generate(
        self, run: Run, messages: Sequence[Message], sampling: Sampling, steering: Steering | None
    ) -> Iterator[str]:
        """The answer in pieces, on the owner thread; ends early when the run is cancelled."""

    @abstractmethod
    def close(self) -> None:
        """Stop and release everything. Closing twice is harmless."""

    def stream(
        self, messages: Sequence[Message], sampling: Sampling = GREEDY,
        steering: Steering | None = None,
    ) -> Generator[str, None, None]:
        """The answer in pieces as they come; what `stop` cuts off is simply missing.

        Oldest turns are left out where an engine's context is shorter than the conversation. A
        thought comes before its answer between `<think>` and `</think>`: see `thinking`. An
        engine heeds the steering; a server cannot be steered and answers as without.

        Raises:
            TurnTooLong: the last turn alone does not fit.
            ModelError: the template refuses the conversation, llama.cpp fails, or the server does.
        """
        with self._runs.expected() as run:
            if self._owner.here:
                yield from self._generate(run, messages, sampling, steering)
                return
            future = self._owner.start(self._pump, run, list(messages), sampling, steering)
            future.add_done_callback(lambda _: run.pieces.put(None))
            while (piece := run.pieces.get()) is not None and not run.cancelled:
                yield piece
            if not run.cancelled:
                future.result()

    def complete(
        self, messages: Sequence[Message], sampling: Sampling = GREEDY,
        steering: Steering | None = None,
    ) -> str:
        """The whole answer; raises as `stream`."""
        return "".join(self.stream(messages, sampling, steering))

    def stop(self) -> None:
        """End the answers under way at once, keeping what they gave. From any thread."""
        self._runs.stop()

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run on the owner thread, after the running answer, and return the result."""
        return self._owner.call(function, *args, **kwargs)

    def _pump(
        self, run: Run, messages: Sequence[Message], sampling: Sampling, steering: Steering | None
    ) -> None:
        for piece in self._generate(run, messages, sampling, steering):
            run.pieces.put(piece)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
