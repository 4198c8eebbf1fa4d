"""Figures, training hours, ratings and improvement baselines in the database."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

# Tickets and points that an improvement works on: on its services and at its touchpoints; where it names only
# the one or the other, that is enough; where it names neither, none. Both are JSON lists of ids.
CELL_SQL = """
SELECT count(*) AS tickets, coalesce(sum(score), 0) AS points FROM queue
WHERE status <> 'merged' AND created_at >= :start AND created_at < :end
  AND (:services = '[]' OR service IN (SELECT value FROM json_each(:services)))
  AND (:touchpoints = '[]' OR touchpoint IN (SELECT value FROM json_each(:touchpoints)))
  AND (:services <> '[]' OR :touchpoints <> '[]')
"""


@dataclass(frozen=True, slots=True)
class StoredFigure:
    """The value of an indicator in a period; `service` '' for the whole company."""

    service: str
    kpi: str
    period: str
    value: float
    source: str | None


@dataclass(frozen=True, slots=True)
class StoredTraining:
    """Hours of training of a person, of one kind, in a period."""

    person: str
    kind: str
    period: str
    hours: float


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person of the business gave a ticket, beside what triage gave it. `at` in seconds since 1970."""

    ticket: int
    who: str
    at: int
    service: str | None
    rated: int
    computed: int
    score: int
    vector: str
    note: str | None
    catalog_version: int
    policy_version: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """What an improvement started from: tickets and points of the `days` before it began (seconds since 1970)."""

    improvement: str
    began_at: int
    days: int
    tickets: int
    points: int


def figures(connection: sqlite3.Connection) -> dict[tuple[str, str, str], StoredFigure]:
    """Every imported figure by (service, kpi, period)."""
    cursor = connection.execute("SELECT service, kpi, period, value, source FROM figures")
    return {(row[0], row[1], row[2]): StoredFigure(*row) for row in cursor}


def training(connection: sqlite3.Connection) -> dict[tuple[str, str, str], StoredTraining]:
    """Every imported hour of training by (person, kind, period)."""
    cursor = connection.execute("SELECT person, kind, period, hours FROM training")
    return {(row[0], row[1], row[2]): StoredTraining(*row) for row in cursor}


def put_figure(connection: sqlite3.Connection, figure: StoredFigure, act: int) -> None:
    """Write a figure, over the one of the same service, indicator and period."""
    connection.execute(
        "INSERT INTO figures (service, kpi, period, value, source, act_id) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET value = excluded.value, source = excluded.source, act_id = excluded.act_id",
        (figure.service, figure.kpi, figure.period, figure.value, figure.source, act),
    )


def put_training(connection: sqlite3.Connection, entry: StoredTraining, act: int) -> None:
    """Write hours of training, over those of the same person, kind and period."""
    connection.execute(
        "INSERT INTO training (person, kind, period, hours, act_id) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET hours = excluded.hours, act_id = excluded.act_id",
        (entry.person, entry.kind, entry.period, entry.hours, act),
    )


def rating(connection: sqlite3.Connection, ticket: int, who: str) -> Rating | None:
    """What this person gave this ticket, or None."""
    row = connection.execute(
        "SELECT ticket_id, who, at, service, rated, computed, score, vector, note, catalog_version, policy_version"
        " FROM ratings WHERE ticket_id = ? AND who = ?",
        (ticket, who),
    ).fetchone()
    return Rating(*row) if row else None


def put_rating(connection: sqlite3.Connection, entry: Rating, act: int) -> None:
    """Write a rating, over the one of the same ticket and person."""
    connection.execute("DELETE FROM ratings WHERE ticket_id = ? AND who = ?", (entry.ticket, entry.who))
    connection.execute(
        "INSERT INTO ratings (ticket_id, who, at, service, rated, computed, score, vector, note, catalog_version,"
        " policy_version, act_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.ticket, entry.who, entry.at, entry.service, entry.rated, entry.computed, entry.score, entry.vector,
            entry.note, entry.catalog_version, entry.policy_version, act,
        ),
    )  # fmt: skip


def remove_rating(connection: sqlite3.Connection, ticket: int, who: str) -> None:
    """Take a rating back."""
    connection.execute("DELETE FROM ratings WHERE ticket_id = ? AND who = ?", (ticket, who))


def rated_by(connection: sqlite3.Connection, who: str) -> set[int]:
    """The tickets that this person rated."""
    return {row[0] for row in connection.execute("SELECT ticket_id FROM ratings WHERE who = ?", (who,))}


def baselines(connection: sqlite3.Connection) -> dict[str, Baseline]:
    """What each improvement started from, by its id."""
    cursor = connection.execute("SELECT improvement, began_at, days, tickets, points FROM improvement_baselines")
    return {row[0]: Baseline(*row) for row in cursor}


def put_baseline(connection: sqlite3.Connection, baseline: Baseline, act: int) -> None:
    """Write down what an improvement starts from; the first mark stands."""
    connection.execute(
        "INSERT INTO improvement_baselines (improvement, began_at, days, tickets, points, act_id)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (baseline.improvement, baseline.began_at, baseline.days, baseline.tickets, baseline.points, act),
    )
