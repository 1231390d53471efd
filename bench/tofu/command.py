"""TOFU as published (Maini et al. 2024), on patients of the shipped kind, scored in llama.cpp.

    python -m bench.tofu train --data DIR --split full|retain90|retain95|retain99 --out DIR
    python -m bench.tofu score --data DIR --model M.gguf [--adapter A.gguf] --retain R.gguf
                               [--split forget10] [--json OUT] [--docs DIR]
    python -m bench.tofu tune  --data DIR --out DIR [--methods METHOD ...]
    python -m bench.tofu run   --data DIR --out DIR [--split forget10 ...] [--methods METHOD ...]
                               [--seeds 1 2] [--docs DIR]

DIR holds the published files, unchanged (locuslab/TOFU on the Hugging Face hub); nothing is
downloaded. `train` goes on where it was stopped; `run` trains what is missing (torch, hours),
forgets the authors of each forget split by every method, scores every model once and keeps the
figures in OUT/tofu.json. `tune` searches the methods' settings on authors who are not reported.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.tofu import data
from bench.tofu.methods import METHODS, SEEDED, Run, Task
from bench.tofu.report import markdown, write_docs
from bench.tofu.work import Ledger, Scored, forget_and_score, score
from tools.errors import ToolError
from tui.paths import paths
from tui.progress import ProgressLine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 2 when something given cannot be used."""
    chosen = _parser().parse_args(arguments)
    try:
        chosen.run(chosen)
    except (ToolError, OSError) as error:
        print(f"tofu: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench.tofu", description="TOFU as published")
    commands = parser.add_subparsers(required=True)
    _train_options(commands.add_parser("train", help="train a patient on one split, or go on"))
    _score_options(commands.add_parser("score", help="score one model"))
    _tune_options(commands.add_parser("tune", help="search the methods' settings"))
    _run_options(commands.add_parser("run", help="train what is missing, forget, score all"))
    return parser


def _train_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--split", choices=data.TRAINED, required=True)
    command.add_argument("--out", type=Path, required=True, help="folder for OUT/SPLIT.gguf")
    _common_options(command)
    _recipe_options(command)
    command.set_defaults(run=_train)


def _score_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", type=Path, required=True)
    command.add_argument("--adapter", type=Path, help="an edit, as GGUF")
    command.add_argument("--retain", type=Path, required=True, help="the model that never saw them")
    command.add_argument("--split", choices=data.FORGET, default="forget10")
    command.add_argument("--json", type=Path, default=Path("tofu.json"), help="figures, added to")
    command.add_argument("--docs", type=Path, help="folder for tofu.md and its picture")
    _common_options(command)
    command.set_defaults(run=_score)


def _tune_options(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_tune)
    _method_options(command)
    _common_options(command)
    _recipe_options(command)


def _run_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--split", nargs="+", choices=data.FORGET, default=list(data.FORGET))
    command.add_argument("--seeds", type=int, nargs="+", default=[1], help="of what draws")
    command.add_argument("--docs", type=Path, help="folder for tofu.md and its picture")
    command.set_defaults(run=_run)
    _method_options(command)
    _common_options(command)
    _recipe_options(command)


def _method_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", type=Path, required=True, help="folder of models and figures")
    command.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    command.add_argument("--cache", type=Path, default=paths().cache, help="studies of the models")


def _common_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", type=Path, required=True, help="folder of the published files")
    command.add_argument("--threads", type=int, default=2)


def _recipe_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--steps", type=int, help="of training; the recipe's by default")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--save-every", type=int, default=200, metavar="STEPS")


def _train(chosen: argparse.Namespace) -> None:
    print(_trained(chosen, chosen.split))


def _trained(chosen: argparse.Namespace, split: str) -> Path:
    from bench.tofu.train import STEPS, recipe, train

    plan = recipe(chosen.steps or STEPS, chosen.seed)
    return train(
        chosen.data, split, chosen.out, plan, threads=chosen.threads, save_every=chosen.save_every
    )


def _score(chosen: argparse.Namespace) -> None:
    adapter = chosen.adapter.read_bytes() if chosen.adapter else None
    name = chosen.model.stem + (f" + {chosen.adapter.stem}" if chosen.adapter else "")
    retain = Scored(data.FORGET[chosen.split], chosen.retain)
    with ProgressLine() as progress:
        ledger = Ledger.open(chosen.json, chosen.data, [chosen.split])
        for model in (retain, Scored(name, chosen.model, adapter)):
            score(ledger, model, [chosen.split], chosen.threads, progress)
    _show(ledger, chosen.docs)


def _tune(chosen: argparse.Namespace) -> None:
    from bench.tofu.practice import Practice
    from bench.tofu.tune import tune

    full, work = _model(chosen, "full"), chosen.out / "tuning"
    for folder in (work, chosen.cache):
        folder.mkdir(parents=True, exist_ok=True)
    practice = Practice(chosen.data, full, chosen.cache, work, chosen.threads)
    tune(practice, chosen.methods)


def _model(chosen: argparse.Namespace, split: str) -> Path:
    """The model of a split, trained if it is not there."""
    file: Path = chosen.out / f"{split}.gguf"
    return file if file.exists() else _trained(chosen, split)


def _run(chosen: argparse.Namespace) -> None:
    for folder in (chosen.out, chosen.cache):
        folder.mkdir(parents=True, exist_ok=True)
    splits = [split for split in data.FORGET if split in chosen.split]
    full = _model(chosen, "full")
    retained = {split: _model(chosen, data.FORGET[split]) for split in splits}
    with ProgressLine() as progress:
        ledger = Ledger.open(chosen.out / "tofu.json", chosen.data, splits)
        score(ledger, Scored("full", full), splits, chosen.threads, progress)
        for split, file in retained.items():
            score(ledger, Scored(data.FORGET[split], file), [split], chosen.threads, progress)
            task = Task.read(chosen.data, split, full, chosen.cache, chosen.out, chosen.threads)
            forget_and_score(ledger, task, runs(split, chosen.methods, chosen.seeds), progress)
    _show(ledger, chosen.docs)


def runs(split: str, methods: Sequence[str], seeds: Sequence[int]) -> list[Run]:
    """Everything to be carried out on a split; what draws nothing is once."""
    return [
        Run(split, method, seed)
        for method in methods for seed in (seeds if method in SEEDED else seeds[:1])
    ]


def _show(ledger: Ledger, docs: Path | None) -> None:
    print(markdown(ledger.report))
    if docs:
        docs.mkdir(parents=True, exist_ok=True)
        write_docs(ledger.report, docs)
