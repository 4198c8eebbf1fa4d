"""A multinomial logistic regression over hashed terms, fitted at fixed points of the log.

Stochastic gradient with per-coordinate steps (AdaGrad: Duchi, Hazan, Singer 2011) over TF-IDF rows of
unit length, the names of the catalog counted as examples of their entries, several passes in an order
that depends on the data alone, averaged over the later passes. A term that is spread evenly over the labels counts
half (entropy weighting: Dumais 1991). Weights are cut to whole 1/1024ths: a
numbered snapshot, the same wherever it is fitted from the same decisions.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.linking.memory import UNIT, unpack

SCALE = 1024
_PASSES = 10
_AVERAGED = 4
_STEP = 0.4
_SHRINK = 2e-6
_SPREAD = 0.5

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Fitted weights: terms in order of their hash, labels in order of name, whole 1/1024ths.

    `weights` has a row a term and a column a label; `rarity` is the inverse document frequency of each term, less
    for one that is spread over the labels, `unseen` that of a term never met; `examples` how many decisions it was
    fitted on.
    """

    terms: NDArray[np.uint32]
    rarity: Floats
    unseen: float
    labels: tuple[str, ...]
    weights: NDArray[np.int16]
    bias: NDArray[np.int16]
    examples: int

    def logits(self, hashes: NDArray[np.uint32], counts: Floats) -> tuple[Floats, float]:
        """The label scores of a ticket, and the share of its length that the snapshot has never met."""
        places, values, known = self.values(hashes, counts)
        unseen = float(np.dot(values[~known], values[~known]))
        rows = self.weights[places[known]].astype(np.float32)
        scores = (values[known].astype(np.float32) @ rows + self.bias) / SCALE
        return scores.astype(np.float32), unseen

    def values(self, hashes: NDArray[np.uint32], counts: Floats) -> tuple[NDArray[np.int64], Floats, NDArray[np.bool_]]:
        """Of each term of a ticket its row, its share of the ticket's unit length, and whether it is known."""
        places = np.searchsorted(self.terms, hashes)
        places[places == len(self.terms)] = 0
        known = self.terms[places] == hashes if len(self.terms) else np.zeros(len(hashes), dtype=bool)
        values = np.where(known, self.rarity[places] if len(self.terms) else 0.0, self.unseen) * damped(counts)
        norm = float(np.sqrt(np.dot(values, values))) or 1.0
        return places, values / norm, known


def damped(counts: Floats) -> Floats:
    """Counts in units of a word as term weights: 1 + ln of the count, less below one word."""
    words = counts / UNIT
    return np.where(words >= 1.0, 1.0 + np.log(np.maximum(words, 1.0)), words).astype(np.float32)


def fit(
    examples: Sequence[tuple[bytes, str]],
    names: Sequence[tuple[bytes, str]] = (),
    weights: Mapping[str, float] | None = None,
    passes: int = _PASSES,
) -> Snapshot:
    """The snapshot of labelled term lists, in whatever order they come. Seconds for ten thousand.

    `weights` may give the examples of a label another weight than 1.
    """
    rows = sorted([*examples, *names], key=lambda pair: (pair[1], pair[0]))
    labels = tuple(sorted({label for _, label in rows}))
    columns = {label: column for column, label in enumerate(labels)}
    unpacked = [unpack(terms) for terms, _ in rows]
    every = np.concatenate([np.array(hashes, dtype=np.uint32) for hashes, _ in unpacked] or [np.empty(0, np.uint32)])
    terms, frequency = np.unique(every, return_counts=True)
    row_weight = [(weights or {}).get(label, 1.0) for _, label in rows]
    sizes = [len(hashes) for hashes, _ in unpacked]
    owners = np.repeat([columns[label] for _, label in rows], sizes)
    spread = _spread(np.searchsorted(terms, every), owners, np.repeat(row_weight, sizes), len(terms), len(labels))
    rarity = ((np.log((1 + len(rows)) / (1 + frequency)) + 1) * (1 - _SPREAD * spread)).astype(np.float32)
    vectors = [_vector(hashes, counts, terms, rarity) for hashes, counts in unpacked]
    target = [columns[label] for _, label in rows]
    total, bias = _descend(vectors, target, row_weight, len(terms), len(labels), passes)
    return Snapshot(
        terms=terms,
        rarity=rarity,
        unseen=float(np.log(1 + len(rows)) + 1),
        labels=labels,
        weights=_cut(total),
        bias=_cut(bias),
        examples=len(examples),
    )


def _spread(
    places: NDArray[np.int64], owners: NDArray[np.int64], mass: NDArray[np.float64], terms: int, labels: int
) -> NDArray[np.float64]:
    """How evenly each term is spread over the labels, 0 to 1: the entropy of its examples' labels over the greatest.

    `places`, `owners` and `mass` tell of each term of each example the term, the label and the example's weight.
    """
    if labels < 2:
        return np.zeros(terms)
    pairs, which = np.unique(places * labels + owners, return_inverse=True)
    held = np.bincount(which.ravel(), weights=mass, minlength=len(pairs))
    of_term = pairs // labels
    share = held / np.bincount(of_term, weights=held, minlength=terms)[of_term]
    entropy = np.bincount(of_term, weights=-share * np.log(share), minlength=terms)
    return np.asarray(entropy / math.log(labels), dtype=np.float64)


def _vector(
    hashes: Sequence[int], counts: Sequence[int], terms: NDArray[np.uint32], rarity: Floats
) -> tuple[NDArray[np.int64], Floats]:
    places = np.searchsorted(terms, np.array(hashes, dtype=np.uint32)).astype(np.int64)
    values = rarity[places] * damped(np.array(counts, dtype=np.float32))
    norm = float(np.sqrt(np.dot(values, values))) or 1.0
    return places, (values / norm).astype(np.float32)


def _descend(
    vectors: Sequence[tuple[NDArray[np.int64], Floats]],
    target: Sequence[int],
    row_weight: Sequence[float],
    terms: int,
    labels: int,
    passes: int,
) -> tuple[Floats, Floats]:
    weights = np.zeros((terms, labels), dtype=np.float32)
    squares = np.full((terms, labels), 1e-3, dtype=np.float32)
    bias = np.zeros(labels, dtype=np.float32)
    mean = np.zeros_like(weights)
    order = list(range(len(vectors)))
    shuffler = random.Random(len(vectors))
    for turn in range(passes):
        shuffler.shuffle(order)
        for row in order:
            places, values = vectors[row]
            if not len(places):
                continue
            mine = weights[places]
            scores = values @ mine + bias
            scores -= scores.max()
            np.exp(scores, out=scores)
            scores /= scores.sum()
            scores[target[row]] -= 1.0
            scores *= row_weight[row]
            gradient = values[:, None] * scores
            gradient += _SHRINK * mine
            history = squares[places]
            history += gradient * gradient
            squares[places] = history
            np.sqrt(history, out=history)
            gradient /= history
            mine -= _STEP * gradient
            weights[places] = mine
        if turn >= passes - _AVERAGED:
            mean += weights
    mean /= np.float32(min(_AVERAGED, passes))
    return mean, bias


def _cut(values: Floats) -> NDArray[np.int16]:
    return np.clip(np.rint(values * SCALE), -32767, 32767).astype(np.int16)
