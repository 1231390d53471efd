"""Who may know whom: pyproject's contracts, and that no product code reads the patient's world."""

from __future__ import annotations

import ast
import functools
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = ("agents", "memory", "prompts", "tools", "tui")
SOURCES = [path for package in PRODUCT for path in sorted((ROOT / package).rglob("*.py"))]
WORLD_MODULES = {path.stem for path in (ROOT / "patient").glob("*.py")} - {"__init__", "__main__"}
EXAMPLE = "Marcus Feld"
"""The person that help texts and documentation speak of."""
# The one place that names the patient: the composition root's path to the shipped GGUF.
COMPOSITION_ROOT = ROOT / "tui" / "compose.py"


def test_imports_keep_the_contracts() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_product_module_imports_the_patient_or_the_bench() -> None:
    outside = {"bench", "patient"}
    found = {_name(source): outside & _imported(source) for source in SOURCES}
    assert {name: imports for name, imports in found.items() if imports} == {}


def test_no_product_module_names_a_file_of_the_patient() -> None:
    """The composition root alone may: it knows where the shipped GGUF lies."""
    named = {_name(source): list(filter(_names_the_world, _strings(source))) for source in SOURCES}
    shipped = named.pop(_name(COMPOSITION_ROOT))
    assert [text for text in shipped if not text.endswith(".gguf")] == []
    assert {name: texts for name, texts in named.items() if texts} == {}


def test_no_product_module_knows_a_person_of_the_world(people: set[str]) -> None:
    texts = {_name(source): source.read_text("utf-8") for source in SOURCES}
    known = {(name, who) for name, text in texts.items() for who in people if who in text}
    assert known == set()


@pytest.fixture(scope="module")
def people() -> set[str]:
    """Everybody the patient knows, as anybody can list them."""
    result = subprocess.run(
        [sys.executable, "-m", "patient", "world"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = map(json.loads, result.stdout.splitlines())
    born = {row["subject"] for row in rows if row["attribute"] == "birthplace" and row["value"]}
    assert len(born) >= 100
    return born - {EXAMPLE}


def _imported(source: Path) -> set[str]:
    """Top-level packages that a module imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


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


def _name(source: Path) -> str:
    return str(source.relative_to(ROOT))


@functools.cache
def _tree(source: Path) -> ast.Module:
    return ast.parse(source.read_text("utf-8"))
