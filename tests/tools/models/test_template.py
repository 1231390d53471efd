"""Chat templates of strangers: rendered, folded where they are picky, never trusted."""

import pytest

from tests.tools.models.tiny_gguf import CHATML, NO_SYSTEM
from tools.errors import ModelError
from tools.models.template import ChatTemplate, fold
from tools.models.types import Message

SYSTEM, USER = Message("system", "Be kind."), Message("user", "Hi")
ANSWER, AGAIN = Message("assistant", "Hello"), Message("user", "Who?")
ALTERNATING = (
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}[{{ m.content }}]{% endfor %}"
)


def test_a_conversation_ends_where_the_assistant_speaks() -> None:
    assert ChatTemplate(CHATML).render([SYSTEM, USER]) == (
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_special_tokens_come_from_the_model() -> None:
    assert ChatTemplate("{{ bos_token }}-{{ eos_token }}", bos="<s>", eos="</s>").render(
        [USER]
    ) == "<s>-</s>"


def test_a_begun_answer_is_left_open() -> None:
    prompt = ChatTemplate(CHATML).render([USER, Message("assistant", "He")])
    assert prompt.endswith("<|im_start|>assistant\nHe")


@pytest.mark.parametrize("source", [
    NO_SYSTEM + CHATML,
    "{% for m in messages if m.role != 'system' %}[{{ m.content }}]{% endfor %}",
])
def test_a_refused_or_dropped_system_turn_goes_into_the_user_turn(source: str) -> None:
    assert "Be kind.\n\nHi" in ChatTemplate(source).render([SYSTEM, USER])


def test_two_turns_of_one_role_become_one_where_they_must() -> None:
    prompt = ChatTemplate(ALTERNATING).render([USER, AGAIN, ANSWER, USER])
    assert prompt == "[Hi\n\nWho?][Hello][Hi]"


def test_folding_keeps_order_and_text() -> None:
    assert fold([SYSTEM, USER, ANSWER, SYSTEM, AGAIN]) == [
        Message("user", "Be kind.\n\nHi"), ANSWER, Message("user", "Be kind.\n\nWho?")
    ]


def test_what_jinja_has_and_transformers_adds_works() -> None:
    source = (
        "{% for m in messages %}{% if loop.index0 == 1 %}{% break %}{% endif %}"
        "{{ m | tojson }}{% endfor %}{{ strftime_now('%Y') | length }}"
    )
    assert ChatTemplate(source).render([Message("user", "<é>"), ANSWER, USER]) == (
        '{"role": "user", "content": "<é>"}4'
    )


def test_a_template_that_always_fails_says_why() -> None:
    with pytest.raises(ModelError, match="chat template failed: not today"):
        ChatTemplate("{{ raise_exception('not today') }}").render([USER])


@pytest.mark.parametrize("source", [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ messages.append(1) }}",
    "{{ 1 / 0 }}",
    "{{ messages[0]['nothing']['at all'] }}",
    "{% for i in range(10 ** 9) %}{% endfor %}",
])
def test_a_template_cannot_reach_out_or_crash(source: str) -> None:
    with pytest.raises(ModelError, match="chat template failed"):
        ChatTemplate(source).render([USER])


def test_a_template_that_is_no_jinja_is_said_so() -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        ChatTemplate("{% if %}")
