"""Killed at random moments: what the next start finds of a request is all of it, or nothing."""

import multiprocessing
import random
import shutil
import time
from pathlib import Path
from typing import TypedDict

from agents.events import AnswerFinished
from agents.session import Session
from bench.erasure.canary import looked_for, memories_of, search
from bench.erasure.secrets import Secret, secrets
from tui.compose import open_session
from tui.settings import Settings

PRELOADED = ["chromadb", "langgraph.graph", "llama_cpp", "memory.vectors", "agents.session",
             "bench.erasure.kills"]  # fmt: skip
WHOLE = ("active", "proposed", "declined")
"""States that are no half ones; a question that was cut off before it was asked is declined."""
TRIES = 4
"""Runs for each kill that is wanted, at most."""


class Killed(TypedDict):
    """What became of the runs: how each request was found, and what was wrong. Some runs ended
    before they were killed; they are looked at as well."""

    runs: int
    killed: int
    as_before: int
    carried_through: int
    half: list[str]
    hits: int


def kills(settings: Settings, runs: int, seed: int) -> Killed:
    """Order a forget, kill at a random moment, and look at what the next start finds, until `runs`
    were killed before they had ended.

    Every run begins with the same directory: two secrets told, one of them to be forgotten.
    """
    assert settings.data_dir is not None
    one, other = secrets(2, seed)
    before = settings.data_dir.with_name("before")
    begin(Settings(model=settings.model, data_dir=before), one, other)
    whole = timed(settings, before, one)
    draw = random.Random(seed)
    result = Killed(runs=0, killed=0, as_before=0, carried_through=0, half=[], hits=0)
    while result["killed"] < runs and result["runs"] < TRIES * runs:
        run = result["runs"] = result["runs"] + 1
        fresh(before, settings.data_dir)
        moment = draw.uniform(0.0, whole)
        result["killed"] += dies(settings, one, moment)
        look(settings, one, other, result, f"run {run}, {moment:.3f} s")
    return result


def begin(settings: Settings, one: Secret, other: Secret) -> None:
    """Tell both secrets and talk about them."""
    session = open_session(settings, thread_id="told")
    for told in (one, other):
        list(session.send(f"remember that {told.told}"))
        list(session.send(f"What do you know about {told.name}?"))
    session.close()


def timed(settings: Settings, before: Path, one: Secret) -> float:
    """Seconds from the start of a process to the end of the request, nothing being killed."""
    assert settings.data_dir is not None
    fresh(before, settings.data_dir)
    process = started(settings, one)
    begun = time.monotonic()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"a request that nothing killed ended with {process.exitcode}")
    return time.monotonic() - begun


def fresh(before: Path, data: Path) -> None:
    """The directory as it was before."""
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(before, data)


def started(settings: Settings, one: Secret) -> multiprocessing.Process:
    """A process that opens the directory and forgets `one`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=obey, args=(settings, one.name))
    process.start()
    return process  # type: ignore[return-value]


def obey(settings: Settings, name: str) -> None:
    """Forget somebody, agreeing to the plan."""
    session = open_session(settings, thread_id="told")
    list(session.send(f"forget everything about {name}"))
    list(session.resume(True))
    session.close()


def dies(settings: Settings, one: Secret, moment: float) -> bool:
    """Whether the process was still at work `moment` seconds after its start, and is dead now."""
    process = started(settings, one)
    process.join(moment)
    alive = process.is_alive()
    process.kill()
    process.join()
    return alive


def look(
    settings: Settings, one: Secret, other: Secret, result: Killed, which: str
) -> None:
    """Start again and see that the request holds whole or not at all, the other secret not at all;
    a request that holds has left nothing in the files."""
    session = open_session(settings, thread_id="after")
    rows = [row for row in session.requests() if row["subject"] == one.name]
    active = any(row["state"] == "active" for row in rows)
    guarded = _guarded(session, one)
    states = [row["state"] for row in rows if row["state"] not in WHOLE]
    session.close()
    with memories_of(settings) as memories:
        told = "\n".join(row["text"] for row in memories.all())
    if guarded != active or (one.told in told) == active or other.told not in told or states:
        result["half"].append(f"{which}: {states}, active {active}, guarded {guarded}")
    result["carried_through" if active else "as_before"] += 1
    if active:
        with looked_for(settings, [one]) as wanted:
            found = search(wanted, settings)
        result["hits"] += len(found["text"]) + len(found["vector"])


def _guarded(session: Session, one: Secret) -> bool:
    events = session.send(f"What do you know about {one.name}?")
    return any(isinstance(event, AnswerFinished) and event.guarded for event in events)

