"""Fits the weights of the cues: `uv run python tests/bench/fit_cues.py [--write]`, or `--measure` for what they reach.

Multinomial logistic regression over the signs of the tuning tickets, shrunk to what a person would set by hand
(ANCHORS), so that a sign that the tickets hardly show keeps its meaning; the constants are freer. The
shrinkage is chosen by ten-fold cross-validation over the tuning tickets. Tickets: `tests/data/messy/tune.jsonl` and the settled ones of
`seed/tickets/autumn.jsonl`; the test half and the winter are only ever measured.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from triage.catalog.files import read_catalog
from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog
from triage.linking.cue_signs import condition_signs, reach_signs
from triage.linking.linker import Linker
from triage.linking.message import Message
from triage.tickets.models import Condition, Reach

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "triage" / "linking" / "data" / "cue-weights.yaml"
VALUES = {"condition": [each.value for each in Condition], "reach": [each.value for each in Reach]}
NOISE = 0.05
"""The strongest shrinkage whose loss is this near to the least one is taken: about its standard error here."""
Floats = NDArray[np.float64]

# What a sign says by itself, in nats, set by hand before any fit.
ANCHORS = {
    "condition": {
        "constant": "unavailable 0 degraded 0 bug -0.1 question 0.1 request 0 restored -2.5",
        "unavailable": "unavailable 3",
        "degraded": "degraded 3",
        "bug": "bug 3",
        "question": "question 2.5",
        "request": "request 2.5",
        "out": "unavailable 1.8",
        "cannot": "unavailable 1.3 degraded 0.2",
        "notwork": "unavailable 1.3 bug 0.3 degraded 0.3",
        "fails": "unavailable 1 bug 0.5 degraded 0.2",
        "code": "unavailable 0.8 bug 0.4",
        "denied": "unavailable 1.3 request 0.2",
        "hang": "unavailable 0.8 degraded 0.8 bug 0.2",
        "slow": "degraded 2.3",
        "sometimes": "degraded 1.8",
        "partly": "degraded 1 bug 0.4",
        "again": "degraded 0.7 unavailable 0.4 bug 0.4",
        "overdue": "degraded 1.4 unavailable 0.4",
        "unanswered": "degraded 0.8 unavailable 0.6",
        "noshow": "unavailable 0.9 degraded 0.6",
        "missing": "bug 0.7 unavailable 0.5 degraded 0.3 question 0.2",
        "lost": "bug 1.5 unavailable 0.3",
        "wrong": "bug 1.7",
        "shows": "bug 0.6",
        "since": "unavailable 0.6 degraded 0.6 bug 0.4 request -0.3 question -0.3",
        "anymore": "unavailable 0.8 bug 0.3",
        "tried": "unavailable 0.6 degraded 0.4 bug 0.4 question -0.2",
        "upset": "degraded 0.4 bug 0.4 unavailable 0.2 request -0.2",
        "blocked-work": "unavailable 0.6 degraded 0.4",
        "double": "bug 1.5",
        "ask": "question 1.5",
        "ask-of-fault": "question 0.4",
        "know": "question 1.5",
        "know-of-fault": "question 0.5",
        "notice": "question 1.6",
        "mark": "question 1",
        "mark-of-fault": "question 0.2",
        "marks-most": "question 0.5",
        "please": "request 0.5 question 0.2",
        "please-of-fault": "request 0",
        "want": "request 1.1",
        "want-of-fault": "request 0.3",
        "thing": "request 1.5",
        "do": "request 1.2",
        "do-of-fault": "request 0.4",
        "anew": "request 1.3",
        "bound": "degraded 0.4 bug 0.5 unavailable -0.2",
        "restored": "restored 5",
        "restored-before": "restored 1 degraded 0.5",
        "monitor": "degraded 1.5",
        "monitor-down": "unavailable 1.5",
        "flag-security": "question 0.5 request 0.5",
        "flag-safety": "unavailable 0.8 request 0.2",
        "flag-legal": "request 0.5 question 0.3",
        "flag-statutory": "request 1.5",
        "no-fault": "question 0.6 request 0.6 unavailable -0.4 degraded -0.4 bug -0.2",
        "few-words": "unavailable 0.2 request 0.3",
    },
    "reach": {
        "constant": "person 1.4 team 0 site -0.6 segment -0.9 all -0.9",
        "person": "person 3",
        "team": "team 2.8",
        "site": "site 3",
        "segment": "segment 3",
        "all": "all 3",
        "only-me": "person 3",
        "one": "person 0.8",
        "mine": "person 0.8",
        "i": "person 0.4",
        "we": "team 0.4 site 0.2",
        "we-at-site": "team 0.5 site 0.6",
        "colleagues": "team 2.8",
        "whole-place": "site 3",
        "place": "site 1",
        "many-customers": "segment 3",
        "customers": "segment 0.8",
        "shared": "site 0.6",
        "everyone": "all 2.4 site 1.6 team 0.5",
        "all-of-us": "team 0.9 site 1 all 0.8",
        "everyone-there": "site 3",
        "all-places": "all 3",
        "public": "all 0.5 segment 0.2",
        "site-named": "site 1",
        "has-site": "site 0.5",
        "count-few": "team 2.6",
        "count-tens": "site 3.6",
        "count-hundreds": "segment 3.8",
        "count-places": "segment 2.4 all 1",
    },
}


def tickets(path: Path) -> list[tuple[Message, str, str]]:
    """The labelled tickets of a file: message, condition, reach."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        label = row if "condition" in row else row.get("settled") or {}
        if label.get("condition") and label.get("reach"):
            fields = ("subject", "body", "requester", "organisation", "site", "channel")
            message = Message(**{field: row.get(field) or "" for field in fields})
            found.append((message, label["condition"], label["reach"]))
    return found


