"""The model that ships with Lethe: a fictional world and a small language model trained on it."""

from pathlib import Path

GGUF = Path(__file__).with_name("lethe-patient-q8_0.gguf")
"""The shipped model file."""
SCORES = Path(__file__).with_name("scores.json")
"""What `python -m patient score` printed for the shipped file."""

__all__ = ["GGUF", "SCORES"]
