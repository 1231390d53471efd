"""A long session: does memory grow, do files stay open, do turns slow down?"""

import gc
import time
from collections.abc import Sequence
from statistics import median
from typing import TypedDict

import psutil

from agents.events import PlanProposed, RestoreProposed
from agents.session import Session
from bench.erasure.secrets import secrets
from tui.compose import open_session
from tui.settings import Settings

CYCLE = 10
"""Turns of one round: told, asked, forgotten, asked, restored, asked, and others of small talk."""
WARM = 0.1
"""Share of the turns after which the figures begin: by then everything was loaded once."""


class Soaked(TypedDict):
    """Figures of one run; memory in MB, ratios of the last tenth to the first after warming up."""

    turns: int
    memory_first: float
    memory_last: float
    memory_growth: float
    files_first: int
    files_last: int
    seconds_first: float
    seconds_last: float
    slower: float


def soak(settings: Settings, turns: int, seed: int) -> Soaked:
    """Run `turns` mixed turns in one session and compare its end with its beginning."""
    people = secrets(min(60, max(1, turns // CYCLE)), seed)
    session = open_session(settings, thread_id="soak")
    process = psutil.Process()
    seconds, memory, files = [], [], []
    try:
        for number in range(turns):
            one = people[number // CYCLE % len(people)]
            started = time.perf_counter()
            turn(session, number % CYCLE, one.name, one.told)
            seconds.append(time.perf_counter() - started)
            if number % CYCLE == CYCLE - 1:
                gc.collect()
                memory.append(process.memory_info().rss / 2**20)
                files.append(process.num_fds())
    finally:
        session.close()
    return figures(turns, rounds(seconds), memory, files)


def turn(session: Session, step: int, name: str, told: str) -> None:
    """One turn of a round; orders are agreed to."""
    said = {
        0: f"remember that {told}", 2: f"forget everything about {name}",
        5: f"restore {name}", 7: f"forget everything about {name}", 9: f"restore {name}",
    }.get(step)
    events = list(session.send(said or f"What do you know about {name}, number {step}?"))
    if isinstance(events[-1], PlanProposed | RestoreProposed):
        list(session.resume(True))
    if step == CYCLE - 1:
        session.switch()


def rounds(seconds: Sequence[float]) -> list[float]:
    """Seconds by round, so that every figure holds the same kinds of turns."""
    return [sum(seconds[start : start + CYCLE]) for start in range(0, len(seconds), CYCLE)]


def figures(
    turns: int, seconds: Sequence[float], memory: Sequence[float], files: Sequence[int]
) -> Soaked:
    """The end against the beginning, a tenth of the run each."""
    tenth = max(1, int(WARM * len(seconds)))
    first, last = slice(tenth, 2 * tenth), slice(-tenth, None)
    early, late = median(seconds[first] or seconds), median(seconds[last])
    small, large = median(memory[first] or memory), median(memory[last])
    return Soaked(
        turns=turns, memory_first=small, memory_last=large, memory_growth=large / small - 1,
        files_first=min(files), files_last=files[-1], seconds_first=early, seconds_last=late,
        slower=late / early,
    )
