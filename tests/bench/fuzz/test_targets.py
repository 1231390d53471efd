"""Nothing that anybody feeds to a door of the product brings out a traceback, a hang, or less than
was put in; `python -m bench.fuzz` holds the same at scale."""

import pytest
from hypothesis import HealthCheck, given, settings

from bench.fuzz.targets import NAMES, targets

EXAMPLES = {"ledger: steps": 60, "ledger: damaged file": 100, "ledger: damaged row": 100}
QUICK = 250


def test_every_door_is_named() -> None:
    assert tuple(targets()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_whatever_comes_in(name: str) -> None:
    target = targets()[name]

    @settings(
        max_examples=EXAMPLES.get(name, QUICK), deadline=None, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(target.inputs)
    def holds(given: object) -> None:
        target.check(given)

    holds()
