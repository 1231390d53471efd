"""Byte-level BPE trained on the world, and the ChatML template around it."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from patient import names
from patient.stream import Conversation, Stream
from patient.world import World

END_OF_TEXT, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = (END_OF_TEXT, START, END)
"""Their token ids are 0, 1 and 2."""
START_ID, END_ID = 1, 2
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
USER_WEIGHT = 0.3
"""Loss weight of what the user says, so that the model can also play the user."""


@dataclass(frozen=True)
class Encoded:
    """Token ids of a conversation and the loss weight of each as a target; equally long."""

    ids: list[int]
    weights: list[float]


def train_tokenizer(world: World, size: int, seed: int) -> Tokenizer:
    """A tokenizer of `size` tokens; digits stay single, as in the "smollm" pre-tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus(world, seed), trainer)
    return tokenizer


def _corpus(world: World, seed: int) -> Iterator[str]:
    """Forty thousand conversations, the names strangers bear, and the role words."""
    stream = Stream(world, random.Random(f"tokenizer {seed}"))
    for _ in range(40_000):
        for question, answer in stream.conversation().turns:
            yield question
            yield answer
    pools = (names.COMMON_FIRST, names.COMMON_LAST, names.SPOUSE_FIRST, names.SPOUSE_LAST)
    yield from (f" {name}" for pool in pools for name in pool)
    yield from ["system\nuser\nassistant\n"] * 200


class ChatTokenizer:
    """Encodes conversations as the chat template lays them out."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer

    @classmethod
    def load(cls, path: Path) -> "ChatTokenizer":
        """From a `tokenizer.json`."""
        return cls(Tokenizer.from_file(str(path)))

    @cached_property
    def _newline(self) -> list[int]:
        return self.encode("\n")

    def encode(self, text: str) -> list[int]:
        """Token ids of plain text."""
        ids: list[int] = self.tokenizer.encode(text).ids
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Text of token ids."""
        text: str = self.tokenizer.decode(list(ids))
        return text

    def prompt(self, question: str) -> list[int]:
        """One user turn and the header of the answer."""
        return [*self._message("user", question), *self._newline, START_ID, *self._role("assistant")]

    def _role(self, role: str) -> list[int]:
        return self.encode(f"{role}\n")

    def _message(self, role: str, text: str) -> list[int]:
        return [START_ID, *self._role(role), *self.encode(text), END_ID]

    def conversation(self, conversation: Conversation) -> Encoded:
        """All messages; answers weigh 1, user turns `USER_WEIGHT`, the template nothing."""
        messages: list[tuple[str, str, float]] = []
        if conversation.system:
            messages.append(("system", conversation.system, 0.0))
        for question, answer in conversation.turns:
            messages.append(("user", question, USER_WEIGHT))
            messages.append(("assistant", answer, 1.0))
        ids: list[int] = []
        weights: list[float] = []
        for place, (role, text, weight) in enumerate(messages):
            head = [*(self._newline if place else []), START_ID, *self._role(role)]
            said = [*self.encode(text), END_ID]
            ids += head + said
            weights += [0.0] * len(head) + [weight] * len(said)
        return Encoded(ids, weights)
