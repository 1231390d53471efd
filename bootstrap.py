"""Set Lethe up in `.venv` beside this file: `python3 bootstrap.py [chat|test|train]`.

Runs before anything is installed, so it needs the standard library only, and it parses under older
Pythons so that they can be told what is missing. What it did is kept in a stamp, so the second run
is instant. Every obstacle is one line on stderr and exit code 2.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "lethe-setup.json"
LOG = VENV / "lethe-setup.log"

EXTRAS = {"chat": "", "test": "[dev]", "train": "[dev,train]"}
GOALS = list(EXTRAS)
"""Each installs all that those before it need."""

PYTHON_RANGE = ((3, 11), (3, 14))
GIB = 1 << 30
DISK_NEEDED = 3 * GIB
BUILD_DISK_NEEDED = 1 * GIB
# Needs what llama.cpp needs: C++17 with its standard library and threads.
CPP_PROGRAM = "#include <filesystem>\n#include <thread>\nint main() { return 0; }\n"
LONGEST_REASON = 300
KILLERS: dict[int, str] = {
    signal.SIGKILL: ", perhaps for want of memory",
    signal.SIGTERM: " by somebody",
}
SMALL_PACKAGE = "typing-extensions"
COMPILED_PACKAGE = "llama-cpp-python"


class Obstacle(Exception):
    """Why Lethe cannot be set up here: one line, with what would help."""


def main(arguments: list[str]) -> int:
    """Set up for a goal, `chat` unless told; 0 ready, 2 an obstacle, 130 interrupted."""
    goal = arguments[0] if arguments else "chat"
    try:
        if goal not in EXTRAS:
            raise Obstacle(f"unknown goal {goal!r}: expected one of {', '.join(EXTRAS)}")
        if not is_ready(goal):
            set_up(goal)
    except Obstacle as obstacle:
        print(f"lethe: {obstacle}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nlethe: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


def set_up(goal: str) -> None:
    """Check the machine, then build the environment step by step."""
    check_machine()
    step("Setting Lethe up in .venv (once; a few minutes)")
    make_environment()
    check_index()
    install_compiled()
    step("Installing the other packages")
    target = f"{ROOT}{EXTRAS[goal]}"
    run_pip(["install", "--editable", target], "the packages could not be installed")
    fetch_embedder()
    mark_ready(goal)
    step("Lethe is set up")


# What the machine must have


def check_machine() -> None:
    """Everything that can be known before anything is written."""
    check_python(sys.version_info[:2])
    check_venv_module()
    check_disk(ROOT, DISK_NEEDED)
    check_disk(Path(tempfile.gettempdir()), BUILD_DISK_NEEDED)
    if not has_package(COMPILED_PACKAGE):
        check_compiler()


def check_python(version: tuple[int, ...]) -> None:
    """Whether every dependency supports this Python."""
    lowest, above = PYTHON_RANGE
    if not lowest <= version < above:
        found = ".".join(map(str, version))
        raise Obstacle(
            f"Python {found} at {sys.executable} does not do: Lethe needs Python 3.11, 3.12 or "
            "3.13 (choose one with: make PYTHON=/path/to/python3.11 ...)"
        )


def check_venv_module() -> None:
    """Debian ships Python without the parts that make an environment."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        version = "{}.{}".format(*sys.version_info[:2])
        raise Obstacle(
            f"Python's {missing[0]!r} module is missing: on Debian or Ubuntu, "
            f"apt install python{version}-venv"
        )


def check_disk(folder: Path, needed: int) -> None:
    """Enough free space where `folder` lies; `needed` in bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Obstacle(
            f"too little disk: {free / GIB:.1f} GiB free in {str(folder)!r}, "
            f"{needed / GIB:.0f} GiB needed"
        )


def check_compiler() -> None:
    """A C and a C++17 compiler that work; cmake and ninja come from the package index."""
    for language, variable, names in (
        ("c", "CC", ("cc", "gcc", "clang")),
        ("c++", "CXX", ("c++", "g++", "clang++")),
    ):
        chosen = os.environ.get(variable, "").split()[:1] or [n for n in names if shutil.which(n)]
        if not chosen or not shutil.which(chosen[0]):
            raise Obstacle(
                f"no {language.upper()} compiler found ({', '.join(names)}): on Debian or Ubuntu, "
                "apt install build-essential; on macOS, xcode-select --install"
            )
    with tempfile.TemporaryDirectory() as scratch:
        command = [chosen[0], "-std=c++17", "-x", "c++", "-", "-o", f"{scratch}/program"]
        result = subprocess.run(command, input=CPP_PROGRAM, capture_output=True, text=True)
    if result.returncode:
        raise Obstacle(
            f"the C++ compiler {chosen[0]!r} cannot build a C++17 program: "
            f"{telling_line(result.stderr)}"
        )


def check_index() -> None:
    """pip can fetch a small package from wherever this machine's pip is told to look."""
    with tempfile.TemporaryDirectory() as scratch:
        command = ["download", "--quiet", "--no-deps", "--retries", "0", "--timeout", "20"]
        result = subprocess.run(
            pip([*command, "--dest", scratch, SMALL_PACKAGE]), capture_output=True, text=True
        )
    if result.returncode:
        raise Obstacle(
            "the package index cannot be reached (is there a network?): "
            f"{telling_line(result.stderr)}"
        )


