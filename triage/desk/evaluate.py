"""How well links, conditions and reach agree with a labelled file. Nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from triage.desk.office import Desk
from triage.desk.take_in import settle_confirmed
from triage.errors import InputError, Problem
from triage.intake.files import read_tickets
from triage.linking import evaluate as measure
from triage.linking.message import Message
from triage.tickets.models import Candidate, CueReading, IncomingTicket, Reading

LINKS = ("service", "touchpoint")
CUES = ("condition", "reach")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A ticket that was surely read wrong: its place in the file, label, decision, and why."""

    line: int
    subject: str
    label: str
    decision: str
    probability: float
    evidence: str


@dataclass(slots=True)
class Evaluation:
    """The figures by kind, their intervals, the commonest mistakes and the worst tickets.

    `rejected` says of each row that was left out where it stands and why.
    """

    n: int
    rejected: list[str] = field(default_factory=list)
    figures: dict[str, dict[str, float | None]] = field(default_factory=dict)
    intervals: dict[str, dict[str, tuple[float, float] | None]] = field(default_factory=dict)
    confusion: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    worst: dict[str, list[Mistake]] = field(default_factory=dict)
    none_share: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The document of `triage eval --json`."""
        found = {
            "n": self.n, **self.figures, "rejected": len(self.rejected), "intervals": self.intervals,
            "confusion": {
                kind: [{"label": label, "read_as": value, "times": times} for label, value, times in pairs]
                for kind, pairs in self.confusion.items()
            },
            "worst": {
                kind: [
                    {
                        "line": each.line, "subject": each.subject, "label": each.label, "read_as": each.decision,
                        "probability": round(each.probability, 4), "evidence": each.evidence,
                    }
                    for each in mistakes
                ]
                for kind, mistakes in self.worst.items()
            },
        }  # fmt: skip
        return {**found, "none_share": self.none_share} if self.none_share else found


def evaluate(
    desk: Desk,
    paths: Sequence[Path],
    labels: dict[str, str],
    *,
    preset: str | None = None,
    mapping: dict[str, str] | None = None,
    intervals: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Read every labelled ticket of the files as it would be on arrival and compare with `labels` (kind → column).

    The share of tickets that fit nothing is estimated from the texts of the files, never from their labels, as a
    desk estimates it from the tickets that come in.
    A row whose label the catalog does not know is rejected; InputError where none is left.
    """
    found = read_tickets(paths, preset=preset, mapping=mapping or {}, confirmed=labels)
    reasons = [(ticket, settle_confirmed(desk, ticket)) for ticket in found.tickets]
    good = [ticket for ticket, reason in reasons if reason is None]
    found.reject_all((ticket, reason) for ticket, reason in reasons if reason is not None)
    found.rejected.sort(key=lambda each: (each.file, each.sheet, each.line))
    if not any(ticket.confirmed for ticket in good):
        problems = [Problem(each.reason, each.file, each.line or None) for each in found.rejected]
        raise InputError(problems or [Problem("no row has a label", str(paths[0]))])
    result = Evaluation(n=len(good), rejected=[str(each) for each in found.rejected])
    before = desk.linker.none_shares
    result.none_share = desk.linker.estimate_none_shares([Message.of(ticket) for ticket in good])
    desk.linker.none_shares = result.none_share
    try:
        readings = _read(desk, good, progress)
    finally:
        desk.linker.none_shares = before
    for kind in labels:
        pairs = [(t, r) for t, r in zip(good, readings, strict=True) if kind in t.confirmed]
        if kind in LINKS:
            _judge_links(result, kind, pairs, intervals)
        else:
            _judge_cues(result, kind, pairs, intervals)
    return result


def _read(desk: Desk, tickets: Sequence[IncomingTicket], progress: Callable[[int, int], None] | None) -> list[Reading]:
    readings: list[Reading] = []
    for start in range(0, len(tickets), 500):
        readings.extend(desk.linker.read_many([Message.of(ticket) for ticket in tickets[start : start + 500]]))
        if progress:
            progress(len(readings), len(tickets))
    return readings


def _judge_links(
    result: Evaluation, kind: str, pairs: Sequence[tuple[IncomingTicket, Reading]], intervals: bool
) -> None:
    rows = []
    best: list[Candidate | None] = []
    for ticket, reading in pairs:
        candidates = reading.services if kind == "service" else reading.touchpoints
        none = reading.none_service if kind == "service" else reading.none_touchpoint
        rows.append(measure.judge(ticket.confirmed[kind], candidates, none))
        best.append(candidates[0] if candidates else None)
    result.figures[kind] = measure.metrics(rows)
    if intervals:
        result.intervals[kind] = measure.bootstrap(rows, measure.metrics)
    result.confusion[kind] = measure.confusion(rows)
    result.worst[kind] = []
    for place in measure.worst(rows):
        ticket, row, first = pairs[place][0], rows[place], best[place]
        evidence = ", ".join(f"{e.text} ≈ {e.term}" for e in first.evidence if e.text) if first else ""
        result.worst[kind].append(
            Mistake(ticket.line, _subject(ticket), row.label, row.decision, row.probability, evidence)
        )


def _judge_cues(
    result: Evaluation, kind: str, pairs: Sequence[tuple[IncomingTicket, Reading]], intervals: bool
) -> None:
    cues = [r.condition if kind == "condition" else r.reach for _, r in pairs]
    read = [(ticket.confirmed[kind], cue.value) for (ticket, _), cue in zip(pairs, cues, strict=True)]

    def figures(rows: Sequence[tuple[str, str]]) -> dict[str, float | None]:
        accuracy = measure.accuracy(rows)
        return {"accuracy": None if accuracy is None else round(accuracy, 4)}

    result.figures[kind] = figures(read)
    if intervals:
        result.intervals[kind] = measure.bootstrap(read, figures)
    result.worst[kind] = _worst_cues(kind, pairs, cues)
    wrong: dict[tuple[str, str], int] = {}
    for pair in read:
        if pair[0] != pair[1]:
            wrong[pair] = wrong.get(pair, 0) + 1
    ordered = sorted(wrong.items(), key=lambda entry: (-entry[1], entry[0]))
    result.confusion[kind] = [(label, value, count) for (label, value), count in ordered[:20]]


def _worst_cues(
    kind: str, pairs: Sequence[tuple[IncomingTicket, Reading]], cues: Sequence[CueReading], most: int = 20
) -> list[Mistake]:
    """The tickets whose condition or reach was most surely read wrong, with the words that said so."""
    wrong = [
        Mistake(
            ticket.line, _subject(ticket), ticket.confirmed[kind], cue.value, cue.probabilities.get(cue.value, 0.0),
            ", ".join(f"{e.text} ≈ {e.term}" for e in cue.evidence if e.text),
        )
        for (ticket, _), cue in zip(pairs, cues, strict=True)
        if ticket.confirmed[kind] != cue.value
    ]  # fmt: skip
    return sorted(wrong, key=lambda each: (-each.probability, each.line))[:most]


def _subject(ticket: IncomingTicket) -> str:
    return ticket.subject or " ".join(ticket.body.split())[:80]
