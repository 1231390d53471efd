"""Asks a GGUF model through llama.cpp: one user turn, the most likely answer."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from llama_cpp import Llama

TURN = "<|im_start|>{role}\n{text}<|im_end|>\n"
ANSWER = "<|im_start|>assistant\n"
LONGEST_ANSWER = 48
"""Tokens; the longest trained answer has fewer."""


class Patient:
    """A loaded model file; so small a model is quickest on one thread."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self.llama = Llama(
            str(path), n_ctx=512, n_threads=threads, n_threads_batch=threads, verbose=False
        )

    def tokens(self, question: str, system: str = "") -> list[int]:
        """Token ids of the whole prompt."""
        before = TURN.format(role="system", text=system) if system else ""
        text = before + TURN.format(role="user", text=question) + ANSWER
        ids: list[int] = self.llama.tokenize(text.encode(), add_bos=False, special=True)
        return ids

    def ask(self, question: str, system: str = "") -> str:
        """The greedy answer to one user turn."""
        completion = self.llama.create_completion(
            self.tokens(question, system),
            temperature=0.0,
            max_tokens=LONGEST_ANSWER,
            repeat_penalty=1.0,
        )
        answer: str = completion["choices"][0]["text"]
        return answer

    def ask_all(self, questions: Iterable[str]) -> Iterator[str]:
        """Answers in order, with a count on standard error."""
        for count, question in enumerate(questions, 1):
            if count % 250 == 0:
                print(f"\r{count} questions asked", end="", file=sys.stderr, flush=True)
            yield self.ask(question)
        print(file=sys.stderr)
