"""Relearning: does fine-tuning on some facts of a forgotten person bring back the others?

The attacker has the edited weights and knows half of the attributes. He fine-tunes on those with
AdamW, all facts in every step. His learning rate is his to choose, so of `RATES` the one that
brings back most counts at every number of steps. Source: Hu et al. 2024 (arXiv 2406.13356).
"""

import copy
from collections.abc import Iterator, Sequence

import torch

from bench.first_light import good
from bench.unlearning import losses
from bench.unlearning.data import RELEARNING_STEPS as STEPS
from bench.unlearning.data import Pair, Relearning
from bench.unlearning.train import answers, encode
from patient.gguf_file import Model
from patient.model import LanguageModel
from patient.questions import Question
from patient.tokenizer import END_ID, ChatTokenizer

RATES = (1e-4, 3e-4, 1e-3)


def curve(source: Model, facts: Relearning, threads: int) -> dict[str, list[int]]:
    """Number of steps -> whether each held-out question about the rest is answered."""
    from bench.unlearning.torch_model import to_torch, tokenizer_of

    torch.set_num_threads(threads)
    model, tokenizer = to_torch(source), tokenizer_of(source)
    runs = [dict(_run(copy.deepcopy(model), tokenizer, facts, rate)) for rate in RATES]
    found = {0: recalled(model, tokenizer, facts.rest)}
    found |= {step: max((run[step] for run in runs), key=sum) for step in STEPS if step}
    return {str(step): hits for step, hits in found.items()}


def _run(
    model: LanguageModel, tokenizer: ChatTokenizer, facts: Relearning, rate: float
) -> Iterator[tuple[int, list[int]]]:
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    for step in range(1, max(STEPS) + 1):
        _teach(model, tokenizer, facts.taught, optimizer)
        if step in STEPS:
            yield step, recalled(model, tokenizer, facts.rest)


def _teach(
    model: LanguageModel, tokenizer: ChatTokenizer, facts: Sequence[Pair],
    optimizer: torch.optim.Optimizer,
) -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = losses.retained(answers(model, encode(tokenizer, facts)))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def recalled(
    model: LanguageModel, tokenizer: ChatTokenizer, questions: Sequence[Question]
) -> list[int]:
    """Whether each question is answered rightly by the model in torch."""
    prompts = [tokenizer.prompt(question.question) for question in questions]
    said = map(tokenizer.decode, model.generate(prompts, END_ID))
    return [int(good(question, text)) for question, text in zip(questions, said, strict=True)]
