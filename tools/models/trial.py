"""Loads a model file and decodes one token, as a program: `python -m tools.models.trial PATH`.

Whether this process lives to its end is the whole answer.
"""

import sys
from pathlib import Path

from llama_cpp import llama_cpp as llama

from tools.errors import ModelError
from tools.models.chat_context import ChatContext
from tools.models.loading import load_model


def main(path: Path) -> None:
    """Touch every part of the file that loading and decoding touch."""
    try:
        model = load_model(path)
        context = ChatContext(model, 64, threads=1)
        context.read([0])
        context.close()
        llama.llama_model_free(model)
    except ModelError as refused:
        sys.exit(str(refused))  # an orderly refusal comes again when the file is opened


if __name__ == "__main__":
    main(Path(sys.argv[1]))
