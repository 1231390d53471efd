"""The package's face: every name works, and importing it loads nothing slow."""

import subprocess
import sys

import pytest

import tools.models


def test_every_public_name_is_there() -> None:
    assert sorted(tools.models._HOMES) == sorted(tools.models.__all__)
    for name in tools.models.__all__:
        assert getattr(tools.models, name) is not None


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = tools.models.nothing


def test_importing_loads_no_library() -> None:
    code = "import tools.models, tools.models.references, sys; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert not {"llama_cpp", "numpy", "gguf", "jinja2"} & set(loaded)
