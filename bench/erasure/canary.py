"""The canary: secrets told, asked about and forgotten through the app and the command line, and
then looked for in the raw files by a script of its own."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from bench.erasure import raw_search
from bench.erasure.secrets import Secret, chatter, secrets
from memory.directory import DataDirectory
from memory.memories import Memories
from memory.vectors import VectorStore
from tools.models.embedder import Embedder
from tools.models.embedder_files import embedder_path
from tui.app import LetheApp
from tui.compose import open_session
from tui.paths import Paths, paths
from tui.screens.chat import ChatScreen
from tui.settings import Settings
from tui.stores import open_seal
from tui.widgets.consent import ConsentCard

PATIENCE = 120.0


class Found(TypedDict):
    """What the search found, and how long requests took, seconds."""

    secrets: int
    memories: int
    text_before: int
    vector_before: int
    text: list[list[str]]
    vector: list[list[str]]
    still_told: list[str]
    seconds: list[float]


def canary(settings: Settings, number: int, memories: int, seed: int) -> Found:
    """Run it in the settings' data directory, with `memories` others beside the secrets."""
    told = secrets(number, seed)
    fill(settings, chatter(memories - number))
    half = number // 2
    asyncio.run(in_app(settings, [f"remember that {one.told}" for one in told[:half]]))
    on_command_line(settings, "remember", [one.told for one in told[half:]])
    asyncio.run(in_app(settings, [f"What do you know about {one.name}?" for one in told]))
    with looked_for(settings, told) as wanted:
        before = search(wanted, settings)
        seconds = asyncio.run(
            in_app(settings, [f"forget everything about {one.name}" for one in told[:half]])
        )
        seconds += on_command_line(settings, "forget", [one.name for one in told[half:]], "--yes")
        after = search(wanted, settings)
    return Found(
        secrets=number, memories=memories, text_before=len(before["text"]),
        vector_before=len({which for which, _ in before["vector"]}), text=after["text"],
        vector=after["vector"], still_told=remembered(settings, told), seconds=seconds,
    )


async def in_app(settings: Settings, lines: Sequence[str]) -> list[float]:
    """Type lines into the real app, agreeing to every plan; seconds of each."""
    app = LetheApp(lambda progress: open_session(settings, progress=progress))
    seconds = []
    async with app.run_test(size=(100, 40)) as pilot:
        chat = app.screen_stack[0]
        assert isinstance(chat, ChatScreen)
        await _until(pilot, lambda: _phase(chat) == "idle" or app.failure)
        if app.failure:
            raise RuntimeError(app.failure)
        for line in lines:
            started = time.monotonic()
            chat.prompt.put(line)
            await pilot.press("enter")
            await pilot.pause()
            await _until(pilot, lambda: _phase(chat) in ("idle", "waiting"))
            if _phase(chat) == "waiting":
                await _until(pilot, lambda: chat.query(ConsentCard).last().armed)
                await pilot.press("y")
                await pilot.pause()
                await _until(pilot, lambda: _phase(chat) == "idle")
            seconds.append(time.monotonic() - started)
    return seconds


def _phase(chat: ChatScreen) -> str:
    return chat.phase


async def _until(pilot: Any, true: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await pilot.pause(0.01)


def on_command_line(
    settings: Settings, verb: str, lines: Sequence[str], *more: str
) -> list[float]:
    """Give the lines to one `lethe VERB -`; seconds of each, by when its result came."""
    command = [sys.executable, "-m", "tui.main", verb, "-", "--json", *more, *_options(settings)]
    seconds = []
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in lines:
            begun = time.monotonic()
            process.stdin.write(line + "\n")
            process.stdin.flush()
            result = json.loads(process.stdout.readline())
            if "error" in result:
                raise RuntimeError(f"{verb} {line!r}: {result['error']}")
            seconds.append(time.monotonic() - begun)
        process.stdin.close()
    return seconds


def _options(settings: Settings) -> list[str]:
    options = ["--data-dir", str(settings.data_dir)]
    return [*options, "--model", settings.model] if settings.model else options


def fill(settings: Settings, texts: Sequence[str]) -> None:
    """Put memories into a new directory, once a session has made its stores."""
    open_session(settings).close()
    with memories_of(settings) as memories:
        for text in texts:
            memories.add(text, thread_id="long ago", role="user", source="told")


@contextmanager
def memories_of(settings: Settings) -> Iterator[Memories]:
    """The memories of the settings' data directory, while no Lethe runs on it."""
    where = _where(settings)
    with (
        DataDirectory(where.data) as directory, Embedder(embedder_path(where.cache)) as embedder,
        closing(VectorStore(
            directory.chroma, embedder.embed, open_seal(settings, directory)
        )) as store,
    ):
        yield Memories(store)


def remembered(settings: Settings, told: Sequence[Secret]) -> list[str]:
    """The secrets that can still be recalled with the key."""
    with memories_of(settings) as memories:
        texts = "\n".join(row["text"] for row in memories.all())
    return [one.name for one in told if one.name in texts]


@contextmanager
def looked_for(settings: Settings, told: Sequence[Secret]) -> Iterator[Path]:
    """A file beside the data directory that says what is searched for: names and sentences, and
    the sentences' vectors as the embedder gives them and as they are stored."""
    where = _where(settings)
    texts = [text for one in told for text in (one.name, one.told)]
    with DataDirectory(where.data) as directory, Embedder(embedder_path(where.cache)) as embedder:
        plain = embedder.embed([one.told for one in told])
        turned = open_seal(settings, directory).turn(plain)
    file = where.data.with_name("wanted.npz")
    coded = np.frombuffer(json.dumps(texts).encode(), np.uint8)
    np.savez(file, texts=coded, vectors=np.concatenate([plain, turned]))
    try:
        yield file
    finally:
        file.unlink()


def search(wanted: Path, settings: Settings) -> dict[str, list[list[str]]]:
    """What the raw files of the data directory hold of what is wanted."""
    command = [sys.executable, raw_search.__file__, str(wanted), str(_where(settings).data)]
    printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found: dict[str, list[list[str]]] = json.loads(printed)
    return found


def _where(settings: Settings) -> Paths:
    return paths(settings.data_dir)
