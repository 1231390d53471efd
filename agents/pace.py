"""When text is shown: only at the ticks of a clock that starts with the turn.

A guarded answer takes another way than a free one, and a few milliseconds would tell which it was.
Between two ticks nobody can see who was ready first.
"""

from dataclasses import dataclass
from time import monotonic, sleep

from agents.context import Emit
from agents.events import AnswerGrew, Event

GRACE = 0.005
"""Seconds after a tick in which what was waiting may still be shown."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Ticks of `tick` seconds since `begun` (monotonic); without a tick nothing waits."""

    begun: float
    tick: float

    def keep(self, emit: Emit) -> Emit:
        """`emit`, with the answer's text held until the next tick."""

        def emit_in_step(event: Event) -> None:
            if isinstance(event, AnswerGrew):
                self.wait()
            emit(event)

        return emit_in_step

    def wait(self, grace: float = GRACE) -> None:
        """Wait for the next tick, unless one was less than `grace` seconds ago."""
        late = (monotonic() - self.begun) % self.tick if self.tick else 0.0
        if late > grace:
            sleep(self.tick - late)
