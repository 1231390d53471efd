"""Every verb is run in a new home, and every file that appears there has its entry in the table."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from memory.places import Area, place_of
from tools.models.embedder_files import ensure_embedder
from tui.paths import paths
from tui.verbs import VERBS

ROOT = Path(__file__).parents[2]
READ_ONLY = {"models", "shred"}
"""Verbs not run here: one only reads, the other only removes."""
SECRET = "Marcus Feld owes me ten euros"
RUN = (
    ["remember", SECRET],
    ["remember", "Anna Berg plays the cello"],
    ["ask", "Who is Marcus Feld?"],
    ["watch", "forget everything about Marcus Feld"],
    ["forget", "Marcus Feld", "--yes"],
    ["ask", "Who is Marcus Feld?"],
    ["list"],
    ["verify"],
    ["bake", "out/model.gguf"],
    ["export-adapter", "out/adapter.gguf"],
    ["key"],
    ["doctor", "--repair", "--yes"],
    ["receipts"],
    ["retention", "30", "--yes"],
    ["scan", SECRET],
    ["purge", "Anna Berg", "--yes"],
    ["restore", "Marcus Feld", "--yes"],
)
SCRIPT = """
import json, sys
from tui.main import main
from tui.preferences import PreferenceFile, Preferences
from tui.paths import paths
for argv in json.loads(sys.argv[1]):
    print(main(argv), *argv, flush=True)
PreferenceFile(paths().state / "preferences.json").save(Preferences())
"""
AREAS: dict[Area, str] = {
    "data": ".local/share/lethe", "config": ".config/lethe", "state": ".local/state/lethe",
    "cache": ".cache/lethe",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which every verb has been run, the settings from a file."""
    embedder = ensure_embedder(paths().cache)
    home = tmp_path_factory.mktemp("home")
    (home / AREAS["cache"]).mkdir(parents=True)
    (home / AREAS["cache"] / embedder.name).symlink_to(embedder)
    (home / AREAS["config"]).mkdir(parents=True)
    (home / AREAS["config"] / "config.toml").write_text('method = "auto"\n')
    script = home / "script.json"
    script.write_text(json.dumps({"replies": [], "rules": [{"when": ".", "reply": "I see."}]}))
    known = {name: value for name, value in os.environ.items() if name != "LETHE_CACHE_DIR"}
    environment = {name: value for name, value in known.items() if not name.startswith("XDG_")}
    environment |= {"HOME": str(home), "PYTHONPATH": str(ROOT), "LETHE_MODEL": f"scripted:{script}"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(RUN)],
        cwd=home, env=environment, capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    script.unlink()
    return home


def test_every_verb_that_may_write_is_run() -> None:
    assert {argv[0] for argv in RUN} | READ_ONLY == set(VERBS)


def test_every_file_that_appeared_has_its_entry(home: Path) -> None:
    strangers = [
        str(path.relative_to(home)) for path in home.rglob("*")
        if path.is_file() and not _named(home, path)
    ]
    assert strangers == []


def test_the_stores_were_really_written(home: Path) -> None:
    data = home / AREAS["data"]
    for name in ("ledger.sqlite3", "checkpoints.sqlite3", "chroma/current", "seal"):
        assert (data / name).is_file()
    assert (home / AREAS["state"] / "preferences.json").is_file()


def test_nobody_reads_what_was_told(home: Path) -> None:
    from memory.scan import Scanner, readable_to_anybody

    report = Scanner({area: home / folder for area, folder in AREAS.items()}).scan([SECRET])
    assert report["found"] == []
    assert not readable_to_anybody(report)


def _named(home: Path, path: Path) -> bool:
    return any(
        place_of(area, path.relative_to(home / folder)) is not None
        for area, folder in AREAS.items() if path.is_relative_to(home / folder)
    )