# The steps


def make_environment() -> None:
    """A private environment; one made by a removed or unfit Python is made anew."""
    if environment_works():
        return
    result = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True
    )
    if result.returncode:
        raise Obstacle(
            f"no environment could be made in {str(VENV)!r}: "
            f"{telling_line(result.stdout + result.stderr)}"
        )


def environment_works() -> bool:
    """Whether `.venv` has a Python in the range, with pip."""
    if not VENV_PYTHON.exists():
        return False
    code = "import sys, pip; print(*sys.version_info[:2])"
    result = subprocess.run([str(VENV_PYTHON), "-c", code], capture_output=True, text=True)
    lowest, above = PYTHON_RANGE
    return not result.returncode and lowest <= tuple(map(int, result.stdout.split())) < above


def install_compiled() -> None:
    """llama.cpp's binding by itself: the one long step, with its own progress."""
    if has_package(COMPILED_PACKAGE):
        return
    step(f"Building {COMPILED_PACKAGE}: about 6 minutes on 2 cores, seconds if pip has it cached")
    requirement = pinned(COMPILED_PACKAGE)
    run_pip(["install", "--verbose", requirement], f"{requirement} could not be built")


def fetch_embedder() -> None:
    """The sentence embedder, into the user's cache."""
    result = subprocess.run([str(VENV_PYTHON), "-m", "tui.fetch"], cwd=ROOT)
    if result.returncode:
        raise Obstacle("the embedder is missing (see the line above)")


def run_pip(arguments: list[str], failure: str) -> None:
    """Run pip in the environment, everything to the log, its progress to the screen."""
    command = pip([*arguments, "--progress-bar", "off"])
    tail = [""]
    progress = Progress()
    with LOG.open("a", encoding="utf-8") as log:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as process:
            for line in process.stdout or ():
                log.write(line)
                progress.show(line)
                tail = [*tail[-400:], line]
    progress.end()
    if process.returncode < 0:
        raise Obstacle(f"{failure}: pip was killed{KILLERS.get(-process.returncode, '')}")
    if process.returncode:
        reason = telling_line("".join(tail))
        raise Obstacle(f"{failure}: {reason} (all of it in {str(LOG)!r})")


class Progress:
    """What pip is at: one line rewritten on a terminal, every tenth elsewhere."""

    BUILD_STEP = re.compile(r"^\s*\[(\d+)/(\d+)\]")
    PACKAGE = re.compile(r"^\s*(?:Collecting|Building wheel for) ([\w.-]+)")

    def __init__(self) -> None:
        self._tenth = -1
        self._terminal = sys.stderr.isatty()

    def show(self, line: str) -> None:
        build = self.BUILD_STEP.match(line)
        if build:
            self._count(int(build[1]), int(build[2]))
        elif self._terminal and self.PACKAGE.match(line):
            self._rewrite(line.strip())

    def end(self) -> None:
        if self._terminal:
            self._rewrite("")

    def _count(self, done: int, total: int) -> None:
        text = f"compiled {done} of {total}"
        if self._terminal:
            self._rewrite(text)
        elif 10 * done // total > self._tenth:
            self._tenth = 10 * done // total
            print(f"   {text}", file=sys.stderr, flush=True)

    def _rewrite(self, text: str) -> None:
        shown = f"   {text[:70]}" if text else ""
        print(f"\r\033[K{shown}", end="", file=sys.stderr, flush=True)


# The stamp


def is_ready(goal: str) -> bool:
    """Whether the last set-up still fits: same goal (or more), place and declared packages."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return VENV_PYTHON.exists() and goal in stamp.get(fingerprint(), [])


def mark_ready(goal: str) -> None:
    """The goal is reached, and with it those before."""
    goals = GOALS[: GOALS.index(goal) + 1]
    STAMP.write_text(json.dumps({fingerprint(): goals}), encoding="utf-8")


def fingerprint() -> str:
    """Changes with the declared packages and with the place of this checkout."""
    declared = (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(declared + str(ROOT).encode()).hexdigest()


# Small helpers


def pinned(name: str) -> str:
    """The requirement for `name` as pyproject.toml has it."""
    found = re.search(rf'"({name}==[^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if found is None:
        raise Obstacle(f"pyproject.toml pins no {name!r}")
    return found[1]


def has_package(name: str) -> bool:
    """Whether the environment holds the pinned version already."""
    version = pinned(name).partition("==")[2]
    pattern = f"lib/python*/site-packages/{name.replace('-', '_')}-{version}.dist-info/RECORD"
    return environment_works() and any(VENV.glob(pattern))


def pip(arguments: list[str]) -> list[str]:
    """The command for the environment's own pip."""
    quiet = ["--no-input", "--disable-pip-version-check"]
    return [str(VENV_PYTHON), "-m", "pip", *arguments, *quiet]


def telling_line(text: str) -> str:
    """The first line that reports an error, for the later ones follow from it; else the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\berror:|CMake Error", line, re.IGNORECASE)]
    return (errors or lines[-1:] or ["no output"])[0][:LONGEST_REASON]


def step(text: str) -> None:
    """Say what happens next."""
    print(f"-- {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
