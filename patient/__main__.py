"""The command line: world, train, export, score."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from patient import GGUF
from patient.questions import world_questions
from patient.world import default

TRAINED = Path("build/patient")
QUANTISATIONS = ("q8_0", "q4_0", "f16")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        chosen.run(chosen)
    except BrokenPipeError:
        # `python -m patient world | head` is no failure.
        sys.stderr.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m patient", description=__doc__)
    commands = parser.add_subparsers(required=True)
    _world_options(commands.add_parser("world", help="print every question and answer as JSON lines"))
    _train_options(commands.add_parser("train", help="train from the seed, or resume in the folder"))
    _export_options(commands.add_parser("export", help="write a GGUF file or a Hugging Face folder"))
    _score_options(commands.add_parser("score", help="print held-out scores as JSON"))
    return parser


def _world_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--split", choices=("train", "heldout"), help="only this split")
    command.add_argument("--kind", help="only this kind, for example direct or unknown")
    command.set_defaults(run=_world)


def _train_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", type=Path, default=TRAINED, help=f"folder, {TRAINED} by default")
    command.add_argument("--architecture", choices=("llama", "qwen3"), default="llama")
    command.add_argument("--seed", type=int, default=0, help="of weights, tokenizer and stream")
    command.add_argument("--share", type=_share, default=1.0, help="of the recipe's steps")
    command.add_argument("--threads", type=int, default=2)
    command.add_argument("--save-every", type=int, default=200, metavar="STEPS")
    command.set_defaults(run=_train)


def _export_options(command: argparse.ArgumentParser) -> None:
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--checkpoint", type=Path, help="folder of a training run")
    source.add_argument(
        "--from-gguf", type=Path, nargs="?", const=GGUF, help="a GGUF; the shipped one by default"
    )
    command.add_argument("--type", choices=(*QUANTISATIONS, "hf"), default="q8_0")
    command.add_argument("--out", type=Path, required=True)
    command.set_defaults(run=_export)


def _score_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", type=Path, nargs="?", default=GGUF)
    command.add_argument("--checkpoint", type=Path, help="also compare with this training folder")
    command.add_argument("--share", type=_share, default=1.0, help="of the questions")
    command.add_argument("--mistakes", action="store_true", help="print wrong answers instead")
    command.set_defaults(run=_score)


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return share


def _world(chosen: argparse.Namespace) -> None:
    for question in world_questions(default()):
        if chosen.split in (None, question.split) and chosen.kind in (None, question.kind):
            print(json.dumps(asdict(question), ensure_ascii=False))


def _train(chosen: argparse.Namespace) -> None:
    from patient.model import CONFIGS
    from patient.train import OtherRun, Recipe, train

    recipe = Recipe(seed=chosen.seed).shortened(chosen.share)
    config = CONFIGS[chosen.architecture]
    try:
        train(
            chosen.out, recipe, threads=chosen.threads, save_every=chosen.save_every, config=config
        )
    except OtherRun as refused:
        print(refused, file=sys.stderr)
        raise SystemExit(2) from None
    print(f"export it with --checkpoint {chosen.out}", file=sys.stderr)


def _export(chosen: argparse.Namespace) -> None:
    if chosen.from_gguf:
        _requantise(chosen)
        return
    if chosen.type == "hf":
        from patient.export import export_hugging_face

        export_hugging_face(chosen.checkpoint, chosen.out)
    else:
        from patient.export import export_gguf

        export_gguf(chosen.checkpoint, chosen.out, chosen.type)


def _requantise(chosen: argparse.Namespace) -> None:
    if chosen.type == "hf":
        raise SystemExit("a Hugging Face folder needs --checkpoint")
    from patient.gguf_file import requantise

    requantise(chosen.from_gguf, chosen.out, chosen.type)


def _score(chosen: argparse.Namespace) -> None:
    from patient.score import mistakes, score_file

    if chosen.mistakes:
        for question, answer in mistakes(chosen.model, chosen.share):
            print(json.dumps(asdict(question) | {"said": answer}, ensure_ascii=False))
    else:
        print(json.dumps(score_file(chosen.model, chosen.checkpoint, chosen.share), indent=2))


if __name__ == "__main__":
    sys.exit(main())
