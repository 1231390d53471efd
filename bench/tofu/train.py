"""Trains a TOFU patient from scratch: the shipped patient's architecture and optimisers on the rows
of one split, resumable at any step, then written as GGUF.

The tokenizer is the same for every split, so that the models' probabilities can be compared.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch

from bench.tofu.stream import Draw, Lessons, train_tokenizer
from patient.batches import Batch, Batches, shuffled
from patient.export import export_gguf
from patient.model import Config, LanguageModel
from patient.muon import Muon
from patient.tokenizer import ChatTokenizer
from patient.train import CHECKPOINT, TOKENIZER, Recipe, Stage, Trainer
from tools.errors import ToolError

VOCABULARY = 4096
"""Tokens at most; a few rows do not give as many."""
STEPS = 5000
"""Of the default recipe."""
BATCH = 1536
"""Tokens in a batch, padding included."""


@dataclass(frozen=True)
class Size:
    """Sizes of the patient that the defaults of the recipe were found for."""

    width: int = 256
    blocks: int = 4
    heads: int = 4
    hidden: int = 1024

    def config(self, vocabulary: int) -> Config:
        """For a model of that many tokens."""
        return Config(vocabulary, self.width, self.blocks, self.heads, self.hidden, context=512)


def recipe(steps: int = STEPS, seed: int = 0) -> Recipe:
    """One rise, plateau and fall."""
    stage = Stage(steps=steps, warmup=min(60, max(1, steps // 10)), peak=1.0, hold=0.5)
    return Recipe(seed=seed, stages=(stage,))


class Pools(Batches):
    """Batches of TOFU conversations instead of the shipped patient's world."""

    def __init__(self, lessons: Lessons, tokenizer: ChatTokenizer, seed: int) -> None:
        self.lessons, self.tokenizer, self.seed = lessons, tokenizer, seed

    def pool(self, number: int) -> list[Batch]:
        """The batches of one pass over the rows, shuffled."""
        rng = random.Random(f"{self.seed} {number}")
        drawn = [self.tokenizer.conversation(some) for some in Draw(self.lessons, rng).pool()]
        return shuffled(drawn, BATCH, rng)


class TofuTrainer(Trainer):
    """The shipped patient's trainer on other lessons."""

    def __init__(
        self, lessons: Lessons, tokenizer: ChatTokenizer, size: Size, recipe: Recipe, folder: Path
    ) -> None:
        self.recipe, self.folder, self.lessons, self.tokenizer = recipe, folder, lessons, tokenizer
        torch.manual_seed(recipe.seed)
        self.model = LanguageModel(size.config(tokenizer.tokenizer.get_vocab_size()))
        named = list(self.model.named_parameters())
        matrices = [p for n, p in named if p.dim() == 2 and "embed" not in n]
        self.others = [p for n, p in named if p.dim() != 2 or "embed" in n]
        adam = torch.optim.AdamW(
            self.others, lr=recipe.other_rate, betas=(0.9, 0.95), weight_decay=0.0
        )
        self.optimizers = (Muon(matrices, lr=recipe.matrix_rate), adam)
        self.step, self.tokens, self.place = 0, 0, (0, 0)

    def _rest_of_stage(self) -> Iterator[tuple[int, int, Batch]]:
        number, inside = self.recipe.stage_at(self.step)
        batches = Pools(self.lessons, self.tokenizer, self.recipe.seed + number)
        begin = self.place if inside else (0, 0)
        return islice(batches.start_at(*begin), self.recipe.stages[number].steps - inside)


def train(
    folder: Path, split: str, out: Path, plan: Recipe, *, threads: int = 2,
    save_every: int = 200, size: Size | None = None,
) -> Path:
    """Train on a split, or go on where a run in `out/split` stopped, and write `out/split.gguf`.

    Raises:
        DataError: the published files cannot be read.
        ToolError: the checkpoint there is of another recipe.
    """
    torch.set_num_threads(threads)
    lessons = Lessons.read(folder, split)
    place = out / split
    place.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer(folder, VOCABULARY)
    tokenizer.save(str(place / TOKENIZER))
    trainer = TofuTrainer(lessons, ChatTokenizer(tokenizer), size or Size(), plan, place)
    if (place / CHECKPOINT).exists():
        try:
            trainer.resume()
        except ValueError as error:
            raise ToolError(str(error)) from None
    trainer.run(save_every)
    file = out / f"{split}.gguf"
    export_gguf(place, file, "f16")
    return file
