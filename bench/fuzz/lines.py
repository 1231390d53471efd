"""The command line: any words after `lethe`, any bytes on its standard input."""

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import chain
from typing import get_args
from unittest.mock import patch

from hypothesis import strategies as st

from agents.events import Method
from bench.fuzz.echo import MOODS, EchoSession
from bench.fuzz.target import Lost, Target, scratch
from bench.fuzz.texts import TEXT, damaged
from tools.guarding.names import StrategyName
from tools.models.bake_order import Keep, Kind
from tui.main import main
from tui.ports import OpenSession
from tui.settings import Settings
from tui.verbs import VERBS

ON_TEXT = ("ask", "forget", "restore", "remember", "watch")
NO_SERVER = "http://127.0.0.1:9/v1#none"
CLOSED = "scripted:none.json"
REFERENCE = st.sampled_from(["m.gguf", "user/repo:q8_0", "~/m.gguf", CLOSED]) | TEXT
OPTION = st.one_of(
    st.sampled_from([["--json"], ["--yes"], ["--force"], ["--guest"], ["--help"], ["--version"],
                     ["-h"], ["--"], ["--jsno"], ["--json=1"], ["-"]]),
    REFERENCE.map(lambda ref: ["--model", ref]),
    TEXT.map(lambda text: ["--data-dir", text]),
    st.sampled_from(get_args(StrategyName)).map(lambda name: ["--strategy", name]),
    st.sampled_from(get_args(Method)).map(lambda name: ["--method", name]),
    st.sampled_from(get_args(Kind)).map(lambda name: ["--type", name]),
    st.sampled_from(get_args(Keep)).map(lambda name: ["--keep-edited", name]),
    st.tuples(st.sampled_from(["--model", "--strategy", "--method", "--type"]), TEXT).map(list),
)  # fmt: skip
WORDS = st.lists(TEXT | st.just("-"), max_size=3)
VERB = st.sampled_from(list(VERBS))
ARGV = st.one_of(
    st.tuples(
        st.lists(OPTION, max_size=2), VERB, WORDS, st.lists(OPTION, max_size=3)
    ).map(lambda p: [*chain(*p[0]), p[1], *p[2], *chain(*p[3])]),
    st.tuples(st.sampled_from(ON_TEXT), st.booleans()).map(
        lambda p: [p[0], "-", *(["--json"] if p[1] else [])]
    ),
    st.lists(TEXT | VERB, max_size=5),
)  # fmt: skip
STDIN = st.one_of(
    st.lists(TEXT, max_size=4).map(lambda rows: "\n".join(rows).encode(errors="surrogatepass")),
    damaged(b"Who is he?\nWhere does he live?\n"),
)


@dataclass(frozen=True)
class Command:
    """One start of the program: words, standard input, and how its session behaves."""

    argv: list[str]
    stdin: bytes
    mood: str


COMMAND = st.builds(Command, ARGV, STDIN, st.sampled_from(MOODS))


def check_command(command: Command) -> None:
    """It ends with a status, says in one line what is wrong, and answers every line once."""
    session = EchoSession(command.mood)
    status, out, err = run(command, session)
    assert "Traceback" not in err, err[-2000:]
    assert "(LETHE_DEBUG=1 shows where)" not in err, err[-2000:]
    assert status in (0, 1, 2), status
    assert status != 2 or err.strip(), "a failure without a word"
    _shows_no_controls(out, err)
    _answers_every_line(command, session, out, err)


def run(command: Command, session: EchoSession) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a command in this process."""
    with streams(command.stdin) as (out, err), _own_home():
        try:
            status = main(command.argv, lambda settings: _opener(settings, session))
        except SystemExit as left:  # help, version
            status = int(left.code or 0)
        sys.stdout.flush()
        sys.stderr.flush()
    return status, out.getvalue().decode(), err.getvalue().decode()


@contextmanager
def streams(stdin: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Standard streams as a pipe would give them."""
    out, err = io.BytesIO(), io.BytesIO()
    given = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    to_out = io.TextIOWrapper(out, encoding="ascii", write_through=True)
    to_err = io.TextIOWrapper(err, encoding="ascii", write_through=True)
    with patch.object(sys, "stdin", given), redirect_stdout(to_out), redirect_stderr(to_err):
        yield out, err
    to_out.detach()
    to_err.detach()


@contextmanager
def _own_home() -> Iterator[None]:
    """A home and a working folder of its own: `doctor` and `models` look round there."""
    home, here = scratch() / "home", os.getcwd()  # noqa: PTH109
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LETHE_")}
    own = {"HOME": str(home), "LETHE_CACHE_DIR": str(home / "cache"), "LETHE_THREADS": "2"}
    with patch.dict(os.environ, kept | own, clear=True):
        os.chdir(home)
        try:
            yield
        finally:
            os.chdir(here)


def _opener(settings: Settings, session: EchoSession) -> OpenSession:
    assert 1 <= settings.threads <= 256
    return session.open


def _shows_no_controls(out: str, err: str) -> None:
    raw = {char for char in out + err if char < " " and char not in "\n\t"}
    assert not raw, f"control characters reached the terminal: {raw!r}"


def _answers_every_line(command: Command, session: EchoSession, out: str, err: str) -> None:
    """With `-`, one answer or one error a line of standard input."""
    if command.argv[1:] not in (["-"], ["-", "--json"]) or command.argv[0] not in ON_TEXT:
        return
    given = len(io.BytesIO(command.stdin).readlines())
    refused = sum(line.startswith("lethe: line ") for line in err.split("\n"))
    if session.turns + refused != given:
        raise Lost(f"{given} lines, {session.turns} answered, {refused} refused")
    if "--json" in command.argv:
        objects = [json.loads(line) for line in out.split("\n")[:-1]]
        if len(objects) != given:
            raise Lost(f"{given} lines, {len(objects)} objects")


def command_target() -> Target:
    """The command line."""
    return Target("command line", COMMAND, check_command, 18)
