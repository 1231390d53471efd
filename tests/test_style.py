"""Budgets that keep the code readable, measured on every module."""

from __future__ import annotations

import ast
import functools
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGES = ("agents", "bench", "memory", "patient", "prompts", "tools", "tui")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
MEDIAN_FUNCTION = 10
NINTH_DECILE_FUNCTION = 30


class Function(NamedTuple):
    where: str
    lines: int


def test_functions_are_short() -> None:
    lengths = sorted(function.lines for source in SOURCES for function in _functions(source))
    assert statistics.median(lengths) <= MEDIAN_FUNCTION
    assert lengths[len(lengths) * 9 // 10] <= NINTH_DECILE_FUNCTION


def test_no_function_is_long() -> None:
    functions = [function for source in SOURCES for function in _functions(source)]
    assert [each for each in functions if each.lines > LONGEST_FUNCTION] == []


def test_no_file_is_long() -> None:
    assert [_name(each) for each in SOURCES if _line_count(each) > LONGEST_FILE] == []


def test_every_module_says_what_it_is() -> None:
    silent = [each for each in SOURCES if _line_count(each) and not ast.get_docstring(_tree(each))]
    assert list(map(_name, silent)) == []


def test_every_public_name_says_what_it_is() -> None:
    public = [(source, node) for source in SOURCES for node in _public(_tree(source))]
    silent = [(_name(source), node.name) for source, node in public if not ast.get_docstring(node)]
    assert silent == []


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError")
    assert [_name(each) for each in SOURCES if later.search(each.read_text("utf-8"))] == []


def _public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Functions and classes of a module that other modules may use."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def _functions(source: Path) -> Iterator[Function]:
    """Every function with its lines, the docstring not counted."""
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            lines = node.end_lineno - node.lineno + 1 - _docstring_lines(node)
            yield Function(f"{_name(source)}:{node.name}", lines)


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if ast.get_docstring(node) is None or first.end_lineno is None:
        return 0
    return first.end_lineno - first.lineno + 1


def _line_count(source: Path) -> int:
    return len(source.read_text("utf-8").splitlines())


def _name(source: Path) -> str:
    return str(source.relative_to(ROOT))


@functools.cache
def _tree(source: Path) -> ast.Module:
    return ast.parse(source.read_text("utf-8"))
