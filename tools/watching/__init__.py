"""Reading what a user turn wants of the assistant's memory."""

from tools.watching.verdict import Intent, Scope, SentenceEmbedder, Verdict
from tools.watching.watcher import Watcher

__all__ = ["Intent", "Scope", "SentenceEmbedder", "Verdict", "Watcher"]
