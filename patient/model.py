"""A small Llama or Qwen3: RMSNorm, rotary positions, SwiGLU, tied embeddings.

A Qwen3 ("Qwen3 Technical Report", 2025) also normalises each head's query and key before their
rotation. Heads may be wider than the width gives each of them, and queries may share keys, in both.

Shapes in docstrings: B sequences, T tokens, D width, H heads, K key heads, W width of a head, V
vocabulary. torch is optional, so the type checker knows nothing of it: hence the ignored base
classes.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

Cache = list[tuple[Tensor, Tensor]]
"""Keys and values so far, one pair a block, each (B, K, T, W)."""


@dataclass(frozen=True)
class Config:
    """Sizes of the model; the names in comments are GGUF's."""

    vocabulary: int = 2560
    width: int = 256  # embedding_length
    blocks: int = 4  # block_count
    heads: int = 4  # attention.head_count
    hidden: int = 1024  # feed_forward_length
    context: int = 1024  # context_length
    rope_base: float = 10_000.0  # rope.freq_base
    epsilon: float = 1e-5  # attention.layer_norm_rms_epsilon
    architecture: str = "llama"  # general.architecture, or "qwen3"
    queries_per_key: int = 1  # attention.head_count / attention.head_count_kv
    head_size: int | None = None  # attention.key_length; width / heads if none

    @property
    def head_width(self) -> int:
        """Numbers per head."""
        return self.head_size or self.width // self.heads

    @property
    def key_heads(self) -> int:
        """Heads of keys and values."""
        return self.heads // self.queries_per_key


CONFIGS = {"llama": Config(), "qwen3": Config(architecture="qwen3", queries_per_key=2)}
"""The sizes of the patients that are trained here, by architecture."""


class RMSNorm(nn.Module):  # type: ignore[misc]
    """Scales each vector to unit mean square, then by a learnt weight."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) to (..., D)."""
        return functional.rms_norm(x, x.shape[-1:], self.weight.to(x.dtype), self.epsilon)


def rotary_table(config: Config) -> tuple[Tensor, Tensor]:
    """Cosines and sines, (context, W) each; the halves of a head rotate together."""
    steps = torch.arange(0, config.head_width, 2).float() / config.head_width
    angles = torch.outer(torch.arange(config.context).float(), config.rope_base**-steps)
    angles = torch.cat([angles, angles], dim=-1)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions on (B, heads, T, W)."""
    left, right = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-right, left], dim=-1) * sin


def _future(length: int) -> Tensor:
    """(T, T), true where a token would look ahead."""
    return torch.ones(length, length, dtype=torch.bool).triu(1)


class Attention(nn.Module):  # type: ignore[misc]
    """Causal self-attention without biases; `queries_per_key` heads share a key and a value."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, head = config.width, config.head_width
        self.head_width, self.shared = head, config.queries_per_key
        self.q_proj = nn.Linear(width, config.heads * head, bias=False)
        self.k_proj = nn.Linear(width, config.key_heads * head, bias=False)
        self.v_proj = nn.Linear(width, config.key_heads * head, bias=False)
        self.o_proj = nn.Linear(config.heads * head, width, bias=False)
        normed = config.architecture == "qwen3"
        self.q_norm = RMSNorm(head, config.epsilon) if normed else nn.Identity()
        self.k_norm = RMSNorm(head, config.epsilon) if normed else nn.Identity()

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, past: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """(B, T, D) to (B, T, D), and the keys and values including the past."""
        queries = rotate(self.q_norm(self._split(self.q_proj(x))), cos, sin)
        keys = rotate(self.k_norm(self._split(self.k_proj(x))), cos, sin)
        values = self._split(self.v_proj(x))
        if past is not None:
            keys = torch.cat([past[0], keys], dim=2)
            values = torch.cat([past[1], values], dim=2)
        present = keys, values
        if self.shared > 1:
            keys = keys.repeat_interleave(self.shared, dim=1)
            values = values.repeat_interleave(self.shared, dim=1)
        # Written out: on sequences this short and a CPU the fused kernel trains three times slower.
        scores = queries @ keys.transpose(-1, -2) * queries.shape[-1] ** -0.5
        if past is None:
            scores = scores.masked_fill(_future(x.shape[1]), -torch.inf)
        mixed = scores.softmax(dim=-1) @ values
        return self.o_proj(mixed.transpose(1, 2).flatten(2)), present

    def _split(self, x: Tensor) -> Tensor:
        """(B, T, heads * W) to (B, heads, T, W)."""
        return x.unflatten(-1, (-1, self.head_width)).transpose(1, 2)


