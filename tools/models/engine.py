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
from tools.models.gguf_file import DEFAULT_CONTEXT, check_patient, count, read_info
from tools.models.loading import load_model
from tools.models.owner import Owner
from tools.models.runs import Run, Runs
from tools.models.sampler import Sampler
from tools.models.streaming import Streaming
from tools.models.template import ChatTemplate
from tools.models.tokens import Detokeniser, Vocabulary
from tools.models.types import Message, ModelInfo, Sampling
from tools.models.window import fit


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
                    raise AdapterRefused(f"{error}: {log.since(point)}") from error
            self._context.set_adapter(pointer)
            self._plugged.close()
            self._plugged, self._adapter = loading.pop_all(), gguf

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
        self, run: Run, messages: Sequence[Message], sampling: Sampling
    ) -> Iterator[str]:
        prompt = self._fitting(messages, reserve=sampling.max_tokens)
        begun = messages[-1].role == "assistant"
        with self._runs.current(run):
            try:
                self._context.read(prompt)
                yield from self._pieces(run, sampling, begun=begun)
            except Cancelled:
                return

    def _pieces(self, run: Run, sampling: Sampling, *, begun: bool) -> Iterator[str]:
        """Text of token after token; an answer not `begun` yet starts without blanks."""
        sampler, text = Sampler(sampling), Detokeniser(self.vocabulary)
        room = self.context_length - self._context.used
        for _ in range(min(sampling.max_tokens, room)):
            token = sampler.choose(self._context.logits())
            if self.vocabulary.ends(token) or run.cancelled:
                return
            piece = text.push(token)
            if piece := piece if begun else piece.lstrip():
                begun = True
                yield piece
            self._context.step([token])

    def _fitting(self, messages: Sequence[Message], reserve: int) -> list[int]:
        """Tokens of as much of the conversation as leaves room for an answer."""
        room = self.context_length - max(1, min(reserve, self.context_length // 4))
        return self.prompt_tokens(fit(messages, room, self.count_tokens))

    def _harmless(self, message: Message) -> Message:
        content = message.content
        for control in self.vocabulary.control_texts:
            if len(control) > 2 and control in content:
                content = content.replace(control, f"{control[0]} {control[1:]}")
        return Message(message.role, content)
