"""Batches of similar lengths from the stream, reproducible from any point on."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from patient.stream import Stream
from patient.tokenizer import ChatTokenizer, Encoded
from patient.world import World

Batch = tuple[Tensor, Tensor, Tensor]
"""Inputs, targets and target weights, (B, T) each."""

POOL = 4096
"""Conversations sorted by length together."""
TOKENS = 3072
"""Tokens in a batch, padding included."""


class Batches:
    """Pools of batches; pool number k depends on the seed and k alone, so a run can resume."""

    def __init__(self, world: World, tokenizer: ChatTokenizer, seed: int) -> None:
        self.world = world
        self.tokenizer = tokenizer
        self.seed = seed

    def start_at(self, pool: int, batch: int) -> Iterator[tuple[int, int, Batch]]:
        """(pool, batch, tensors) for ever, beginning with that batch of that pool."""
        with ThreadPoolExecutor(max_workers=1) as ahead:
            coming = ahead.submit(self.pool, pool)
            while True:
                batches = coming.result()
                coming = ahead.submit(self.pool, pool + 1)
                for place in range(batch, len(batches)):
                    yield pool, place, batches[place]
                pool, batch = pool + 1, 0

    def pool(self, number: int) -> list[Batch]:
        """The batches of one pool, shuffled."""
        rng = random.Random(f"{self.seed} {number}")
        stream = Stream(self.world, rng)
        drawn = [self.tokenizer.conversation(stream.conversation()) for _ in range(POOL)]
        return shuffled(drawn, TOKENS, rng)


def shuffled(drawn: list[Encoded], tokens: int, rng: random.Random) -> list[Batch]:
    """Batches of conversations of like length, at most `tokens` each with their padding."""
    drawn = sorted(drawn, key=lambda encoded: len(encoded.ids), reverse=True)
    batches = [tensors(group) for group in _groups(drawn, tokens)]
    rng.shuffle(batches)
    return batches


def _groups(drawn: list[Encoded], tokens: int) -> Iterator[list[Encoded]]:
    """Neighbours in length, as many as fill a batch; `drawn` begins with the longest."""
    begin = 0
    while begin < len(drawn):
        size = max(1, tokens // padded(drawn[begin]))
        yield drawn[begin : begin + size]
        begin += size


def padded(encoded: Encoded) -> int:
    """Inputs of a conversation, rounded up so that few different shapes occur."""
    return -(-(len(encoded.ids) - 1) // 4) * 4


def tensors(group: list[Encoded]) -> Batch:
    """Padded on the right; a target is the next token, padding weighs nothing."""
    ids = torch.zeros(len(group), padded(group[0]), dtype=torch.long)
    targets = torch.zeros_like(ids)
    weights = torch.zeros(ids.shape)
    for row, encoded in enumerate(group):
        length = len(encoded.ids) - 1
        ids[row, :length] = torch.tensor(encoded.ids[:-1])
        targets[row, :length] = torch.tensor(encoded.ids[1:])
        weights[row, :length] = torch.tensor(encoded.weights[1:])
    return ids, targets, weights
