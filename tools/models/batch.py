"""Many prompts answered at once, and the probability of given answers.

A fixed set of slots, one sequence each; every pass feeds one token to every slot, a prompt's or a
generated one, and a slot that has finished takes the next prompt. No pass waits for the longest.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from llama_cpp import llama_cpp as llama
from numpy.typing import NDArray

from tools.models import contexts, native, workers
from tools.models.contexts import Tokens, Weights
from tools.models.workers import Done, Tally

SLOTS = 96
SCORE_BUDGET = 1024
"""Tokens of one scoring pass; each needs a row of logits."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What a model wrote: `tokens` without the end, `finished` when it ended by itself,
    `probability` the mean probability of the tokens chosen, the end included."""

    tokens: list[int]
    finished: bool
    probability: float


@dataclass(slots=True)
class _Slot:
    job: int
    tokens: list[int]
    prompt: int
    cursor: int = 0
    chances: list[float] = field(default_factory=list)

    @property
    def asks(self) -> bool:
        return self.cursor == len(self.tokens) - 1


def generate(
    weights: Weights, prompts: Sequence[Tokens], limit: int, *, temperature: float = 0.0,
    seed: int = 0, done: Done | None = None,
) -> list[Generated]:
    """Continue every prompt by at most `limit` tokens; greedy at temperature 0.

    `done(finished, of)` is called as prompts finish and may raise to cancel.
    """
    def work(each: Weights, some: Sequence[_Job], tally: Tally) -> list[Generated]:
        # A worker draws from a stream of its own, named by the first of its jobs.
        pick = _Picker(temperature, [seed, some[0].index])
        return _generated(each, [job.prompt for job in some], limit, pick, tally)

    jobs = [_Job(index, prompt) for index, prompt in enumerate(prompts)]
    return workers.shared(weights, jobs, work, done) if jobs else []


@dataclass(frozen=True, slots=True)
class _Job:
    index: int
    prompt: Tokens


def _generated(
    weights: Weights, prompts: Sequence[Tokens], limit: int, pick: "_Picker", tally: Tally
) -> list[Generated]:
    length = max(map(len, prompts)) + limit
    slots = min(weights.streams(length, SLOTS), len(prompts))
    finished = 0
    with contexts.open_context(weights, slots, length, slots) as context:
        work = _Work(weights.pointer, context, prompts, limit, slots)
        while work.step(pick):
            tally.add(work.finished - finished)
            finished = work.finished
    return [answer for answer in work.answers if answer is not None]


class _Picker:
    """Chooses one token a row of logits, and says how probable it was."""

    def __init__(self, temperature: float, seed: list[int]) -> None:
        self.temperature = temperature
        self.rng = np.random.default_rng(seed)

    def __call__(self, logits: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        scale = self.temperature or 1.0
        chances = np.exp((logits - logits.max(axis=1, keepdims=True)) / scale)
        chances /= chances.sum(axis=1, keepdims=True)
        chosen: NDArray[np.intp] = (
            self._draw(chances) if self.temperature else logits.argmax(axis=1)
        )
        return chosen, chances[np.arange(len(chosen)), chosen]

    def _draw(self, chances: NDArray[np.float32]) -> NDArray[np.intp]:
        sums = chances.cumsum(axis=1)
        marks = self.rng.random((len(chances), 1), np.float32) * sums[:, -1:]
        drawn: NDArray[np.intp] = (sums <= marks).sum(axis=1).clip(max=chances.shape[1] - 1)
        return drawn


class _Work:
    """The slots, the queue, and the answers so far."""

    def __init__(
        self, model: int, context: int, prompts: Sequence[Tokens], limit: int, slots: int
    ) -> None:
        self.context, self.limit = context, limit
        self.memory = llama.llama_get_memory(context)
        self.vocabulary = llama.llama_model_get_vocab(model)
        self.width = native.vocabulary_size(model)
        # Long prompts first: the last slots to finish would otherwise decode alone.
        order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i]))
        self.queue = deque((job, list(prompts[job])) for job in order)
        self.slots: list[_Slot | None] = [None] * slots
        self.answers: list[Generated | None] = [None] * len(prompts)
        self.finished = 0

    def step(self, pick: _Picker) -> bool:
        """One pass; False when nothing is left to do."""
        self._refill()
        busy = [index for index, slot in enumerate(self.slots) if slot]
        if not busy:
            return False
        asking = self._feed(busy[-1] + 1)
        if asking:
            rows = contexts.logits(self.context, len(asking), self.width)
            for index, token, chance in zip(asking, *pick(rows), strict=True):
                self._receive(index, int(token), float(chance))
        return True

    def _refill(self) -> None:
        for index, slot in enumerate(self.slots):
            if slot is None and self.queue:
                llama.llama_memory_seq_rm(self.memory, index, -1, -1)
                job, tokens = self.queue.popleft()
                self.slots[index] = _Slot(job, tokens, len(tokens))

    def _feed(self, count: int) -> list[int]:
        """Feed one token to each of the first `count` slots; returns those that want logits.

        A free slot between busy ones is fed a token for nothing: llama.cpp takes streams with
        consecutive numbers in one piece, and every gap would split the pass.
        """
        tokens, positions = np.zeros(count, np.int32), np.zeros(count, np.int32)
        outputs = np.zeros(count, np.int8)
        for index, slot in enumerate(self.slots[:count]):
            if slot is None:
                llama.llama_memory_seq_rm(self.memory, index, -1, -1)
                continue
            tokens[index], positions[index] = slot.tokens[slot.cursor], slot.cursor
            outputs[index] = slot.asks
        contexts.decode(self.context, tokens, positions, range(count), outputs)
        asking = [i for i, slot in enumerate(self.slots[:count]) if slot and slot.asks]
        for slot in self.slots[:count]:
            if slot:
                slot.cursor += 1
        return asking

    def _receive(self, index: int, token: int, chance: float) -> None:
        slot = self.slots[index]
        assert slot is not None
        slot.chances.append(chance)
        ended = bool(llama.llama_vocab_is_eog(self.vocabulary, token))
        if not ended:
            slot.tokens.append(token)
        if ended or len(slot.tokens) - slot.prompt >= self.limit:
            self._finish(index, slot, ended)

    def _finish(self, index: int, slot: _Slot, ended: bool) -> None:
        chance = sum(slot.chances) / len(slot.chances)
        self.answers[slot.job] = Generated(slot.tokens[slot.prompt:], ended, chance)
        self.slots[index] = None
        self.finished += 1


def probabilities(
    weights: Weights, sequences: Sequence[Tokens], starts: Sequence[int]
) -> list[NDArray[np.float32]]:
    """For each sequence the probability of every token from index `starts` on, given all before."""
    if not sequences:
        return []
    length, width = max(map(len, sequences)), native.vocabulary_size(weights.pointer)
    budget = max(length + 3, min(SCORE_BUDGET, (64 << 20) // width))
    streams = weights.streams(length, max(1, budget // length))
    found: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(sequences)
    with contexts.open_context(weights, streams, length, streams * (length + 3)) as context:
        for pack in contexts.packs([len(s) for s in sequences], streams, budget):
            marks = np.zeros((len(pack.members), pack.length), np.int8)
            for row, member in enumerate(pack.members):
                marks[row, starts[member] - 1:len(sequences[member]) - 1] = 1
            rows = [sequences[member] for member in pack.members]
            contexts.decode_pack(context, rows, pack.length, marks)
            table = _softmax(contexts.logits(context, int(marks.sum()), width))
            _share_out(found, pack, table, sequences, starts)
    return found


def _softmax(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(rows - rows.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _share_out(
    found: list[NDArray[np.float32]], pack: contexts.Pack, table: NDArray[np.float32],
    sequences: Sequence[Tokens], starts: Sequence[int],
) -> None:
    row = 0
    for member in pack.members:
        targets = list(sequences[member][starts[member]:])
        found[member] = table[np.arange(row, row + len(targets)), targets]
        row += len(targets)
