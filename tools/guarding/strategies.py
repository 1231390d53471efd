"""The strategies by name, each as a function that builds it for an index."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.guarding.alu import AluGuard
from tools.guarding.auto import AutoGuard
from tools.guarding.dragon import DragonGuard
from tools.guarding.icul import IculGuard, Others, nobody
from tools.guarding.name_list import NameListGuard
from tools.guarding.names import StrategyName
from tools.guarding.strategy import Audited, Build, Render, Strategy
from tools.guarding.targets import TargetIndex
from tools.models.types import Sampling


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Parts:
    """What strategies are made of besides the index."""

    render: Render
    others: Others = nobody
    able: Callable[[], bool] = _never
    sampling: Sampling | None = None


def bare(name: StrategyName, parts: Parts, index: TargetIndex, refusal: Strategy) -> Strategy:
    """Return a strategy whose answers nobody has audited, to be measured alone."""
    match name:
        case "alu":
            return AluGuard(index, refusal, parts.render, parts.sampling)
        case "dragon":
            return DragonGuard(index, parts.render, parts.sampling)
        case "icul":
            return IculGuard(index, refusal, parts.others, parts.sampling)
        case "prompt":
            return NameListGuard(index, parts.render, parts.sampling)
        case "auto":
            return AutoGuard(refusal, _audited("alu", parts, index, refusal), parts.able)
        case "refusal":
            return refusal


def strategy(name: StrategyName, parts: Parts) -> Build:
    """Return how to build strategy `name`, its answers audited."""
    if name in ("auto", "refusal"):  # what they yield has been audited within
        return lambda index, refusal: bare(name, parts, index, refusal)
    return lambda index, refusal: _audited(name, parts, index, refusal)


def _audited(name: StrategyName, parts: Parts, index: TargetIndex, refusal: Strategy) -> Strategy:
    return Audited(bare(name, parts, index, refusal), refusal, index)
