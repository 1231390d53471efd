"""The app starts whatever its file of preferences holds."""

from pathlib import Path

import pytest

from tui.preferences import PreferenceFile, Preferences


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"5", b"\xff", b'{"theme": 5}', b"[" * 100_000, b'{"theme": ']
)
def test_what_is_no_preference_is_the_default(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "preferences.json").write_bytes(content)
    assert PreferenceFile(tmp_path / "preferences.json").load() == Preferences()
