"""Names of the strategies, for those who only choose one: this module imports nothing slow."""

from typing import Literal

StrategyName = Literal["auto", "refusal", "dragon", "alu", "icul", "prompt"]
"""How guarded answers are made; `auto` takes what the model is able to do."""
