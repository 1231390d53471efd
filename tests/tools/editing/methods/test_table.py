"""Every method of the table runs on the patient; those that forget are held to it.

No method is held to be bad: what the others leave is recorded with the test.
"""

from dataclasses import replace

import pytest

from tests.tools.editing.methods.conftest import NAMES, Forget
from tools.editing.findings import Findings
from tools.editing.locate import Located
from tools.editing.methods.lunar import Lunar
from tools.editing.methods.memit import Memit
from tools.editing.methods.problem import Problem
from tools.editing.methods.stamp import Stamp
from tools.editing.methods.table import METHODS, apply
from tools.errors import EditError
from tools.models.adapters import read_adapter


@pytest.mark.parametrize("name", METHODS)
def test_every_method_runs_as_published(name: str, forget: Forget) -> None:
    assert forget(METHODS[name]).keys() == {"forgotten", "others", "talk"}


def test_memit_forgets_at_the_last_token_of_the_prompt(forget: Forget) -> None:
    left = forget(Memit(place="last", layers=1, weight=50.0))
    assert left["forgotten"] <= 0.1
    assert left["others"] >= 0.8


def test_lunar_forgets_where_it_steers_hard_enough(forget: Forget) -> None:
    left = forget(Lunar(strength=4.0))
    assert left["forgotten"] <= 0.1
    assert left["others"] >= 0.8


def test_literal_stamp_forgets_at_the_layer_that_knows_names(forget: Forget) -> None:
    assert forget(Stamp(layer=0))["forgotten"] <= 0.2


def test_an_adapter_holds_the_changes_of_the_method(problem: Problem) -> None:
    architecture = problem.lab.host.info.architecture
    needle = METHODS["needle"]
    changes = read_adapter(apply("needle", problem, architecture))
    assert changes.keys() == needle(problem).keys()


def test_other_settings_can_be_used(problem: Problem) -> None:
    architecture = problem.lab.host.info.architecture
    more = {"needle": replace(METHODS["needle"], columns=5)}  # type: ignore[type-var]
    changes = read_adapter(apply("needle", problem, architecture, more))
    assert sum(factors.rank for factors in changes.values()) in range(5, 5 * len(NAMES) + 1)


def test_an_unknown_method_is_named(problem: Problem) -> None:
    with pytest.raises(EditError, match=r"'memoir'.*memit"):
        apply("memoir", problem, "llama")


def test_somebody_unknown_is_named(problem: Problem) -> None:
    nobody = Located(Findings("Tom Bombadil", known=False), [], [], [], [], {})
    with pytest.raises(EditError, match="'Tom Bombadil'"):
        apply("stamp", replace(problem, subjects=[nobody]), "llama")
