"""What pip-audit says, told apart: no hole, a hole, and nothing known."""

import pytest

from bench.audit import judge

SOUND = {"name": "sound", "version": "1", "vulns": []}
HOLED = {"name": "holed", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


def test_packages_without_a_hole(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge([SOUND, UNKNOWN]) == 0
    said = capsys.readouterr().out
    assert "not audited: unknown: not found" in said
    assert "1 packages audited, 0 known holes" in said


def test_a_hole_is_named_with_what_mends_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge([SOUND, HOLED]) == 1
    assert "holed 2: CVE-1, mended in 3" in capsys.readouterr().out


@pytest.mark.parametrize("packages", [[], [UNKNOWN, UNKNOWN]])
def test_advisories_that_cannot_be_read_are_no_clean_bill(
    packages: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert judge(packages) == 2
    assert "nothing was audited" in capsys.readouterr().err
