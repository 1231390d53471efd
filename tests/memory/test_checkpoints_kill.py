"""A purge of the talk killed at any moment is whole or not begun, and its bytes go all the same."""

from pathlib import Path

import pytest

from memory.checkpoints import Checkpoints, Purged
from tests.memory.conftest import GLASS, Killed, sidecars
from tests.memory.test_checkpoints import say, talk

SCRIPT = """
from pathlib import Path
from tests.memory.conftest import GLASS
from memory.checkpoints import Checkpoints
checkpoints = Checkpoints(Path({path!r}), GLASS)
arm()
checkpoints.purge(["Zorblax"])
"""


@pytest.mark.parametrize(("target", "when", "purged"), [
    ("memory.checkpoint_rows:CheckpointRows.drop_older", "before", False),
    ("memory.checkpoint_rows:CheckpointRows.replace", "after", False),
    ("memory.checkpoints:scrub_later", "after", False),
    ("memory.checkpoints:scrub", "before", True),
    ("memory.sqlite:empty_log", "before", True),
    ("memory.checkpoints:scrub", "after", True),
])
def test_a_killed_purge(
    tmp_path: Path, killed: Killed, target: str, when: str, purged: bool
) -> None:
    path = tmp_path / "checkpoints.sqlite3"
    checkpoints = Checkpoints(path, GLASS)
    for thread_id in ("a", "b"):
        say(checkpoints, thread_id, "hello", "Zorblax hid rubies " * 200, "bye")
    checkpoints.close()
    killed(target, when, SCRIPT.format(path=str(path)))
    checkpoints = Checkpoints(path, GLASS)
    whole = ["hello", "bye"] if purged else ["hello", "Zorblax hid rubies " * 200, "bye"]
    assert talk(checkpoints, "a") == talk(checkpoints, "b") == whole
    if not purged:
        assert checkpoints.purge(["Zorblax"])[:2] == (2, 4)
    assert checkpoints.purge(["Zorblax"]) == Purged(0, 0, 0)
    assert b"orblax" not in sidecars(path)
    checkpoints.close()
