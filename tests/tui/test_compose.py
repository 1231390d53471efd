"""What may be put together, and what may not."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from tools.guarding.names import StrategyName
from tools.models.scripted import ScriptedModel
from tui.compose import open_guard
from tui.errors import SettingsError
from tui.settings import Settings

STORES: Any = SimpleNamespace(embedder=None, ledger=None)


def model(*, elsewhere: bool) -> Any:
    made = ScriptedModel([], ref="https://example.org/v1#m")
    made.info = replace(made.info, elsewhere=elsewhere)
    return made


@pytest.mark.parametrize("strategy", ["alu", "dragon", "icul", "prompt"])
def test_a_strategy_that_says_names_is_refused_for_a_model_elsewhere(
    strategy: StrategyName,
) -> None:
    with pytest.raises(SettingsError, match=f"{strategy}.*example.org.*choose 'refusal'"):
        open_guard(model(elsewhere=True), Settings(strategy=strategy), STORES)


@pytest.mark.parametrize("strategy", ["auto", "refusal"])
def test_the_others_are_not(strategy: StrategyName) -> None:
    assert not open_guard(model(elsewhere=True), Settings(strategy=strategy), STORES).discloses


@pytest.mark.parametrize("strategy", get_args(StrategyName))
def test_every_strategy_can_be_had_on_this_machine(strategy: StrategyName) -> None:
    open_guard(model(elsewhere=False), Settings(strategy=strategy), STORES)