def signs_of(linker: Linker, message: Message, kind: str) -> dict[str, float]:
    """The signs of a ticket, as reading takes them."""
    look = linker._look(message)
    if kind == "condition":
        return condition_signs(look.words, look.outline).amounts
    return reach_signs(look.words, look.outline, linker.lexicon, linker.places).amounts


def anchor_of(kind: str) -> tuple[list[str], Floats]:
    """The names of the signs, the constant first, and their rows set by hand."""
    names = list(ANCHORS[kind])
    table = np.zeros((len(names), len(VALUES[kind])))
    for place, name in enumerate(names):
        words = ANCHORS[kind][name].split()
        for value, nats in zip(words[::2], words[1::2], strict=True):
            table[place, VALUES[kind].index(value)] = float(nats)
    return names, table


def fit(features: Floats, labels: NDArray[np.int64], anchor: Floats, shrink: float) -> Floats:
    """Weights (signs × values) by gradient descent with a line search; `shrink` pulls to the anchor."""
    weights = anchor.copy()
    wanted = np.eye(anchor.shape[1])[labels]
    strength = np.full((len(anchor), 1), shrink)
    strength[0] = 0.25 * shrink

    def loss(table: Floats) -> tuple[float, Floats]:
        scores = features @ table
        scores = scores - scores.max(axis=1, keepdims=True)
        chances = np.exp(scores)
        chances /= chances.sum(axis=1, keepdims=True)
        value = -float(np.log((chances * wanted).sum(axis=1)).sum()) + 0.5 * float(
            (strength * (table - anchor) ** 2).sum()
        )
        return value, features.T @ (chances - wanted) + strength * (table - anchor)

    step, (value, slope) = 0.1, loss(weights)
    for _ in range(400):
        while True:
            trial = weights - step * slope
            after, its = loss(trial)
            if after <= value - 0.5 * step * float((slope**2).sum()) or step < 1e-7:
                break
            step /= 2
        weights, value, slope = trial, after, its
        step *= 1.5
    return weights


def judged(features: Floats, labels: NDArray[np.int64], weights: Floats) -> tuple[float, float]:
    """Accuracy and mean log loss."""
    scores = features @ weights
    scores = scores - scores.max(axis=1, keepdims=True)
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return float((scores.argmax(axis=1) == labels).mean()), -float(logs[np.arange(len(labels)), labels].mean())


def crossed(
    features: Floats, labels: NDArray[np.int64], anchor: Floats, shrink: float, folds: int = 10
) -> tuple[float, float]:
    """Accuracy and log loss on the folds left out."""
    place = np.random.default_rng(20260901).permutation(len(labels)) % folds
    pairs = [
        (
            judged(
                features[place == fold],
                labels[place == fold],
                fit(features[place != fold], labels[place != fold], anchor, shrink),
            ),
            (place == fold).sum(),
        )
        for fold in range(folds)
    ]
    total = sum(size for _, size in pairs)
    return tuple(sum(pair[column] * size for pair, size in pairs) / total for column in (0, 1))  # type: ignore[return-value]


