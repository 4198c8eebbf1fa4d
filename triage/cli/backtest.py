"""`triage backtest`: what another policy would have done to past tickets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.cli.common import echo_json, open_desk, progress_line, table
from triage.cli.options import db_option, json_option
from triage.text import shorten

if TYPE_CHECKING:
    from triage.desk.backtest import Backtest


@click.command(
    epilog="\b\nExamples:\n  triage backtest --policy policy.yaml\n  triage backtest --policy policy.yaml --days 30\n"
)
@click.option(
    "--policy", "file", required=True, type=click.Path(path_type=Path), metavar="FILE",
    help="A policy, or a catalog with `policy:`; YAML or JSON.",
)  # fmt: skip
@click.option("--days", type=click.IntRange(min=1, max=36500), default=90, show_default=True, help="How far back.")
@json_option
@db_option
def backtest(file: Path, days: int, as_json: bool, db: str | None) -> None:
    """What the policy in FILE would have done to the tickets of the last days. Nothing is written.

    The file is laid over the policy in force, as an apply would. Each ticket is scored both ways as it stood
    when somebody decided on it, else when it came in.
    """
    from triage.desk.backtest import backtest as run
    from triage.desk.backtest import policy_of_file

    with open_desk(db, create=False) as desk:
        found = run(desk, policy_of_file(desk, file), days, progress_line("scoring"))
    if as_json:
        echo_json(found.as_json())
    else:
        click.echo("\n".join(_lines(found)))


def _lines(found: Backtest) -> list[str]:
    compared = found.comparison
    if not compared.tickets:
        return [f"no ticket came in during the last {found.days} days"]
    lines = [
        f"{compared.tickets} tickets of the last {found.days} days: {compared.moved_up} would have been more urgent,"
        f" {compared.moved_down} less, {compared.changed_score} with another score",
        "",
        table(("", "now", "then"), compared.table(), right=(1, 2)),
        f"P1 and P2 together: {compared.urgent_share(False):.1%} now, {compared.urgent_share(True):.1%} then",
        _agreement(found),
    ]
    moves = [
        f"{before} → {after}: {compared.bands[before, after]}"
        for before, after in sorted(compared.bands)
        if before != after
    ]
    if moves:
        lines += ["", "moved: " + ", ".join(moves)]
    if found.top:
        rows = [
            (
                one.id,
                f"{one.priority_before} → {one.priority}",
                f"{one.score_before} → {one.score}",
                shorten(one.subject, 60),
            )
            for one in found.top
        ]
        lines += ["", table(("id", "priority", "score", "subject"), rows, right=(0,))]
    return lines


def _agreement(found: Backtest) -> str:
    compared = found.comparison
    before, after = compared.agreement(False), compared.agreement(True)
    if before is None or after is None:
        return "overrides: nobody set another priority in these days"
    return (
        f"overrides: {compared.overrides}; the policy gives the same priority by itself in {before:.0%} of them now,"
        f" {after:.0%} then"
    )
