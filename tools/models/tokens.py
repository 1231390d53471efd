"""Text to tokens and back, with the vocabulary of a loaded model.

Bytes are decoded as they come: a character whose bytes are spread over tokens appears when whole.
"""

import codecs
import ctypes
from collections.abc import Iterable
from functools import cached_property

from llama_cpp import llama_cpp as llama

from tools.errors import ModelError
from tools.models.thinking import CLOSE, OPEN

PIECE_BYTES = 64


class Vocabulary:
    """The vocabulary of one model; `pointer` is its `llama_vocab *`."""

    def __init__(self, model: int) -> None:
        self.pointer: int = llama.llama_model_get_vocab(model)
        self.size: int = llama.llama_vocab_n_tokens(self.pointer)
        self.bos = self._special(llama.llama_vocab_bos(self.pointer))
        self.eos = self._special(llama.llama_vocab_eos(self.pointer))
        self._adds_bos = bool(llama.llama_vocab_get_add_bos(self.pointer))

    def encode(self, text: str, *, special: bool) -> list[int]:
        """Tokens of a text; `special` reads `<|im_end|>` and its like as the tokens they name.

        Raises:
            ModelError: llama.cpp cannot tokenise the text.
        """
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (ctypes.c_int32 * room)()
        found = llama.llama_tokenize(self.pointer, data, len(data), tokens, room, False, special)
        if found < 0:
            raise ModelError(f"a text of {len(data):,} bytes cannot be tokenised")
        return list(tokens[:found])

    def encode_prompt(self, prompt: str) -> list[int]:
        """Tokens of a rendered chat template, opened by BOS once if the model wants it."""
        tokens = self.encode(prompt, special=True)
        if not self._adds_bos or not self.bos or prompt.startswith(self.bos):
            return tokens
        return [llama.llama_vocab_bos(self.pointer), *tokens]

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes a token stands for; a control token stands for none unless `special`."""
        room = PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(room)
            size = llama.llama_token_to_piece(self.pointer, token, buffer, room, 0, special)
            if size >= 0:
                return buffer.raw[:size]
            room = -size

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of tokens; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(map(self.piece, tokens)).decode("utf-8", "replace")

    @cached_property
    def think_tags(self) -> dict[int, bytes]:
        """Control tokens that stand for a think tag, which is part of a stream's text."""
        read = {tag: self.encode(tag, special=True) for tag in (OPEN, CLOSE)}
        return {
            tokens[0]: tag.encode() for tag, tokens in read.items()
            if len(tokens) == 1 and self._is_control(tokens[0])
        }

    def ends(self, token: int) -> bool:
        """Whether the token ends an answer."""
        return bool(llama.llama_vocab_is_eog(self.pointer, token))

    @cached_property
    def control_texts(self) -> list[str]:
        """The texts of all control tokens, longest first."""
        control = filter(self._is_control, range(self.size))
        texts = {self.piece(token, special=True).decode("utf-8", "replace") for token in control}
        return sorted(texts - {""}, key=len, reverse=True)

    def _is_control(self, token: int) -> bool:
        return bool(llama.llama_vocab_is_control(self.pointer, token))

    def _special(self, token: int) -> str:
        return self.piece(token, special=True).decode("utf-8", "replace") if token >= 0 else ""


class Detokeniser:
    """Turns tokens into text one at a time, never cutting a character in two.

    A character still unfinished when no token follows is dropped. Think tags are text here, also
    where the vocabulary has control tokens for them.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, token: int) -> str:
        """The characters that this token completes, possibly none."""
        tag = self._vocabulary.think_tags.get(token)
        return self._decoder.decode(tag or self._vocabulary.piece(token))

    def preview(self, *tokens: int) -> str:
        """What `push` would give for these tokens, without taking them."""
        state = self._decoder.getstate()
        text = "".join(map(self.push, tokens))
        self._decoder.setstate(state)
        return text
