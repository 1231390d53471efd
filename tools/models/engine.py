"""The patient in this process: one GGUF chat model on llama.cpp, whose adapter can be swapped.

Everything that touches the model runs on one owner thread, one thing after the other, so an adapter
never changes under a running answer. The engine does not know what an adapter is for.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as llama
from numpy.typing import NDArray

from tools.errors import AdapterRefused
from tools.models import adapters, log
from tools.models.chat_context import Cancelled, ChatContext
from tools.models.dislike import Dislike
from tools.models.gguf_file import DEFAULT_CONTEXT, check_patient, count, read_info
from tools.models.grammar import Grammar
from tools.models.loading import load_model
from tools.models.owner import Owner
from tools.models.runs import Run, Runs
from tools.models.sampler import Sampler
from tools.models.streaming import Streaming
from tools.models.template import ChatTemplate
from tools.models.thinking import CLOSE, OPEN, left_open
from tools.models.tokens import Vocabulary
from tools.models.types import Message, ModelInfo, Sampling, Steering
from tools.models.window import fit
from tools.models.writing import Writer


class LlamaEngine(Streaming):
    """A loaded chat model.

    `threads` to compute with; `context_length` in tokens, by default what the model was trained for
    and at most 4096; `ref` is how the user named it; `cache_dir` remembers the file's fingerprint.

    Raises:
        ModelFileError: the file is no chat model or llama.cpp cannot load it.
    """

    def __init__(
        self,
        path: Path,
        *,
        threads: int = 2,
        context_length: int | None = None,
        ref: str | None = None,
        cache_dir: Path | None = None,
    ) -> None:
        header = check_patient(path)
        wanted = min(count(header, "context_length"), context_length or DEFAULT_CONTEXT)
        self.path, self.threads, self.context_length = path, threads, wanted
        self._ref, self._cache_dir = ref, cache_dir
        self._adapter: bytes | None = None
        self._plugged = ExitStack()
        self._opened = ExitStack()
        self._owner = Owner("engine")
        try:
            self._owner.call(self._open, str(header.metadata["tokenizer.chat_template"]))
        except BaseException:
            self._owner.close()
            raise

    def _open(self, template: str) -> None:
        with ExitStack() as opening:
            self.model = load_model(self.path)
            opening.callback(llama.llama_model_free, self.model)
            self.vocabulary = Vocabulary(self.model)
            names = {"bos": self.vocabulary.bos, "eos": self.vocabulary.eos}
            self._template = ChatTemplate(template, **names)
            self._dislike = Dislike(self.path, self.vocabulary)
            self._context = ChatContext(self.model, self.context_length, self.threads)
            opening.callback(self._context.close)
            self._runs = Runs(self._context.cancel)
            self._opened = opening.pop_all()

    @cached_property
    def info(self) -> ModelInfo:
        """What the file tells of the model; the first use hashes the file."""
        info = read_info(self.path, ref=self._ref, cache_dir=self._cache_dir)
        return replace(info, context_length=self.context_length)

    @property
    def adapter(self) -> bytes | None:
        """The GGUF adapter plugged in, None for the model as its file has it."""
        return self._adapter

    def set_adapter(self, gguf: bytes | None) -> None:
        """Plug a LoRA adapter in place of the one before, or none, after the running answer.

        Raises:
            AdapterRefused: llama.cpp does not take it; the one before stays.
        """
        self.call(self._plug, gguf)

    def _plug(self, gguf: bytes | None) -> None:
        point = log.mark()
        with ExitStack() as loading:
            pointer = None
            if gguf is not None:
                try:
                    pointer = loading.enter_context(adapters.loaded(self.model, gguf))
                except AdapterRefused as error:
                    told = log.since(point)
                    raise AdapterRefused(f"{error}: {told}" if told else str(error)) from error
            self._context.set_adapter(pointer)
            self._plugged.close()
            self._plugged, self._adapter = loading.pop_all(), gguf

    def clear(self) -> None:
        """Forget every token of earlier prompts and overwrite their attention state."""
        self.call(self._context.clear)

    def logits(self, messages: Sequence[Message]) -> NDArray[np.float32]:
        """float32[vocabulary] for the first token of an answer, computed from an empty context."""
        return self.call(self._logits, messages)

    def _logits(self, messages: Sequence[Message]) -> NDArray[np.float32]:
        self._context.clear()
        self._context.read(self._fitting(messages, reserve=1))
        return self._context.logits().copy()

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt as text, ending where the assistant is to speak.

        Control tokens written out in a message are broken up: a text cannot open a turn.
        """
        return self._template.render([self._harmless(message) for message in messages])

    def tokenise(self, text: str, *, special: bool) -> list[int]:
        """Tokens of a text; `special` reads control tokens written out in it as such."""
        return self.vocabulary.encode(text, special=special)

    def detokenise(self, tokens: Sequence[int]) -> str:
        """The text of tokens, control tokens left out."""
        return self.vocabulary.decode(tokens)

    def prompt_tokens(self, messages: Sequence[Message]) -> list[int]:
        """Tokens of the whole conversation, nothing left out."""
        return self.vocabulary.encode_prompt(self.render(messages))

    def text_tokens(self, text: str) -> list[int]:
        """Tokens of plain text that opens a context, after BOS if the model wants it."""
        return [*self.vocabulary.encode_prompt(""), *self.tokenise(text, special=False)]

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """How many tokens the conversation takes as a prompt."""
        return len(self.prompt_tokens(messages))

    def on_close(self, function: Callable[[], object]) -> None:
        """Run on the owner thread before the model is freed; the last one given runs first."""
        self._opened.callback(function)

    def close(self) -> None:
        """Stop, free everything, end the owner thread. Closing twice is harmless."""
        self.stop()
        if not self._owner.closed:
            self.call(self._free)
        self._owner.close()

    def _free(self) -> None:
        self._opened.push(self._plugged)
        self._opened.close()

    def _generate(
        self, run: Run, messages: Sequence[Message], sampling: Sampling,
        steering: Steering | None = None,
    ) -> Iterator[str]:
        prompt = self._prompt(messages, reserve=sampling.max_tokens)
        begun = messages[-1].content if messages[-1].role == "assistant" else ""
        thinks = left_open(prompt, begun)
        if thinks and sampling.schema:
            # what follows a schema is the answer, so the thought is over before it began
            prompt, thinks = prompt + CLOSE + "\n\n", False
        with self._runs.current(run), ExitStack() as used:
            writer = self._writer(used, sampling, steering, begun)
            try:
                self._context.read(self.vocabulary.encode_prompt(prompt))
                if thinks:
                    yield OPEN
                yield from self._pieces(run, writer, sampling.max_tokens, begun=bool(begun))
            except Cancelled:
                return

    def _writer(
        self, used: ExitStack, sampling: Sampling, steering: Steering | None, begun: str
    ) -> Writer:
        grammar = None
        if sampling.schema is not None:
            grammar = Grammar(self.vocabulary.pointer, sampling.schema)
            used.callback(grammar.close)
        return Writer(
            self._context, self.vocabulary, Sampler(sampling), grammar=grammar, steering=steering,
            penalty=self._dislike.penalty(steering.discouraged) if steering else None, begun=begun,
        )

    def _pieces(self, run: Run, writer: Writer, most: int, *, begun: bool) -> Iterator[str]:
        """Text of token after token; an answer not `begun` yet starts without blanks."""
        room = self.context_length - self._context.used
        for piece in writer.pieces(min(most, room)):
            if run.cancelled:
                return
            if told := piece if begun else piece.lstrip():
                begun = True
                yield told

    def _fitting(self, messages: Sequence[Message], reserve: int) -> list[int]:
        """Tokens of as much of the conversation as leaves room for an answer."""
        return self.vocabulary.encode_prompt(self._prompt(messages, reserve))

    def _prompt(self, messages: Sequence[Message], reserve: int) -> str:
        """The prompt with as much of the conversation as leaves room for an answer."""
        room = self.context_length - max(1, min(reserve, self.context_length // 4))
        return self.render(fit(messages, room, self.count_tokens))

    def _harmless(self, message: Message) -> Message:
        content = message.content
        for control in self.vocabulary.control_texts:
            if len(control) > 2 and control in content:
                content = content.replace(control, f"{control[0]} {control[1:]}")
        return Message(message.role, content)
