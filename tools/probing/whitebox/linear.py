"""A linear probe of the forgotten attribute: can a classifier that learnt from other people read
the forgotten person's value from the residual stream?

Ridge regression, one class against the rest (Alain and Bengio 2016, arXiv 1610.01644, use a
logistic one; in closed form the leave-one-out error comes for free: Allen 1974's PRESS). Only an
attribute whose values are shared can be read this way, since a class needs other people in it. As
control the labels are shuffled (Hewitt and Liang 2019). It does not know where the rows come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Classes = NDArray[np.int64]

STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Ridges tried, as shares of the mean squared length of a row."""
SHUFFLES = 20


@dataclass(frozen=True, slots=True)
class LinearProbe:
    """Accuracies 0..1 of the probe after the block `layer`, where it reads other people best.

    `others` is the leave-one-out accuracy on
    the people it learnt from; `edited` and `unedited` the forgotten in either model; `strangers`
    people nobody knows, judged by the forgotten one's class; `shuffled` the forgotten in the
    unedited model after learning wrong labels.
    """

    layer: int
    classes: int
    people: int
    asked: int
    others: float
    edited: float
    unedited: float
    strangers: float
    shuffled: float


@dataclass(frozen=True, slots=True)
class Rows:
    """Residuals at one position: `known` (layers, people, width) of those learnt from, with their
    classes `labels` (people,); the forgotten in either model and strangers, (layers, asked, width)
    each, with the forgotten's true classes `truth` (asked,)."""

    known: Floats
    labels: Classes
    edited: Floats
    unedited: Floats
    strangers: Floats
    truth: Classes


@dataclass(frozen=True, slots=True)
class Ridge:
    """A fitted classifier: rows are centred and scaled, then `weights` (width, classes)."""

    mean: Doubles
    scale: float
    weights: Doubles
    accuracy: float
    """Leave-one-out."""

    def classify(self, rows: Floats) -> Classes:
        """The class of every row (rows, width)."""
        found: Classes = ((rows - self.mean) / self.scale @ self.weights).argmax(axis=1)
        return found


def fit(rows: Floats, labels: Classes, count: int) -> Ridge:
    """Learn `count` classes from rows (people, width), with the ridge that leaves one out best."""
    mean = rows.mean(axis=0, dtype=float)
    centred = rows - mean
    scale = float(np.sqrt(np.square(centred).sum(axis=1).mean())) or 1.0
    centred = centred / scale
    values, vectors = np.linalg.eigh(centred @ centred.T)
    targets = np.where(labels[:, None] == np.arange(count), 1.0, -1.0)
    tries = [_press(values, vectors, targets, labels, ridge) for ridge in STRENGTHS]
    accuracy, dual = max(tries, key=lambda one: one[0])
    return Ridge(mean, scale, centred.T @ dual, accuracy)


def _press(
    values: Doubles, vectors: Doubles, targets: Doubles, labels: Classes, ridge: float
) -> tuple[float, Doubles]:
    """Leave-one-out accuracy and dual weights of one ridge: what is predicted for a row without it
    is `y - c / G`, c the dual weights and G the diagonal of the inverse (Allen 1974)."""
    inverse = vectors / (np.maximum(values, 0.0) + ridge) @ vectors.T
    dual = inverse @ targets
    left_out = targets - dual / np.diag(inverse)[:, None]
    return float((left_out.argmax(axis=1) == labels).mean()), dual


def linear_probe(rows: Rows, *, seed: int = 0) -> LinearProbe:
    """Learn after every block, and read the forgotten where others are read best."""
    count = int(max(rows.labels.max(), rows.truth.max())) + 1
    fits = [fit(known, rows.labels, count) for known in rows.known]
    layer = int(np.argmax([one.accuracy for one in fits]))
    best = fits[layer]
    edited, unedited, strangers = (
        float((best.classify(some[layer]) == rows.truth).mean())
        for some in (rows.edited, rows.unedited, rows.strangers)
    )
    return LinearProbe(
        layer=layer, classes=count, people=len(rows.labels), asked=len(rows.truth),
        others=best.accuracy, edited=edited, unedited=unedited, strangers=strangers,
        shuffled=_shuffled(rows, layer, count, seed),
    )


def _shuffled(rows: Rows, layer: int, count: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    hits = [
        fit(rows.known[layer], rng.permutation(rows.labels), count)
        .classify(rows.unedited[layer]) == rows.truth
        for _ in range(SHUFFLES)
    ]
    return float(np.mean(hits))


def pooled(probes: Sequence[LinearProbe]) -> LinearProbe | None:
    """Several attributes as one: means weighted by what was asked; `layer` is the first's, and of
    the classes the most are given, of the people the fewest."""
    if not probes:
        return None
    weights = np.array([probe.asked for probe in probes], float)

    def mean(what: str) -> float:
        return float(np.average([getattr(probe, what) for probe in probes], weights=weights))

    return LinearProbe(
        layer=probes[0].layer, classes=max(probe.classes for probe in probes),
        people=min(probe.people for probe in probes), asked=int(weights.sum()),
        others=mean("others"), edited=mean("edited"), unedited=mean("unedited"),
        strangers=mean("strangers"), shuffled=mean("shuffled"),
    )
