"""What is fitted at a fixed point of the log, one for each kind of decision: softmax, pool, none,
temperature.

Every decision is also suggested by a softmax that was not fitted on it, nor on others nearly the same (`folds.py`;
five folds; of many decisions only two). Over these out-of-fold suggestions the temperature (Guo et al. 2017) and
the odds of "nothing fits" are fitted (logistic regression by iteratively reweighted least squares, strongly
shrunk), rows labelled none weighted to their real share. Below fifty decisions the defaults stand.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from triage.linking import softmax
from triage.linking.folds import folds_of
from triage.linking.memory import Decision, unpack
from triage.linking.softmax import Snapshot
from triage.tickets.models import NONE

FOLDS = 5
_SMALL = 2_000
ENOUGH = 50
LEX = "lex:"
SOFT_WEIGHT = 1.7
_DEFAULT_SHARES = {"service": 0.1, "touchpoint": 0.25}
_NONE_ENOUGH = 20
_NONE_ROW_WEIGHT = 4.0
_NONE_SHRINK = 0.1

Floats = NDArray[np.float64]


def default_share(kind: str) -> float:
    """The share of tickets that fit nothing, as long as nobody knows better.

    Few tickets are about no service; many are about no moment of a customer's journey.
    """
    return _DEFAULT_SHARES.get(kind, 0.1)


def lexical_weight(decisions_a_label: float) -> float:
    """What the names still count beside the softmax, falling as decisions come in.

    Fitted on the training halves at 1, 10 and 100 a label: about 0.53, 0.22 and 0.10.
    """
    return 0.08 + 0.6 / (1.0 + decisions_a_label / 3.0)


@dataclass(frozen=True, slots=True)
class Learned:
    """What was fitted for one kind.

    `platt` corrects the log-odds of the best candidate; `none` holds the weights of `none_features`, empty
    where too few rows labelled none were there;
    `share` is the share of none that they were weighted to, `expected` that of the tickets that come in, where
    it was estimated.
    """

    snapshot: Snapshot
    lexical: float
    temperature: float
    none: tuple[float, ...] = ()
    share: float = 0.1
    columns: dict[str, int] = field(default_factory=dict)
    platt: tuple[float, float] = (0.0, 1.0)
    expected: float | None = None


def names_weight(snapshot: Snapshot) -> float:
    """Decisions a label that a snapshot rests on."""
    return snapshot.examples / max(1, len(snapshot.labels))


def none_features(scores: Floats, none_score: float, lexical: float, unseen: float, size: int) -> Floats:
    """What speaks for "nothing fits": the best score and its margin, what is unseen, how long the ticket is.

    `scores` are the pooled scores of the candidates without none, `none_score` that of none in the softmax.
    """
    top, second = _two_best(scores)
    mass = float(np.exp(scores - top).sum()) if len(scores) else 1.0
    return np.array(
        [
            1.0,
            math.log(mass),
            min(top - second, 8.0),
            unseen,
            math.log1p(size) - 4.0,
            max(-10.0, min(10.0, none_score - top)),
            min(lexical, 8.0),
        ]
    )


def _two_best(scores: Floats) -> tuple[float, float]:
    if len(scores) == 0:
        return 0.0, 0.0
    if len(scores) == 1:
        return float(scores[0]), float(scores[0]) - 8.0
    pair = np.partition(scores, -2)[-2:]
    return float(pair[1]), float(pair[0])


def fit(
    decisions: Sequence[Decision], names: Sequence[tuple[bytes, str]], share: float | None = None
) -> Learned | None:
    """What the decisions of one kind teach, with the catalog's names as examples; None without any.

    `share` is the real share of none where it is known. The order of the decisions does not matter.
    """
    rows = sorted(decisions, key=lambda each: (each.target, each.terms, each.ticket, each.who, each.features))
    if not rows:
        return None
    kept = {row.target for row in rows}
    mine = [pair for pair in names if pair[1] in kept or len(names) <= 600]
    weights = {NONE: _NONE_ROW_WEIGHT}
    snapshot = softmax.fit([(row.terms, row.target) for row in rows], mine, weights)
    counts = Counter(row.target for row in rows)
    lexical = lexical_weight(len(rows) / max(1, len(snapshot.labels)))
    columns = {label: column for column, label in enumerate(snapshot.labels)}
    plain = Learned(snapshot, lexical, 1.0, share=_share(rows, share), columns=columns)
    if len(rows) < ENOUGH:
        return plain
    held = _out_of_fold(rows, mine, weights, lexical, snapshot)
    temperature = _temperature([(scores, target) for scores, target, _ in held if target is not None])
    none: tuple[float, ...] = ()
    if counts[NONE] >= _NONE_ENOUGH:
        none = _none_weights(held, plain.share)
    platt = _platt([(scores * temperature, target) for scores, target, _ in held if target is not None])
    return Learned(snapshot, lexical, temperature, none, plain.share, columns, platt)


def share_of(chances: Sequence[float], start: float, rounds: int = 30) -> float:
    """The share of none that makes chances of none true, which were given under the share `start`.

    Expectation maximisation (Saerens, Latinne, Decaestecker 2002); 0.0005 to 0.95.
    """
    given = np.array(chances)
    share = start
    for _ in range(rounds):
        odds = share / (1 - share) * (1 - start) / start
        share = float((given * odds / (given * odds + 1 - given)).mean())
        share = min(0.95, max(0.0005, share))
    return share


def _share(rows: Sequence[Decision], known: float | None) -> float:
    """The share of none: what is known, else of the decisions that were made live, shrunk to the default."""
    if known is not None:
        return min(0.9, max(0.001, known))
    default = default_share(rows[0].kind)
    live = [row for row in rows if not row.imported]
    if not any(row.target == NONE for row in rows):
        return default * 20 / (20 + len(rows))
    return (sum(row.target == NONE for row in live) + default * 200) / (len(live) + 200)


Held = tuple[Floats, int | None, Floats]


def _out_of_fold(
    rows: Sequence[Decision],
    names: Sequence[tuple[bytes, str]],
    weights: Mapping[str, float],
    lexical: float,
    whole: Snapshot,
) -> list[Held]:
    """For each decision: scores of the labels without none, the place of the right one (None: none),
    features of none.
    """
    held: list[Held] = []
    used = FOLDS if len(rows) <= _SMALL else FOLDS // 2
    # Rows labelled none are few and all the odds of none have: each is held out, however few folds are used.
    fold_of = folds_of(rows, whole, FOLDS, used)
    for fold in range(used):
        rest = [(row.terms, row.target) for row, its in zip(rows, fold_of, strict=True) if its != fold]
        snapshot = softmax.fit(rest, names, weights)
        for row, its in zip(rows, fold_of, strict=True):
            judged = _judge(row, snapshot, lexical) if its == fold else None
            if judged is not None:
                held.append(judged)
    return held


def _judge(row: Decision, snapshot: Snapshot, lexical: float) -> Held | None:
    hashes, counts = unpack(row.terms)
    soft, unseen = snapshot.logits(np.array(hashes, dtype=np.uint32), np.array(counts, dtype=np.float32))
    words = {name[len(LEX) :]: value / 1000 for name, value in row.features if name.startswith(LEX)}
    floor = min(words.values(), default=0.0)
    lex = np.array([words.get(label, floor) for label in snapshot.labels])
    scores = lexical * lex + SOFT_WEIGHT * soft.astype(np.float64)
    if NONE in snapshot.labels:
        column = snapshot.labels.index(NONE)
        none_score = SOFT_WEIGHT * float(soft[column])
        scores = np.delete(scores, column)
        labels = snapshot.labels[:column] + snapshot.labels[column + 1 :]
    else:
        none_score, labels = -8.0, snapshot.labels
    target = None if row.target == NONE else labels.index(row.target) if row.target in labels else -1
    if target == -1 or not len(scores):
        return None
    features = none_features(scores, none_score, max(words.values(), default=0.0), unseen, len(hashes))
    return scores, target, features


def _temperature(rows: Sequence[tuple[Floats, int]]) -> float:
    """The factor on the scores that makes the right label likeliest, by golden section over ln 0.2 to ln 5."""
    if len(rows) < ENOUGH:
        return 1.0
    scores = np.stack([row for row, _ in rows]) if len({len(row) for row, _ in rows}) == 1 else None
    if scores is None:
        return 1.0
    targets = np.array([target for _, target in rows])

    def loss(logarithm: float) -> float:
        scaled = scores * math.exp(logarithm)
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        right = scaled[np.arange(len(targets)), targets]
        return float((np.log(np.exp(scaled).sum(axis=1)) - right).mean()) + logarithm * logarithm / len(targets)

    low, high = math.log(0.2), math.log(5.0)
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(24):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return round(math.exp((low + high) / 2), 4)


def _platt(rows: Sequence[tuple[Floats, int]]) -> tuple[float, float]:
    """Constant and slope on the log-odds of the best candidate that make it true (Platt 1999), shrunk to 0 and 1."""
    if len(rows) < 4 * ENOUGH:
        return 0.0, 1.0
    odds, right = [], []
    for scores, target in rows:
        best = int(scores.argmax())
        others = np.delete(scores, best) - scores[best]
        odds.append(-math.log(max(1e-9, float(np.exp(others).sum()))))
        right.append(1.0 if best == target else 0.0)
    features = np.stack((np.ones(len(odds)), np.clip(np.array(odds), -6, 9)), axis=1)
    labels, anchor = np.array(right), np.array([0.0, 1.0])
    beta = anchor.copy()
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(features @ beta, -30, 30)))
        slope = chance * (1 - chance) + 1e-9
        step = features.T @ (labels - chance) - 10.0 * (beta - anchor)
        # A whole Newton step overshoots where nearly all are wrong, or right.
        beta = beta + np.clip(np.linalg.solve((features * slope[:, None]).T @ features + 10.0 * np.eye(2), step), -1, 1)
    return round(float(beta[0]), 4), round(max(0.3, float(beta[1])), 4)


def _none_weights(held: Sequence[Held], share: float) -> tuple[float, ...]:
    """Logistic regression of "none" on its features, the others weighted so that none has its real share.

    A row labelled none weighs 1 and the shrinkage is a share of them: a hundred of them are a hundred, however many
    others there are.
    """
    features = np.stack([row for _, _, row in held])
    labels = np.array([1.0 if target is None else 0.0 for _, target, _ in held])
    ones = labels.sum()
    weight = np.where(labels > 0, 1.0, (1 - share) / share * ones / max(1.0, len(labels) - ones))
    beta = np.zeros(features.shape[1])
    shrink = np.full(features.shape[1], _NONE_SHRINK * ones)
    shrink[0] = 0.01
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(features @ beta, -30, 30)))
        slope = weight * chance * (1 - chance) + 1e-9
        step = features.T @ (weight * (labels - chance)) - shrink * beta
        beta = beta + np.linalg.solve((features * slope[:, None]).T @ features + np.diag(shrink), step)
    return tuple(round(float(value), 4) for value in beta)
