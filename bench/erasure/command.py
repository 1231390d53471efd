"""Is what was told really gone? Canary secrets, kills at random moments, a long session.

    python -m bench.erasure [--parts canary kills soak] [--model REF] [--seed 1]
                            [--secrets 50] [--memories 2000] [--runs 200] [--turns 2000]
                            [--json OUT] [--docs DIR]

Every part has a data directory of its own in a temporary folder. Parts that are not run are taken
from OUT. Ends with 1 where something was found, half done, leaked or slower than the bars: 0 hits,
10 s, 10 % memory, ratio 1.2. On a model that was never studied the first request waits for the
study, a minute or two.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.command_line import parser_for, say
from bench.docs import write_page
from bench.erasure.canary import canary
from bench.erasure.kills import kills
from bench.erasure.soak import soak
from memory.errors import MemoryFault
from tools.errors import ToolError
from tui.settings import Settings

Row = Mapping[str, Any]
SCRIPT = {"rules": [{"when": ".", "reply": "I don't know anything about that."}]}
LONGEST, GROWTH, SLOWER = 10.0, 0.1, 1.2
"""The bars: seconds of a request, growth of memory, the last turns against the first."""


def parts(options: argparse.Namespace) -> dict[str, Callable[[Settings], Any]]:
    """Every part with its sizes."""
    seed = options.seed
    return {
        "canary": lambda at: canary(at, options.secrets, options.memories, seed),
        "kills": lambda at: kills(at, options.runs, seed),
        "soak": lambda at: soak(at, options.turns, seed),
    }


def run(part: Callable[[Settings], Any], model: str | None) -> Any:
    """One part in a directory of its own, with this model; None: the shipped one."""
    with tempfile.TemporaryDirectory(prefix="erasure-") as folder:
        return part(Settings(model=model, data_dir=Path(folder) / "data"))


def scripted(folder: Path) -> str:
    """Reference of a model that knows nothing, for what does not depend on one."""
    file = folder / "script.json"
    file.write_text(json.dumps(SCRIPT), "utf-8")
    return f"scripted:{file}"


def missed(found: Mapping[str, Row]) -> list[str]:
    """The bars that were missed, each in a line."""
    told = found.get("canary", {})
    killed = found.get("kills", {})
    soaked = found.get("soak", {})
    checks = {
        "canary: text or vectors found": told.get("text") or told.get("vector"),
        "canary: still remembered": told.get("still_told"),
        "canary: a request took too long": max(told.get("seconds", [0.0])) > LONGEST,
        "kills: half states": killed.get("half"),
        "kills: text or vectors found": killed.get("hits"),
        "soak: memory grew": soaked.get("memory_growth", 0.0) > GROWTH,
        "soak: files stayed open": soaked.get("files_last", 0) > soaked.get("files_first", 0) + 2,
        "soak: turns slowed down": soaked.get("slower", 0.0) > SLOWER,
    }
    return [name for name, bad in checks.items() if bad]


def markdown(found: Mapping[str, Row]) -> str:
    """A table of every figure."""
    lines = ["| part | figure | value |", "|---|---|---|"]
    for part, row in found.items():
        lines += [f"| {part} | {name.replace('_', ' ')} | {shown(row[name])} |" for name in row]
    return "\n".join(lines)


def shown(value: Any) -> str:
    """Seconds as their median and worst, lists by their length, numbers short."""
    if isinstance(value, list) and value and isinstance(value[0], float):
        return f"median {sorted(value)[len(value) // 2]:.2f}, worst {max(value):.2f}"
    if isinstance(value, list):
        return str(len(value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for on the command line."""
    names = ("canary", "kills", "soak")
    parser = parser_for("bench.erasure", __doc__)
    parser.add_argument("--parts", nargs="*", choices=names, default=list(names))
    parser.add_argument("--model", help="for every part; unset: the shipped one, scripted for kills"
                        " and soak")  # fmt: skip
    parser.add_argument("--seed", type=int, default=1)
    for name, size in (("secrets", 50), ("memories", 2000), ("runs", 200), ("turns", 2000)):
        parser.add_argument(f"--{name}", type=int, default=size)
    parser.add_argument("--json", type=Path, help="file of the figures, for going on as well")
    parser.add_argument("--docs", type=Path, help="folder for the page of results")
    return parser.parse_args(arguments)


def work(options: argparse.Namespace) -> int:
    """Run the parts and report.

    Raises:
        MemoryFault, ToolError: a session cannot be opened.
    """
    found: dict[str, Any] = {}
    if options.json and options.json.exists():
        found = json.loads(options.json.read_text())
    with tempfile.TemporaryDirectory(prefix="erasure-script-") as folder:
        for name, part in parts(options).items():
            if name not in options.parts:
                continue
            started = time.monotonic()
            model = options.model or (None if name == "canary" else scripted(Path(folder)))
            found[name] = run(part, model)
            say(f"{name}: {time.monotonic() - started:.0f} s")
    print(text := markdown(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    if options.docs:
        write_page(options.docs, "erasure-figures.md", "What is left of what was told", text)
    for line in (lines := missed(found)):
        say(f"missed: {line}")
    return int(bool(lines))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 2 with one line where it cannot be run."""
    try:
        return work(options_of(arguments))
    except (MemoryFault, ToolError) as error:
        say(f"bench.erasure: {error}")
        return 2
