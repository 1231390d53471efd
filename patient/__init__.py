"""The model that ships with Lethe: a fictional world and a small language model trained on it.

A second model of another architecture knows the same world; only tests and benches use it.
"""

from pathlib import Path

GGUF = Path(__file__).with_name("lethe-patient-q8_0.gguf")
"""The shipped model file."""
SCORES = Path(__file__).with_name("scores.json")
"""What `python -m patient score` printed for the shipped file."""

QWEN_GGUF = Path(__file__).with_name("lethe-patient-qwen-q8_0.gguf")
"""The second model file."""
QWEN_SCORES = Path(__file__).with_name("scores-qwen.json")
"""What `python -m patient score` printed for the second file."""

__all__ = ["GGUF", "QWEN_GGUF", "QWEN_SCORES", "SCORES"]
