"""What is installed is what is in the repository: `pipx install .` gives a complete `lethe`."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ("agents", "bench", "memory", "patient", "prompts", "tools", "tui")
IMPORT_NAMES = {
    "confusable-homoglyphs": "confusable_homoglyphs",
    "langgraph-checkpoint-sqlite": "langgraph.checkpoint.sqlite",
    "llama-cpp-python": "llama_cpp",
    "pyahocorasick": "ahocorasick",
    "scikit-learn": "sklearn",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    return next(folder.glob("lethe-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked as pip would, far from the repository."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
         "--target", str(folder), str(wheel)],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


def test_the_wheel_holds_every_file_of_the_packages_and_no_test(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == _package_files()


def test_the_shipped_patient_and_the_prompts_are_among_them() -> None:
    files = _package_files()
    assert "patient/lethe-patient-q8_0.gguf" in files
    assert any(name.startswith("prompts/") and name.endswith(".md") for name in files)


def test_the_command_runs_from_another_folder(installed: Path, tmp_path: Path) -> None:
    result = _lethe(installed, tmp_path, "--help")
    assert result.returncode == 0, result.stderr
    assert "forget" in result.stdout


def test_the_installed_modules_are_those_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = "import agents, memory, prompts, tools, tui; print(tui.__file__)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env=_environment(installed), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(result.stdout.strip()).is_relative_to(installed)


def test_the_command_is_declared() -> None:
    assert PROJECT["project"]["scripts"] == {"lethe": "tui.main:main"}


def test_every_dependency_is_imported_by_the_product() -> None:
    packages = [re.split("[=<>]", each)[0] for each in PROJECT["project"]["dependencies"]]
    names = [IMPORT_NAMES.get(package, package.replace("-", "_")) for package in packages]
    imported = _imported()
    used = [name for name in names if any(f"{each}.".startswith(f"{name}.") for each in imported)]
    assert [name for name in names if name not in used] == []


def test_every_dependency_says_why_it_is_there() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    start = lines.index("dependencies = [")
    block = lines[start + 1 : lines.index("]", start)]
    silent = [
        line.strip()
        for before, line in zip(["", *block], block, strict=False)
        if line.strip().startswith('"') and not before.strip().startswith(("#", '"'))
    ]
    assert silent == []


def _package_files() -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _imported() -> set[str]:
    """Every module that the packages import, also inside functions."""
    names: set[str] = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names.update(alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names.add(node.module)
    return names


def _lethe(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from tui.main import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder, env=_environment(site), capture_output=True, text=True,
    )  # fmt: skip


def _environment(site: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(site)}