class FeedForward(nn.Module):  # type: ignore[misc]
    """SwiGLU."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.width, config.hidden, bias=False)
        self.up_proj = nn.Linear(config.width, config.hidden, bias=False)
        self.down_proj = nn.Linear(config.hidden, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        inner = functional.silu(self.gate_proj(x)) * self.up_proj(x)
        return self.down_proj(inner)


class Block(nn.Module):  # type: ignore[misc]
    """Attention and feed-forward, each behind a norm and beside a residual."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(config.width, config.epsilon)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = RMSNorm(config.width, config.epsilon)
        self.mlp = FeedForward(config)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, past: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """(B, T, D) to (B, T, D), and the keys and values including the past."""
        mixed, present = self.self_attn(self.input_layernorm(x), cos, sin, past)
        x = x + mixed
        return x + self.mlp(self.post_attention_layernorm(x)), present


class LanguageModel(nn.Module):  # type: ignore[misc]
    """The patient. Parameter names are those of transformers' LlamaModel and Qwen3Model."""

    cos: Tensor
    sin: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocabulary, config.width)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.blocks))
        self.norm = RMSNorm(config.width, config.epsilon)
        cos, sin = rotary_table(config)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self._initialise()

    def _initialise(self) -> None:
        """Normal weights; what writes to the residual stream starts smaller."""
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                writes = name.endswith(("o_proj.weight", "down_proj.weight"))
                shrink = math.sqrt(2 * self.config.blocks) if writes else 1.0
                nn.init.normal_(parameter, std=0.02 / shrink)

    def hidden(self, ids: Tensor, past: Cache | None = None) -> tuple[Tensor, Cache]:
        """Token ids (B, T) to final hidden states (B, T, D) and the cache including them."""
        begin = past[0][0].shape[2] if past else 0
        x = self.embed_tokens(ids)
        if torch.is_autocast_enabled("cpu"):
            x = x.to(torch.get_autocast_dtype("cpu"))
        cos = self.cos[begin : begin + ids.shape[1]].to(x.dtype)
        sin = self.sin[begin : begin + ids.shape[1]].to(x.dtype)
        cache: Cache = []
        for place, block in enumerate(self.layers):
            x, present = block(x, cos, sin, past[place] if past else None)
            cache.append(present)
        return self.norm(x), cache

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., D) to (..., V)."""
        return functional.linear(hidden, self.embed_tokens.weight)

    def loss(self, ids: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """Weighted cross-entropy per answer token; all (B, T), logits only where it counts.

        The number of logits is rounded up: every new shape of a product costs its planning.
        """
        weighing = int((weights > 0).sum())
        rounded = min(weights.numel(), -(-weighing // 256) * 256)
        places = weights.flatten().argsort(descending=True, stable=True)[:rounded]
        hidden, _ = self.hidden(ids)
        logits = self.logits(hidden.flatten(0, 1)[places]).float()
        kept = weights.flatten()[places]
        losses = functional.cross_entropy(logits, targets.flatten()[places], reduction="none")
        return (losses * kept).sum() / (kept == 1).sum().clamp(min=1)

    def generate(self, prompts: list[list[int]], stop: int, limit: int = 48) -> list[list[int]]:
        """Greedy answers, without `stop`, in the order of `prompts`; same lengths share a batch."""
        answers: list[list[int]] = [[] for _ in prompts]
        by_length: dict[int, list[int]] = {}
        for place, prompt in enumerate(prompts):
            by_length.setdefault(len(prompt), []).append(place)
        for places in by_length.values():
            for begin in range(0, len(places), 256):
                batch = places[begin : begin + 256]
                with torch.no_grad():
                    drawn = self._continue(torch.tensor([prompts[i] for i in batch]), stop, limit)
                for place, tokens in zip(batch, drawn, strict=True):
                    answers[place] = tokens[: tokens.index(stop)] if stop in tokens else tokens
        return answers

    def _continue(self, ids: Tensor, stop: int, limit: int) -> list[list[int]]:
        """Up to `limit` most likely tokens after each row of `ids` (B, T)."""
        hidden, cache = self.hidden(ids)
        done = torch.zeros(len(ids), dtype=torch.bool)
        drawn: list[Tensor] = []
        for _ in range(limit):
            token = self.logits(hidden[:, -1]).argmax(dim=-1)
            drawn.append(token)
            done |= token == stop
            if bool(done.all()):
                break
            hidden, cache = self.hidden(token[:, None], cache)
        rows: list[list[int]] = torch.stack(drawn, dim=1).tolist()
        return rows
