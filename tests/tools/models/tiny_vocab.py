"""Small vocabularies for tiny models: sentencepiece, byte-level BPE, wordpiece."""

from collections.abc import Callable

from gguf import GGUFWriter, TokenType

Token = tuple[str, float, TokenType]


def add_spm_tokenizer(writer: GGUFWriter) -> int:
    """A sentencepiece vocabulary of bytes, letters and a few words; returns its size."""
    tokens: list[Token] = [("<unk>", 0, TokenType.UNKNOWN)]
    tokens += [(text, 0, TokenType.CONTROL) for text in ("<s>", "</s>")]
    tokens += [(f"<0x{byte:02X}>", 0, TokenType.BYTE) for byte in range(256)]
    tokens += [(text, 0, TokenType.CONTROL) for text in ("<|im_start|>", "<|im_end|>")]
    tokens += [(chr(code), -10, TokenType.NORMAL) for code in range(33, 127)]
    tokens += [(word, -5, TokenType.NORMAL) for word in ("▁", "the", "user", "ing", "▁the", "▁a")]
    writer.add_tokenizer_model("llama")
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    return _add_tokens(
        writer, tokens, lambda padded: writer.add_token_scores([float(t[1]) for t in padded])
    )


def add_bpe_tokenizer(writer: GGUFWriter) -> int:
    """A byte-level BPE vocabulary of all bytes and six merges; returns its size."""
    merges = ["t h", "h e", "i n", "e r", "Ġ t", "Ġt he"]
    tokens: list[Token] = [(char, 0, TokenType.NORMAL) for char in _byte_characters()]
    tokens += [(merge.replace(" ", ""), 0, TokenType.NORMAL) for merge in merges]
    specials = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
    first = len(tokens)
    tokens += [(text, 0, TokenType.CONTROL) for text in specials]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_merges(merges)
    writer.add_bos_token_id(first)
    writer.add_eos_token_id(first + 2)
    writer.add_add_bos_token(False)
    return _add_tokens(writer, tokens, lambda padded: None)


def add_wordpiece_tokenizer(writer: GGUFWriter) -> int:
    """A bert vocabulary of letters and a few words; returns its size."""
    specials = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    tokens: list[Token] = [(text, 0, TokenType.CONTROL) for text in specials]
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words = letters + [f"##{letter}" for letter in letters] + ["forget", "the", "cat", "?", "."]
    # a converted bert vocabulary marks the start of a word instead of its continuation
    marked = [word[2:] if word.startswith("##") else f"▁{word}" for word in words]
    tokens += [(word, 0, TokenType.NORMAL) for word in marked]
    writer.add_tokenizer_model("bert")
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(3)
    writer.add_unk_token_id(1)
    writer.add_sep_token_id(3)
    writer.add_pad_token_id(0)
    return _add_tokens(writer, tokens, lambda padded: None)


def _add_tokens(
    writer: GGUFWriter, tokens: list[Token], and_also: Callable[[list[Token]], None]
) -> int:
    padding = [(f"[pad{i}]", -1000.0, TokenType.UNUSED) for i in range(-len(tokens) % 32)]
    padded = tokens + padding
    writer.add_token_list([text for text, _, _ in padded])
    writer.add_token_types([int(kind) for _, _, kind in padded])
    and_also(padded)
    return len(padded)


def _byte_characters() -> list[str]:
    """GPT-2's printable stand-in for each byte, in byte order."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    stand_in = {byte: chr(byte) for byte in plain}
    stand_in |= {byte: chr(256 + i) for i, byte in enumerate(others)}
    return [stand_in[byte] for byte in range(256)]
