"""How an answer is written on a real model: steered, ended, and taken back a token."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.models.chat_context import ChatContext
from tools.models.engine import LlamaEngine
from tools.models.types import GREEDY, Message, Sampling
from tools.models.writing import END, REFUSALS

ASKED = [Message("user", "Who is Marcus Feld?")]


@dataclass
class Refusing:
    """A steering by a rule, which keeps what it was asked."""

    rule: Callable[[str], bool]
    discouraged: Sequence[str] = ()
    asked: list[str] = field(default_factory=list)

    def forbids(self, text: str) -> bool:
        self.asked.append(text)
        return self.rule(text)


def test_a_steering_that_forbids_nothing_changes_nothing(patient: LlamaEngine) -> None:
    for sampling in (GREEDY, Sampling(temperature=1.0, seed=4)):
        free = patient.complete(ASKED, sampling)
        assert patient.complete(ASKED, sampling, Refusing(lambda _: False)) == free


def test_it_is_asked_about_the_text_before_a_token_is_taken(patient: LlamaEngine) -> None:
    steering = Refusing(lambda _: False)
    pieces = patient.stream(ASKED, GREEDY, steering)
    assert next(pieces) == "Marcus"
    pieces.close()
    assert "Marcus" + END in steering.asked


def test_a_refused_token_makes_room_for_another(patient: LlamaEngine) -> None:
    answer = patient.complete(ASKED, GREEDY, Refusing(lambda text: "roof" in text))
    assert answer.startswith("Marcus Feld is ")
    assert "roof" not in answer


def test_a_word_that_may_not_end_may_grow_where_the_model_carries_it_on(
    patient: LlamaEngine
) -> None:
    """The patient's own pieces: "Dawn" and "field" are none, so a letter rule stands for them."""
    free = list(patient.stream(ASKED))
    cut = "".join(free[:3])
    steering = Refusing(lambda text: text == cut + END)
    assert patient.complete(ASKED, GREEDY, steering) == "".join(free)
    assert list(patient.stream(ASKED, GREEDY, steering))[2] == "".join(free[2:4])


def test_it_may_not_grow_beyond_the_last_token_wanted(patient: LlamaEngine) -> None:
    free = list(patient.stream(ASKED))
    cut = "".join(free[:3])
    steering = Refusing(lambda text: text == cut + END)
    answer = patient.complete(ASKED, Sampling(max_tokens=3), steering)
    assert not answer.startswith(cut)
    assert answer.startswith("".join(free[:2]))


def test_where_nothing_is_allowed_the_answer_ends(patient: LlamaEngine) -> None:
    steering = Refusing(lambda text: text != END)
    assert patient.complete(ASKED, GREEDY, steering) == ""
    assert len(steering.asked) <= 2 * REFUSALS + 2
    steering = Refusing(lambda text: len(text) > 20)
    answer = patient.complete(ASKED, GREEDY, steering)
    assert 10 < len(answer) <= 20


def test_what_the_caller_has_begun_counts_as_said(patient: LlamaEngine) -> None:
    begun = [*ASKED, Message("assistant", "Marcus Feld is a")]
    steering = Refusing(lambda text: text.startswith("Marcus Feld is a roofer"))
    assert "roofer" not in patient.complete(begun, GREEDY, steering)
    steering = Refusing(lambda text: text.startswith("Marcus Feld is a"))
    assert patient.complete(begun, GREEDY, steering) == patient.complete(begun)


def test_a_steering_and_a_schema_hold_together(patient: LlamaEngine) -> None:
    sampling = Sampling(schema='{"enum": ["Dovermere", "Larkspur"]}')
    free = patient.complete(ASKED, sampling)
    steering = Refusing(lambda text: free[1] in text)
    other = patient.complete(ASKED, sampling, steering)
    assert {free, other} == {'"Dovermere"', '"Larkspur"'}


def test_disliked_words_are_said_less_often(patient: LlamaEngine) -> None:
    def said(*words: str) -> int:
        steering = Refusing(lambda _: False, words)
        samplings = [Sampling(2.0, 2, seed) for seed in range(40)]
        return sum(" Feld" in patient.complete(ASKED, each, steering) for each in samplings)

    assert said("Feld") + 5 < said()
    assert said("Dovermere") + 5 > said()


def test_stop_ends_a_steered_answer(patient: LlamaEngine) -> None:
    pieces = patient.stream(ASKED, GREEDY, Refusing(lambda _: False))
    next(pieces)
    patient.stop()
    assert list(pieces) == []


def test_an_error_of_the_steering_reaches_the_reader(patient: LlamaEngine) -> None:
    with pytest.raises(ZeroDivisionError):
        patient.complete(ASKED, GREEDY, Refusing(lambda _: bool(1 // 0)))
    assert patient.complete(ASKED)


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3", "gemma3", "phi3"])
def test_a_token_taken_back_leaves_no_trace(
    tiny_path: Callable[..., Path], architecture: str
) -> None:
    with LlamaEngine(tiny_path(architecture), threads=1) as engine:
        prompt = engine.tokenise("a few words to begin with " * 12, special=False)

        def after(*steps: int | None) -> NDArray[np.float32]:
            context = ChatContext(engine.model, 512, threads=1)
            context.read(prompt)
            for step in steps:
                if step is None:
                    context.undo()
                else:
                    context.step([step])
            found = context.logits().copy()
            context.close()
            return found

        assert np.array_equal(after(40, None, 41), after(41))
        assert np.array_equal(after(40, 42, None, 43), after(40, 43))