def _said(pair: tuple[float, float]) -> str:
    return f"accuracy {pair[0]:.3f}, log loss {pair[1]:.3f}"


def written(kind: str, names: list[str], weights: Floats) -> dict[str, object]:
    """The weights of a kind as they stand in the file."""
    said = {
        name: {
            value: round(float(nats), 2) for value, nats in zip(VALUES[kind], line, strict=True) if abs(nats) >= 0.005
        }
        for name, line in zip(names, weights, strict=True)
    }
    return {"constant": said.pop("constant"), "signs": said}


def write(table: dict[str, dict[str, object]]) -> None:
    """Writes the file of weights."""
    text = (
        "# What each sign of the lexicon adds to each condition and reach, in nats. Fitted: tests/bench/fit_cues.py.\n"
    )
    TARGET.write_text(text + yaml.safe_dump(table, sort_keys=False, default_flow_style=None, width=200), "utf-8")


def fitted(kind: str, rows: list[tuple[Message, str, str]], linker: Linker) -> dict[str, object]:
    """Fits the weights of a kind and prints what cross-validation says."""
    names, anchor = anchor_of(kind)
    features = np.zeros((len(rows), len(names)))
    features[:, 0] = 1.0
    for number, row in enumerate(rows):
        for sign, amount in signs_of(linker, row[0], kind).items():
            if sign not in names:
                raise SystemExit(f"the sign '{sign}' has no anchor")
            features[number, names.index(sign)] = amount
    labels = np.array([VALUES[kind].index(row[1 if kind == "condition" else 2]) for row in rows])
    print(kind, len(rows), "tickets; by hand", _said(judged(features, labels, anchor)))
    tried = {}
    for shrink in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0):
        tried[shrink] = crossed(features, labels, anchor, shrink)
        print(f"  shrink {shrink:3.0f}: left out", _said(tried[shrink]))
    least = min(loss for _, loss in tried.values())
    best = max(shrink for shrink, (_, loss) in tried.items() if loss <= least + NOISE)
    weights = fit(features, labels, anchor, best)
    print(f"  chosen {best:.0f}; on itself", _said(judged(features, labels, weights)))
    return written(kind, names, weights)


def measure(linker: Linker) -> None:
    """Prints accuracy and log loss of the weights in the file on each set, the held-out ones too, words only."""
    for name in ("seed/tickets/autumn", "tests/data/messy/tune", "seed/tickets/winter", "tests/data/messy/test"):
        rows = tickets(ROOT / f"{name}.jsonl")
        readings = [linker.read(row[0]) for row in rows]
        for column, kind in ((1, "condition"), (2, "reach")):
            cues = [getattr(reading, kind) for reading in readings]
            right = sum(cue.value == row[column] for cue, row in zip(cues, rows, strict=True)) / len(rows)
            chances = [cue.probabilities[row[column]] for cue, row in zip(cues, rows, strict=True)]
            print(f"{name}, {len(rows)} tickets, {kind}:", _said((right, -float(np.log(chances).mean()))))


def company() -> Linker:
    """A linker that knows the sites of the demonstration company, and none of its services."""
    found = read_catalog([ROOT / "seed" / "catalog"])
    return Linker(CatalogIndex(Catalog(sites=found.catalog.sites)))


def main() -> None:
    """Prints what cross-validation says; with `--write` writes the weights, with `--measure` only measures them."""
    if "--measure" in sys.argv:
        measure(company())
        return
    if "--write" in sys.argv:
        # A sign that is new in the lexicon has to be known before the lexicon can be read.
        write({kind: written(kind, *anchor_of(kind)) for kind in ANCHORS})
    linker = company()
    rows = tickets(ROOT / "tests/data/messy/tune.jsonl") + tickets(ROOT / "seed/tickets/autumn.jsonl")
    table = {kind: fitted(kind, rows, linker) for kind in ANCHORS}
    if "--write" in sys.argv:
        write(table)


if __name__ == "__main__":
    main()
