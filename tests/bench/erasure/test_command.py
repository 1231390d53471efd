"""The bench runs the real app, command line and kills, here in small."""

import json
from pathlib import Path

import pytest

from bench.erasure import command
from bench.erasure.secrets import secrets


def test_it_runs_in_small_and_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "script.json"
    file.write_text(json.dumps(command.SCRIPT), "utf-8")
    out = tmp_path / "out.json"
    arguments = [
        "--model", f"scripted:{file}", "--secrets", "2", "--memories", "4", "--runs", "1",
        "--turns", "10", "--json", str(out), "--docs", str(tmp_path),
    ]
    command.main(arguments)
    found = json.loads(out.read_text())
    canary, kills, soak = found["canary"], found["kills"], found["soak"]
    assert canary["vector_before"] == 2, "or the search proves nothing"
    assert (canary["text"], canary["vector"], canary["still_told"]) == ([], [], [])
    assert len(canary["seconds"]) == 2
    assert (kills["half"], kills["hits"]) == ([], 0)
    assert kills["killed"] == 1 <= kills["runs"]
    assert kills["as_before"] + kills["carried_through"] == kills["runs"]
    assert soak["turns"] == 10
    assert "| canary | secrets | 2 |" in capsys.readouterr().out
    assert "still told" in (tmp_path / "erasure-figures.md").read_text()
    command.main(["--parts", "--json", str(out)])
    assert json.loads(out.read_text()) == found, "what is not run is taken from there"


@pytest.mark.parametrize(("found", "bars"), [
    ({"canary": {"text": [["x", "y"]], "seconds": [1.0]}}, ["canary: text or vectors found"]),
    ({"canary": {"seconds": [10.1]}}, ["canary: a request took too long"]),
    ({"kills": {"half": ["run 3"], "hits": 1}},
     ["kills: half states", "kills: text or vectors found"]),
    ({"soak": {"memory_growth": 0.11, "files_first": 9, "files_last": 12, "slower": 1.3}},
     ["soak: memory grew", "soak: files stayed open", "soak: turns slowed down"]),
    ({}, []),
])
def test_every_bar_is_checked(found: dict[str, dict[str, object]], bars: list[str]) -> None:
    assert command.missed(found) == bars


def test_secrets_are_the_same_again_and_all_different() -> None:
    told = secrets(50, seed=1)
    assert told == secrets(50, seed=1) != secrets(50, seed=2)
    assert len({one.name for one in told}) == 50
    assert all(one.told.startswith(one.name) for one in told)
