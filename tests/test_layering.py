"""Who may know whom: pyproject's contracts, and that no product code reads the patient's world."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = ("agents", "memory", "prompts", "tools", "tui")
SOURCES = [path for package in PRODUCT for path in sorted((ROOT / package).rglob("*.py"))]
WORLD_MODULES = {path.stem for path in (ROOT / "patient").glob("*.py")} - {"__init__", "__main__"}
# The one place that names the patient: the composition root's path to the shipped GGUF.
COMPOSITION_ROOT = ROOT / "tui" / "compose.py"


def test_imports_keep_the_contracts() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_product_module_imports_the_patient(source: Path) -> None:
    imported = {name.split(".")[0] for name in _imported(source)}
    assert "patient" not in imported
    assert "bench" not in imported


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_product_module_names_a_file_of_the_patient(source: Path) -> None:
    if source == COMPOSITION_ROOT:
        named = [text for text in _strings(source) if text.startswith("patient")]
        assert all(text == "patient" or text.endswith(".gguf") for text in named)
        return
    for text in _strings(source):
        assert not _names_the_world(text), text


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_product_module_knows_a_person_of_the_world(source: Path, people: set[str]) -> None:
    text = source.read_text(encoding="utf-8")
    assert [name for name in people if name in text] == []


@pytest.fixture(scope="module")
def people() -> set[str]:
    """Full names of everybody in the patient's world, as anybody can list them."""
    result = subprocess.run(
        [sys.executable, "-m", "patient", "world"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    import json

    subjects = {json.loads(line)["subject"] for line in result.stdout.splitlines()}
    return {subject for subject in subjects if " " in subject}


def _imported(source: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def _strings(source: Path) -> list[str]:
    """String constants that code uses: docstrings and comments may speak of the patient."""
    tree = _tree(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    ]


def _names_the_world(text: str) -> bool:
    if text.startswith(("patient/", "patient.")):
        return True
    return text in {f"{module}.py" for module in WORLD_MODULES}


def _tree(source: Path) -> ast.Module:
    return ast.parse(source.read_text(encoding="utf-8"))
