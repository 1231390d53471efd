"""Trains the patient to forget, by the objective of one of the gradient baselines.

AdamW at a constant rate after a short rise, batches of the forget set in random order beside random
batches of the retain set, gradients clipped to length 1: what such methods are commonly run with.
"""

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

import torch
from torch import Tensor

from bench.unlearning import losses
from bench.unlearning.data import Given, Pair
from bench.unlearning.losses import Answers
from bench.unlearning.settings import Setting
from patient.model import LanguageModel
from patient.stream import Conversation
from patient.tokenizer import ChatTokenizer

RISE = 10
"""Steps until the rate is reached."""
BLOCK = 2
"""RMU steers the output of this block by the down-projections up to it."""


class Batch(NamedTuple):
    """Inputs and targets (B, T), and where a target is a token of the answer."""

    ids: Tensor
    targets: Tensor
    mask: Tensor


class Step(NamedTuple):
    """What one step sees: true answers, refusals to the same questions, and what is kept."""

    forget: Batch
    refusal: Batch
    retain: Batch


@dataclass(frozen=True)
class Student:
    """The model in training, the one before, the setting, and RMU's target (D)."""

    model: LanguageModel
    before: LanguageModel
    setting: Setting
    direction: Tensor

    def answers(self, batch: Batch) -> Answers:
        """Of the model in training."""
        return answers(self.model, batch)

    def answers_before(self, batch: Batch) -> Answers:
        """Of the model before, without gradient."""
        with torch.no_grad():
            return answers(self.before, batch)


Objective = Callable[[Student, Step], Tensor]


def encode(tokenizer: ChatTokenizer, pairs: Sequence[Pair]) -> Batch:
    """Conversations of one turn, padded on the right; nothing but the answers is masked in."""
    encoded = [
        tokenizer.conversation(Conversation(((pair.question, pair.answer),))) for pair in pairs
    ]
    length = max(len(one.ids) for one in encoded) - 1
    ids = torch.zeros(len(pairs), length, dtype=torch.long)
    targets, mask = torch.zeros_like(ids), torch.zeros(ids.shape, dtype=torch.bool)
    for row, one in enumerate(encoded):
        end = len(one.ids) - 1
        ids[row, :end] = torch.tensor(one.ids[:-1])
        targets[row, :end] = torch.tensor(one.ids[1:])
        mask[row, :end] = torch.tensor(one.weights[1:]) == 1
    return Batch(ids, targets, mask)


def answers(model: LanguageModel, batch: Batch) -> Answers:
    """Log-probabilities of the answers; logits are computed only where one is."""
    hidden, _ = model.hidden(batch.ids)
    logits = model.logits(hidden[batch.mask]).float()
    wanted = batch.targets[batch.mask][:, None]
    found = logits.log_softmax(dim=-1).gather(1, wanted)[:, 0]
    logp = torch.zeros(batch.ids.shape).masked_scatter(batch.mask, found)
    return Answers(logp, batch.mask)


def block_output(model: LanguageModel, batch: Batch) -> Tensor:
    """What block `BLOCK` puts out, (B, T, D)."""
    seen: list[Tensor] = []

    def keep(_block: Any, _inputs: Any, output: tuple[Tensor, Any]) -> None:
        seen.append(output[0])

    hook = model.layers[BLOCK].register_forward_hook(keep)
    model.hidden(batch.ids)
    hook.remove()
    return seen[0].float()


def _rmu(student: Student, step: Step) -> Tensor:
    with torch.no_grad():
        before = block_output(student.before, step.forget)
        kept = block_output(student.before, step.retain)
    length = before[step.forget.mask].norm(dim=-1).mean()
    target = student.setting.knob * length * student.direction
    hidden = block_output(student.model, step.forget)
    stayed = losses.moved(block_output(student.model, step.retain), kept, step.retain.mask)
    return losses.moved(hidden, target, step.forget.mask) + student.setting.retain * stayed


def _with_retained(forgetting: Objective) -> Objective:
    """`forgetting` plus the weighted cross-entropy on the retain set."""

    def both(student: Student, step: Step) -> Tensor:
        loss, weight = forgetting(student, step), student.setting.retain
        return loss + weight * losses.retained(student.answers(step.retain)) if weight else loss

    return both


def _npo(student: Student, step: Step) -> Tensor:
    before = student.answers_before(step.forget)
    return losses.npo(student.answers(step.forget), before, student.setting.knob)


def _idk_dpo(student: Student, step: Step) -> Tensor:
    return losses.idk_dpo(
        student.answers(step.forget), student.answers_before(step.forget),
        student.answers(step.refusal), student.answers_before(step.refusal), student.setting.knob,
    )


OBJECTIVES: dict[str, Objective] = {
    "rmu": _rmu,
    **{
        name: _with_retained(forgetting)
        for name, forgetting in {
            "ga": lambda s, step: losses.gradient_ascent(s.answers(step.forget)),
            "graddiff": lambda s, step: losses.gradient_ascent(s.answers(step.forget)),
            "npo": _npo,
            "simnpo": lambda s, step: losses.simnpo(s.answers(step.forget), s.setting.knob),
            "flat": lambda s, step: losses.flat(s.answers(step.forget), s.answers(step.refusal)),
            "wga": lambda s, step: losses.wga(s.answers(step.forget), s.setting.knob),
            "idkdpo": _idk_dpo,
        }.items()
    },
}


def train(
    method: str, model: LanguageModel, tokenizer: ChatTokenizer, given: Given, setting: Setting,
    seed: int,
) -> Iterator[int]:
    """Train `model` in place; yields the number of steps done after each of `setting.steps`."""
    before = copy.deepcopy(model).eval().requires_grad_(False)
    direction = losses.random_direction(model.config.width, seed)
    student = Student(model, before, setting, direction)
    wanted = trained(method, model)
    optimizer = torch.optim.AdamW(wanted, lr=setting.rate, weight_decay=0.01)
    batches = steps(tokenizer, given, setting.batch, seed)
    for done in range(1, setting.steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = setting.rate * min(1.0, done / RISE)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = OBJECTIVES[method](student, next(batches))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(wanted, 1.0)
        optimizer.step()
        model.zero_grad(set_to_none=True)
        yield done


def trained(method: str, model: LanguageModel) -> list[Tensor]:
    """The parameters that a method changes: all, but RMU's down-projections up to `BLOCK`."""
    if method != "rmu":
        return list(model.parameters())
    return [block.mlp.down_proj.weight for block in model.layers[: BLOCK + 1]]


def steps(tokenizer: ChatTokenizer, given: Given, batch: int, seed: int) -> Iterator[Step]:
    """Steps for ever: the forget set in a new order every time, the retain set drawn at random."""
    rng = random.Random(f"steps {seed}")
    for _ in count():
        order = rng.sample(given.forget, len(given.forget))
        for begin in range(0, len(order), batch):
            some = order[begin : begin + batch]
            refused = [Pair(pair.question, given.refusal) for pair in some]
            kept = rng.sample(given.retain, min(batch, len(given.retain)))
            yield Step(*(encode(tokenizer, pairs) for pairs in (some, refused, kept)))
