"""From lexical scores and what was learned to probabilities that sum to one with "nothing fits".

A log-linear pool of few weights: the lexical score, the softmax of the last snapshot, and the nearest among
the decisions made since. Without decisions the lexical score stands alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.linking.cue_signs import USUAL_FAULT
from triage.linking.learner import SOFT_WEIGHT, Learned, default_share, none_features
from triage.linking.memory import Memory
from triage.tickets.models import NONE

Floats = NDArray[np.float64]

COLD_SHARPNESS = 1.05
"""Fitted on the training halves: the factor that makes names-alone scores into logits."""
# P(none) from names alone: constant, best lexical score, its margin. Fitted on a training half, which has
# a few rows that fit nothing, weighted to a share of one in ten.
COLD_NONE = (1.3, -0.55, -0.2)
_COLD_SHARE = 0.1
# What a notice and what a fault add to it: who tells of a fault means some service of ours, who offers one does not.
# Fitted on the tuning half of the messy tickets and the settled ones of the autumn, shrunk hard.
_COLD_SPOKEN = {"service": (0.8, -0.65), "touchpoint": (0.4, -0.5)}
_NEAR_WEIGHT = 6.0
_NEAR_FROM = 0.25


class Pooled(NamedTuple):
    """Probabilities of the candidates, in their order, and of none; the parts that the scores were made of."""

    probabilities: Floats
    none: float
    scores: Floats
    soft: Floats
    near: Floats


WITHOUT = Pooled(np.empty(0), 1.0, np.empty(0), np.empty(0), np.empty(0))
"""Of a ticket without candidates."""


def pool(
    targets: Sequence[str],
    lexical: Floats,
    kind: str,
    terms: tuple[list[int], list[int]],
    memory: Memory | None,
    learned: Learned | None,
    none_share: float | None,
    spoken: tuple[float, float] = (0.0, USUAL_FAULT),
) -> Pooled:
    """The probabilities of candidates. `terms` are the ticket's hashes and counts.

    `spoken` says how far the ticket is a notice, and how much of a fault it tells of (`notice_and_fault`).
    """
    notice, fault = (weight * amount for weight, amount in zip(_COLD_SPOKEN[kind], spoken, strict=True))
    told = notice + fault - _COLD_SPOKEN[kind][1] * USUAL_FAULT
    nothing = np.zeros(len(targets))
    near_by = memory.recent.nearest(kind, *terms) if memory is not None else {}
    near = np.array([_near(near_by.get(target, 0.0)) for target in targets]) if near_by else nothing
    none_near = _near(near_by.get(NONE, 0.0)) if near_by else 0.0
    if learned is None:
        scores = COLD_SHARPNESS * lexical + near
        none = (
            _cold_none(lexical, default_share(kind) if none_share is None else none_share)
            + told
            + none_near
            - (float(near.max()) if len(near) else 0.0)
        )
        return _pooled(scores, 1.0, none, nothing, near)
    snapshot = learned.snapshot
    hashes = np.array(terms[0], dtype=np.uint32)
    logits, unseen = snapshot.logits(hashes, np.array(terms[1], dtype=np.float32))
    floor = float(np.median(logits)) if len(logits) else 0.0
    columns = learned.columns
    soft = np.array([float(logits[columns[each]]) if each in columns else floor for each in targets])
    scores = learned.lexical * lexical + SOFT_WEIGHT * soft + near
    none_score = SOFT_WEIGHT * float(logits[columns[NONE]]) if NONE in columns else -8.0
    if learned.none:
        features = none_features(scores, none_score, _best(lexical), unseen, len(terms[0]))
        none = float(features @ np.array(learned.none))
    else:
        trust = min(1.0, 2 * learned.lexical)
        none = _logit(learned.share) + trust * (_cold_none(lexical, _COLD_SHARE) + told - _logit(_COLD_SHARE))
    if none_share is None:
        none_share = learned.share if learned.expected is None else learned.expected
    none += none_near + _shift(none_share, learned.share)
    return _pooled(scores, learned.temperature, none, soft, near, learned.platt)


def pool_cold(
    lexical: Sequence[Floats], kind: str, none_share: float | None, spoken: Sequence[tuple[float, float]]
) -> list[Pooled]:
    """What `pool` says of several tickets while nothing was learned, in shared arrays; none is sure without candidates.

    What a ticket gets does not depend on the others.
    """
    filled = [ticket for ticket, scores in enumerate(lexical) if len(scores)]
    pooled = [WITHOUT] * len(lexical)
    if not filled:
        return pooled
    sizes = np.array([len(lexical[ticket]) for ticket in filled])
    every = np.concatenate([lexical[ticket] for ticket in filled])
    table = np.full((len(filled), max(2, int(sizes.max()))), -np.inf)
    table[np.arange(table.shape[1]) < sizes[:, None]] = every
    best = np.partition(table, -2, axis=1)
    top, second = best[:, -1], np.where(sizes > 1, best[:, -2], 0.0)
    told = np.array([spoken[ticket] for ticket in filled])
    of_notice, of_fault = _COLD_SPOKEN[kind]
    odds = COLD_NONE[0] + COLD_NONE[1] * top + COLD_NONE[2] * (top - second)
    odds += _shift(default_share(kind) if none_share is None else none_share, _COLD_SHARE)
    odds += of_notice * told[:, 0] + of_fault * (told[:, 1] - USUAL_FAULT)
    absent = 1 / (1 + np.exp(-np.clip(odds, -30.0, 30.0)))
    scores = COLD_SHARPNESS * every
    masses = np.exp(scores - (COLD_SHARPNESS * top).repeat(sizes))
    ends = np.cumsum(sizes)
    masses *= ((1 - absent) / np.add.reduceat(masses, ends - sizes)).repeat(sizes)
    nothing = np.zeros(int(sizes.max()))
    start = 0
    for ticket, end, none in zip(filled, ends.tolist(), absent.tolist(), strict=True):
        pooled[ticket] = Pooled(masses[start:end], none, scores[start:end], nothing, nothing)
        start = end
    return pooled


def _near(similarity: float) -> float:
    return _NEAR_WEIGHT * max(0.0, similarity - _NEAR_FROM)


def similarity_of(near: float) -> float:
    """The similarity of the nearest decision from what it added to the score."""
    return _NEAR_FROM + near / _NEAR_WEIGHT


def _best(values: Floats) -> float:
    return float(values.max()) if len(values) else 0.0


def _shift(share: float, fitted: float) -> float:
    """What another share of none adds to its log-odds (Saerens, Latinne, Decaestecker 2002)."""
    return _logit(share) - _logit(fitted)


def _logit(share: float) -> float:
    share = min(0.95, max(0.0005, share))
    return math.log(share / (1 - share))


def _cold_none(lexical: Floats, share: float) -> float:
    if not len(lexical):
        return 6.0
    top = _best(lexical)
    second = float(np.partition(lexical, -2)[-2]) if len(lexical) > 1 else 0.0
    odds = COLD_NONE[0] + COLD_NONE[1] * top + COLD_NONE[2] * (top - second)
    return odds + _shift(share, _COLD_SHARE)


def _pooled(
    scores: Floats, factor: float, none: float, soft: Floats, near: Floats, platt: tuple[float, float] = (0.0, 1.0)
) -> Pooled:
    absent = 1 / (1 + math.exp(-max(-30.0, min(30.0, none))))
    if not len(scores):
        return Pooled(scores, 1.0, scores, soft, near)
    masses = np.exp((scores - scores.max()) * factor)
    chances = masses / masses.sum()
    if platt != (0.0, 1.0) and len(chances) > 1:
        chances = _corrected(chances, platt)
    return Pooled(chances * (1 - absent), absent, scores * factor, soft, near)


def _corrected(chances: Floats, platt: tuple[float, float]) -> Floats:
    """The chances with the best one's log-odds corrected, the order kept and the sum one."""
    best = int(chances.argmax())
    top = float(chances[best])
    rest = max(1e-12, 1 - top)
    wanted = 1 / (1 + math.exp(-(platt[0] + platt[1] * min(9.0, math.log(max(top, 1e-12) / rest)))))
    second = float(np.partition(chances, -2)[-2])
    # Never below the runner-up once that has grown as the others do.
    wanted = max(wanted, second / (rest + second))
    corrected: Floats = chances * ((1 - wanted) / rest)
    corrected[best] = wanted
    return corrected
