"""Trains the patient from the seed alone: stages of fixed length, resumable at any step."""

import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from patient.batches import Batch, Batches
from patient.model import Config, LanguageModel
from patient.muon import Muon
from patient.tokenizer import ChatTokenizer, train_tokenizer
from patient.world import World, default

CHECKPOINT, TOKENIZER = "checkpoint.pt", "tokenizer.json"


class OtherRun(ValueError):
    """The folder holds the checkpoint of another run."""


FLOOR = 0.02
"""The learning rates never fall below this share of their full height."""


@dataclass(frozen=True)
class Stage:
    """A rise, a plateau and a fall of the learning rates, over a stream of its own."""

    steps: int
    warmup: int
    peak: float
    """Share of the full rates."""
    hold: float
    """Share of the steps before the fall, which is a straight line."""

    def rate(self, step: int) -> float:
        """Factor on the learning rates at `step` of this stage."""
        progress = step / self.steps
        falling = 1.0 if progress < self.hold else (1 - progress) / (1 - self.hold)
        return max(FLOOR, self.peak * min(1.0, (step + 1) / self.warmup) * falling)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, apart from the world."""

    seed: int = 0
    matrix_rate: float = 0.02
    other_rate: float = 3e-3
    stages: tuple[Stage, ...] = (
        Stage(steps=4000, warmup=40, peak=1.0, hold=0.4),
        Stage(steps=900, warmup=20, peak=0.35, hold=0.0),
        Stage(steps=240, warmup=10, peak=0.25, hold=0.0),
    )

    @property
    def steps(self) -> int:
        """Steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    def shortened(self, share: float) -> "Recipe":
        """The same rates over that share of every stage's steps, 0 to 1."""
        stages = (replace(stage, steps=round(stage.steps * share)) for stage in self.stages)
        return replace(self, stages=tuple(stages))

    def stage_at(self, step: int) -> tuple[int, int]:
        """The stage that `step` falls into, and its number in there."""
        for number, stage in enumerate(self.stages):
            if step < stage.steps:
                return number, step
            step -= stage.steps
        raise ValueError(f"the recipe ended {step} steps before")

    def rate(self, step: int) -> float:
        """Factor on the learning rates at `step` of the whole."""
        stage, inside = self.stage_at(step)
        return self.stages[stage].rate(inside)


class Trainer:
    """Model, optimizers and the place in the stream."""

    def __init__(
        self, world: World, recipe: Recipe, folder: Path, config: Config | None = None
    ) -> None:
        self.recipe, self.folder = recipe, folder
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.seed)
        self.model = LanguageModel(config or Config())
        words = train_tokenizer(world, self.model.config.vocabulary, recipe.seed)
        self.tokenizer = ChatTokenizer(words)
        self.world = world
        named = list(self.model.named_parameters())
        matrices = [p for n, p in named if p.dim() == 2 and "embed" not in n]
        self.others = [p for n, p in named if p.dim() != 2 or "embed" in n]
        self.optimizers = (
            Muon(matrices, lr=recipe.matrix_rate),
            torch.optim.AdamW(
                self.others, lr=recipe.other_rate, betas=(0.9, 0.95), weight_decay=0.0
            ),
        )
        self.step, self.tokens = 0, 0
        self.place = (0, 0)

    def run(self, save_every: int, report_every: int = 50) -> None:
        """Train to the last step of the recipe."""
        begun, first, total = time.monotonic(), self.step, 0.0
        while self.step < self.recipe.steps:
            for pool, batch, tensors in self._rest_of_stage():
                total += self._step(*tensors)
                self.place = (pool, batch + 1)
                if self.step % report_every == 0:
                    self._report(total / report_every, time.monotonic() - begun, self.step - first)
                    total = 0.0
                if self.step % save_every == 0:
                    self.save()
        self.save()

    def _rest_of_stage(self) -> Iterator[tuple[int, int, Batch]]:
        """The batches that this stage still needs; stage n draws with the seed plus n."""
        number, inside = self.recipe.stage_at(self.step)
        batches = Batches(self.world, self.tokenizer, self.recipe.seed + number)
        begin = self.place if inside else (0, 0)
        return islice(batches.start_at(*begin), self.recipe.stages[number].steps - inside)

    def _step(self, ids: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor) -> float:
        """One update; all (B, T). Returns the loss."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = self.model.loss(ids, targets, weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.others, 1.0)
        factor = self.recipe.rate(self.step)
        rates = (self.recipe.matrix_rate, self.recipe.other_rate)
        for optimizer, rate in zip(self.optimizers, rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += ids.numel()
        return float(loss.item())

    def _report(self, loss: float, seconds: float, steps: int) -> None:
        left = seconds / steps * (self.recipe.steps - self.step)
        print(
            f"step {self.step}/{self.recipe.steps}  loss {loss:.3f}  tokens {self.tokens / 1e6:.2f} M"
            f"  {seconds / steps * 1000:.0f} ms/step  {left / 60:.1f} min left",
            file=sys.stderr,
            flush=True,
        )

    def save(self) -> None:
        """Write the checkpoint, which a reader never sees half of, and the tokenizer beside it."""
        self.tokenizer.tokenizer.save(str(self.folder / TOKENIZER))
        path = self.folder / CHECKPOINT
        unfinished = path.with_suffix(".unfinished")
        torch.save(self._state(), unfinished)
        unfinished.replace(path)

    def _state(self) -> dict[str, object]:
        return {
            "config": asdict(self.model.config),
            "recipe": asdict(self.recipe),
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "tokens": self.tokens,
            "place": self.place,
        }

    def resume(self) -> None:
        """Continue from the folder's checkpoint.

        Raises:
            OtherRun: it is of another recipe, or of a model of other sizes.
        """
        state: dict[str, Any] = torch.load(self.folder / CHECKPOINT, weights_only=True)
        if state["recipe"] != asdict(self.recipe):
            raise OtherRun(f"{self.folder / CHECKPOINT} is of another recipe: {state['recipe']}")
        if Config(**state["config"]) != self.model.config:
            raise OtherRun(f"{self.folder / CHECKPOINT} is of another model: {state['config']}")
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.tokens, self.place = state["step"], state["tokens"], tuple(state["place"])


def load(folder: Path) -> tuple[LanguageModel, ChatTokenizer]:
    """Model and tokenizer of a training folder, ready to answer."""
    state = torch.load(folder / CHECKPOINT, weights_only=True)
    model = LanguageModel(Config(**state["config"]))
    model.load_state_dict(state["model"])
    return model.eval(), ChatTokenizer.load(folder / TOKENIZER)


def train(
    folder: Path, recipe: Recipe, *, threads: int, save_every: int, config: Config | None = None
) -> None:
    """Train a model of `config`, the shipped one's if none, or go on where `folder` stopped.

    Raises `OtherRun` if what stopped there was another run.

    Matrices of a few hundred rows keep threads waiting for each other; `GOMP_SPINCOUNT=100000` in
    the environment helps where other work shares the cores.
    """
    torch.set_num_threads(threads)
    trainer = Trainer(default(), recipe, folder, config)
    if (folder / CHECKPOINT).exists():
        trainer.resume()
    trainer.run(save_every)
