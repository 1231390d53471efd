"""Scores the watchdog: `python -m tools.watching.measure --embedder PATH [--clinc150 PATH]
[--banking77 PATH]` prints JSON.

On the held-out utterances: precision and recall of every intent, the confusion matrix, exact
subjects, calibration. On public rows, none of which is a request to the assistant's memory: how
many are taken for one. And the time a judgement takes. Nothing here trains or tunes.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tools.errors import ToolError
from tools.watching.utterances.rows import Utterance, load
from tools.watching.verdict import INTENTS, Intent, Verdict
from tools.watching.watcher import Watcher


def score(rows: Sequence[Utterance], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Precision, recall, confusion, subjects and calibration of `verdicts` on labelled rows."""
    pairs = list(zip(rows, verdicts, strict=True))
    confusion = {actual: dict.fromkeys(INTENTS, 0) for actual in INTENTS}
    for row, verdict in pairs:
        confusion[row["intent"]][verdict["intent"]] += 1
    orders = [(row, v) for row, v in pairs if row["intent"] == v["intent"] == "forget"]
    return {
        "rows": len(rows),
        "hard_negatives": sum(row["hard"] for row in rows),
        "intents": {intent: _precision_recall(confusion, intent) for intent in INTENTS},
        "confusion": confusion,
        "accuracy": _share(row["intent"] == v["intent"] for row, v in pairs),
        "forget_subject_exact": _share(_same(r["subject"], v["subject"]) for r, v in orders),
        "forget_scope": _share(r["scope"] == v["scope"] for r, v in orders if r["scope"]),
        "calibration_error": _calibration_error(pairs),
    }


def false_forgets(watcher: Watcher, texts: Iterable[str]) -> dict[str, Any]:
    """How many of `texts`, none of which is a request, are taken for a forget."""
    verdicts = [(text, watcher.judge(text)) for text in texts]
    taken = [text for text, verdict in verdicts if verdict["intent"] == "forget"]
    share = len(taken) / max(len(verdicts), 1)
    return {"rows": len(verdicts), "taken_for_forget": len(taken), "share": share, "which": taken}


def clinc150(path: Path) -> list[str]:
    """Every query of every split of `data_full.json`."""
    splits = json.loads(_read(path / "data_full.json" if path.is_dir() else path))
    return [row[0] for split in splits.values() for row in split]


def banking77(path: Path) -> list[str]:
    """Every query of `train.csv` and `test.csv` in the folder, or of one such file."""
    files = [path / "train.csv", path / "test.csv"] if path.is_dir() else [path]
    return [row["text"] for file in files for row in csv.DictReader(_read(file).splitlines(True))]


def timed(watcher: Watcher, texts: Sequence[str]) -> dict[str, float]:
    """Milliseconds per judgement: median, 95th percentile, worst."""
    taken = []
    for text in texts:
        begin = time.perf_counter()
        watcher.judge(text)
        taken.append(1000 * (time.perf_counter() - begin))
    taken.sort()
    p95 = taken[int(0.95 * len(taken))]
    return {"median_ms": median(taken), "p95_ms": p95, "max_ms": taken[-1]}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ToolError(f"cannot read {str(path)!r}: {error.strerror}") from error


def _precision_recall(
    confusion: dict[Intent, dict[Intent, int]], intent: Intent
) -> dict[str, float]:
    right = confusion[intent][intent]
    taken = sum(row[intent] for row in confusion.values())
    actual = sum(confusion[intent].values())
    return {"precision": right / max(taken, 1), "recall": right / max(actual, 1)}


def _calibration_error(pairs: Sequence[tuple[Utterance, Verdict]], bins: int = 10) -> float:
    """Expected calibration error (Naeini et al. 2015): mean |accuracy - confidence| over bins."""
    error = 0.0
    for i in range(bins):
        inside = [(r, v) for r, v in pairs if min(int(v["confidence"] * bins), bins - 1) == i]
        if inside:
            right = _share(r["intent"] == v["intent"] for r, v in inside)
            stated = sum(v["confidence"] for _, v in inside) / len(inside)
            error += abs(right - stated) * len(inside) / len(pairs)
    return error


def _share(truths: Iterable[bool]) -> float:
    values = list(truths)
    return sum(values) / max(len(values), 1)


def _same(expected: str | None, found: str | None) -> bool:
    return (expected or "").casefold().rstrip(".") == (found or "").casefold().rstrip(".")


def main() -> None:
    """Prints the whole measurement as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tools.watching.measure", description=__doc__)
    parser.add_argument("--embedder", type=Path, help="MiniLM as GGUF; none: surface features only")
    parser.add_argument("--clinc150", type=Path, help="data_full.json or its folder")
    parser.add_argument("--banking77", type=Path, help="folder of train.csv and test.csv")
    parser.add_argument("--errors", action="store_true", help="also list the misread utterances")
    options = parser.parse_args()
    json.dump(_report(options), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


def _report(options: argparse.Namespace) -> dict[str, Any]:
    watcher = Watcher(_embedder(options.embedder))
    rows = load("heldout")
    verdicts = [watcher.judge(row["text"], row["history"]) for row in rows]
    report: dict[str, Any] = {"heldout": score(rows, verdicts)}
    if options.errors:
        wrong = [(r, v) for r, v in zip(rows, verdicts, strict=True) if r["intent"] != v["intent"]]
        report["errors"] = [{"text": r["text"], "intent": r["intent"], **v} for r, v in wrong]
    for name, read in (("clinc150", clinc150), ("banking77", banking77)):
        path = getattr(options, name)
        if path:
            report[name] = false_forgets(watcher, read(path))
    report["time"] = timed(watcher, [row["text"] for row in rows])
    return report


def _embedder(path: Path | None) -> Any:
    if path is None:
        return None
    from tools.models.embedder import Embedder

    return Embedder(path)


if __name__ == "__main__":
    main()
