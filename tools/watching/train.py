"""Trains the watchdog's classifier: `python -m tools.watching.train --embedder PATH`.

Softmax regression (scikit-learn) on `utterances/train.jsonl`; strength of the ridge and the
temperature come from cross-validation that never splits a phrase. The held-out utterances are
not read. Needs the extra `train`.
"""

import argparse
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.watching.classifier import Head
from tools.watching.features import embedded_text
from tools.watching.utterances.compose import compose
from tools.watching.utterances.rows import Utterance, load, save
from tools.watching.verdict import INTENTS, SentenceEmbedder
from tools.watching.watcher import Evidence, gather

RIDGES = (3.0, 10.0)
FOLDS = 4
HARD_WEIGHT = 2.0
"""A hard negative weighs as much as two other rows: a false forget is worse than a missed one."""

FOLDER = Path(__file__).parent

Matrix = NDArray[np.float32]
Labels = NDArray[np.int64]
Weights = NDArray[np.float64]


def training_rows() -> list[Utterance]:
    """Everything the classifier learns from, in a fixed order."""
    return [*load("train"), *load("written")]


def train(rows: Sequence[Utterance], embedder: SentenceEmbedder) -> dict[str, NDArray[np.generic]]:
    """The arrays of `weights.npz` for these utterances."""
    evidence = [gather(row["text"]) for row in rows]
    glance = np.stack([each.glance() for each in evidence])
    study = np.concatenate([glance, embeddings(evidence, embedder)], axis=1)
    arrays: dict[str, NDArray[np.generic]] = {"intents": np.array(INTENTS)}
    for name, matrix in (("glance", glance), ("study", study)):
        head = fit(matrix, rows)
        arrays[f"{name}_weights"] = head.weights.astype(np.float16)
        arrays[f"{name}_bias"] = head.bias
        arrays[f"{name}_temperature"] = np.array(head.temperature)
        arrays[f"{name}_c"] = np.array(head.strength)
    return arrays


def embeddings(evidence: Sequence[Evidence], embedder: SentenceEmbedder) -> Matrix:
    """One embedding for each turn: float32[n, 384]."""
    texts = [embedded_text(each.reading) for each in evidence]
    return np.concatenate([embedder.embed(texts[i : i + 64]) for i in range(0, len(texts), 64)])


def fit(matrix: Matrix, rows: Sequence[Utterance]) -> Head:
    """The head whose ridge has the least cross-validated loss, calibrated on the same folds."""
    labels, weights = _labels(rows), _row_weights(rows)
    groups = np.array([row.get("group", len(rows) + i) for i, row in enumerate(rows)])
    folded = {c: _folded_logits(matrix, labels, weights, groups, c) for c in RIDGES}
    cooled = {c: _best_temperature(logits, labels) for c, logits in folded.items()}
    losses = {c: _loss(folded[c], labels, cooled[c]) for c in RIDGES}
    strength = min(losses, key=lambda c: losses[c])
    right = float((folded[strength].argmax(axis=1) == labels).mean())
    sys.stdout.write(f"C {strength}, temperature {cooled[strength]:.2f}, cross-validated: "
                     f"loss {losses[strength]:.4f}, accuracy {right:.4f}\n")
    return fitted_head(matrix, rows, strength, cooled[strength])


def fitted_head(
    matrix: Matrix, rows: Sequence[Utterance], strength: float, temperature: float
) -> Head:
    """The head for one choice of ridge and temperature; the same rows give the same head."""
    model = _fitted(matrix, _labels(rows), _row_weights(rows), strength)
    bias = model.intercept_.astype(np.float32)
    return Head(model.coef_.astype(np.float32), bias, temperature, strength)


def _labels(rows: Sequence[Utterance]) -> Labels:
    return np.array([INTENTS.index(row["intent"]) for row in rows])


def _row_weights(rows: Sequence[Utterance]) -> Weights:
    return np.array([HARD_WEIGHT if row["hard"] else 1.0 for row in rows])


def _fitted(matrix: Matrix, labels: Labels, weights: Weights, strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, max_iter=200, tol=1e-4)
    return model.fit(matrix, labels, sample_weight=weights)


def _folded_logits(
    matrix: Matrix, labels: Labels, weights: Weights, groups: Labels, strength: float
) -> Weights:
    """Logits of every row from a model that saw no row of the same phrase: float64[n, 5]."""
    from sklearn.model_selection import StratifiedGroupKFold

    logits = np.zeros((len(labels), len(INTENTS)))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for seen, unseen in folds.split(matrix, labels, groups):
        model = _fitted(matrix[seen], labels[seen], weights[seen], strength)
        logits[unseen] = model.decision_function(matrix[unseen])
    return logits


def _best_temperature(logits: Weights, labels: Labels) -> float:
    candidates = np.geomspace(0.25, 4.0, 49)
    return float(min(candidates, key=lambda t: _loss(logits, labels, float(t))))


def _loss(logits: Weights, labels: Labels, temperature: float) -> float:
    """Mean negative log-likelihood, nats a row."""
    cooled = logits / temperature
    cooled = cooled - cooled.max(axis=1, keepdims=True)
    likely = cooled[np.arange(len(labels)), labels] - np.log(np.exp(cooled).sum(axis=1))
    return float(-likely.mean())


def save_arrays(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Writes the arrays so that `numpy.load` reads them without pickle."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            # A fixed date: the same weights give the same file.
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            with archive.open(entry, "w") as file:
                np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)


def main() -> None:
    """Writes `utterances/train.jsonl` and `weights.npz` anew."""
    parser = argparse.ArgumentParser(prog="python -m tools.watching.train", description=__doc__)
    parser.add_argument("--embedder", type=Path, required=True, help="MiniLM as GGUF")
    path = parser.parse_args().embedder
    from tools.models.embedder import Embedder

    save(compose(), FOLDER / "utterances" / "train.jsonl")
    save_arrays(FOLDER / "weights.npz", train(training_rows(), Embedder(path)))


if __name__ == "__main__":
    main()
