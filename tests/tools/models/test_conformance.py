"""What every model client does, whatever is behind it: real weights, a server, a script."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.tools.models.misbehaving import serving
from tests.tools.models.tiny_gguf import CHATML
from tools.errors import ModelError
from tools.models.engine import LlamaEngine
from tools.models.scripted import ScriptedModel
from tools.models.served import ServedModel
from tools.models.server import Server
from tools.models.thinking import separated
from tools.models.types import Message, ModelInfo, Sampling

Model = LlamaEngine | ScriptedModel | ServedModel
QUESTION = [Message("user", "Who are you?")]
LONG = Sampling(max_tokens=120)


@pytest.fixture(params=["llama", "served", "scripted"])
def model(request: pytest.FixtureRequest, tiny_path: Callable[..., Path]) -> Iterator[Model]:
    if request.param == "llama":
        opened: Model = LlamaEngine(tiny_path(weights="Q8_0"), threads=1)
    elif request.param == "served":
        opened = ServedModel(Server(request.getfixturevalue("llama_server")))
    else:
        opened = ScriptedModel(lambda _: "word " * 300)
    with opened:
        yield opened


@pytest.fixture(params=["llama", "served", "scripted"])
def thinker(request: pytest.FixtureRequest, tiny_path: Callable[..., Path]) -> Iterator[Model]:
    """A model that thinks before it answers."""
    with ExitStack() as opened:
        if request.param == "llama":
            opens = CHATML.replace("assistant\n", "assistant\n<think>\n")
            file = tiny_path(weights="Q8_0", template=opens)
            yield opened.enter_context(LlamaEngine(file, threads=1))
        elif request.param == "served":
            deltas = [(0.0, {"reasoning": "Who, "}), (0.0, {"reasoning": "I?"}), (0.0, "I am.")]
            server = opened.enter_context(serving(deltas))
            yield opened.enter_context(ServedModel(Server(server.url)))
        else:
            yield opened.enter_context(ScriptedModel(lambda _: "<think>Who, I?</think> I am."))


class Nothing:
    """A steering that has nothing against any text."""

    discouraged = ("word",)

    def forbids(self, text: str) -> bool:
        return False


def test_an_answer_is_its_pieces_joined(model: Model) -> None:
    assert "".join(model.stream(QUESTION, LONG)) == model.complete(QUESTION, LONG) != ""


def test_a_greedy_answer_is_the_same_every_time(model: Model) -> None:
    first = model.complete(QUESTION, LONG)
    model.complete([Message("user", "Something else, quite a bit longer?")], LONG)
    assert model.complete(QUESTION, LONG) == first


def test_an_answer_keeps_to_its_length(model: Model) -> None:
    # A server may send the text of one token in two pieces.
    most = 4 if isinstance(model, ServedModel) else 3
    assert len(list(model.stream(QUESTION, Sampling(max_tokens=3)))) <= most


def test_an_answer_starts_without_blanks(model: Model) -> None:
    answer = model.complete(QUESTION, LONG)
    assert answer == answer.lstrip()


def test_stop_ends_an_answer_and_keeps_what_came(model: Model) -> None:
    pieces = model.stream(QUESTION, Sampling(max_tokens=400))
    kept = [next(pieces), next(pieces)]
    model.stop()
    assert list(pieces) == []
    assert model.complete(QUESTION, Sampling(max_tokens=400)).startswith("".join(kept))


def test_stop_from_another_thread_is_enough(model: Model) -> None:
    pieces = model.stream(QUESTION, Sampling(max_tokens=400))
    next(pieces)
    stopper = threading.Thread(target=model.stop)
    stopper.start()
    stopper.join()
    assert list(pieces) == []


def test_stop_without_an_answer_changes_nothing(model: Model) -> None:
    model.stop()
    assert model.complete(QUESTION, LONG)


def test_an_answer_left_halfway_blocks_nothing(model: Model) -> None:
    pieces = model.stream(QUESTION, Sampling(max_tokens=400))
    next(pieces)
    pieces.close()
    assert model.complete(QUESTION, LONG)


def test_answers_asked_from_many_threads_do_not_mix(model: Model) -> None:
    expected = model.complete(QUESTION, LONG)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(model.complete(QUESTION, LONG)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_a_thought_stands_between_tags_before_the_answer(thinker: Model) -> None:
    answer = thinker.complete(QUESTION, LONG)
    assert answer.startswith("<think>")
    pieces = list(separated(thinker.stream(QUESTION, LONG)))
    assert pieces[0].thought
    assert "<think>" not in "".join(piece.text for piece in pieces)


def test_a_thought_does_not_keep_an_answer_from_being_asked_for_again(thinker: Model) -> None:
    assert thinker.complete(QUESTION, LONG) == thinker.complete(QUESTION, LONG)


@pytest.mark.parametrize("schema", ['{"type": "boolean"}', '{"type": "object"}'])
def test_a_schema_may_be_given_to_any_model(model: Model, schema: str) -> None:
    answer = model.complete(QUESTION, Sampling(max_tokens=40, schema=schema))
    assert answer
    if isinstance(model, LlamaEngine):
        assert answer[0] in "tf{"


def test_a_schema_ends_the_thought_that_a_prompt_opens(thinker: Model) -> None:
    answer = thinker.complete(QUESTION, Sampling(max_tokens=40, schema='{"type": "boolean"}'))
    if isinstance(thinker, LlamaEngine):
        assert answer.strip() in ("true", "false")


def test_a_steering_may_be_given_to_any_model(model: Model) -> None:
    steering = Nothing()
    answer = model.complete(QUESTION, LONG, steering)
    assert answer == "".join(model.stream(QUESTION, LONG, steering=steering)) != ""


def test_info_describes_the_model(model: Model) -> None:
    info = model.info
    assert isinstance(info, ModelInfo)
    assert info.name
    assert info.instruct
    assert len(info.fingerprint) == 64
    assert info.editable == (info.why_not_editable is None)
    assert info.local == (not isinstance(model, ServedModel))
    assert not info.elsewhere


def test_more_turns_count_more_tokens(model: Model) -> None:
    assert 0 < model.count_tokens(QUESTION) < model.count_tokens(QUESTION * 2)


def test_no_adapter_can_be_taken_out_twice(model: Model) -> None:
    model.set_adapter(None)
    model.set_adapter(None)
    assert model.adapter is None


def test_what_is_no_adapter_is_refused(model: Model) -> None:
    with pytest.raises(ModelError):
        model.set_adapter(b"GGUF, but no adapter")
    assert model.adapter is None


def test_call_returns_the_result_and_may_be_nested(model: Model) -> None:
    assert model.call(lambda: model.call(lambda: 7) + 1) == 8


def test_an_answer_can_be_asked_for_inside_a_call(model: Model) -> None:
    assert model.call(lambda: model.complete(QUESTION, LONG)) == model.complete(QUESTION, LONG)


def test_call_passes_errors_on(model: Model) -> None:
    with pytest.raises(ZeroDivisionError):
        model.call(lambda: 1 // 0)


def test_what_depends_on_the_model_is_freed_before_it(model: Model) -> None:
    order, number = [], count()
    model.on_close(lambda: order.append(("first given", next(number))))
    model.on_close(lambda: order.append(("last given", next(number))))
    model.close()
    assert order == [("last given", 0), ("first given", 1)]


def test_a_closed_model_says_so(model: Model) -> None:
    model.close()
    model.close()
    with pytest.raises(ModelError, match="closed"):
        model.complete(QUESTION)
