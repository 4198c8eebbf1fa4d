"""`triage eval`: how well links, conditions and reach agree with a labelled file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.cli.common import echo_json, open_desk, progress_line, table
from triage.cli.options import db_option, json_option
from triage.errors import UsageError

if TYPE_CHECKING:
    from triage.desk.evaluate import Evaluation

SHOWN = 20
"""How many rejected rows are told of."""
KINDS = ("service", "touchpoint", "condition", "reach")
EPILOG = "\b\nExamples:\n  triage eval labelled.csv --label service=service --label condition=state --json\n"


def pairs(values: tuple[str, ...], option: str, known: tuple[str, ...] | None = None) -> dict[str, str]:
    """`key=column` options as a mapping; UsageError for anything else."""
    found: dict[str, str] = {}
    for value in values:
        key, equals, column = value.partition("=")
        if not equals or not key or not column:
            word = "KIND" if known else "FIELD"
            example = "service=column" if known else "subject=column"
            raise UsageError(f"{option}: '{value}' is not {word}=COLUMN", f"write it like {example}")
        if known is not None and key not in known:
            from triage.text import did_you_mean

            raise UsageError(
                f"{option}: no kind '{key}'", did_you_mean(key, known) or f"it is one of {', '.join(known)}"
            )
        found[key] = column
    return found


@click.command("eval", epilog=EPILOG)
@click.argument("file", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--label", "labels", multiple=True, metavar="KIND=COLUMN", help="service, touchpoint, condition, reach.")
@click.option("--preset", help="The system that the file comes from; else its header tells.")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="A column by the field it holds.")
@json_option
@db_option
def evaluate(
    file: tuple[Path, ...],
    labels: tuple[str, ...],
    preset: str | None,
    mapping: tuple[str, ...],
    as_json: bool,
    db: str | None,
) -> None:
    """Compare what triage reads from each ticket of FILE with the labels in its columns.

    The label `none` means that nothing in the catalog fits. Nothing is stored.
    """
    from triage.desk.evaluate import evaluate as run

    if not labels:
        raise UsageError("nothing to compare with", "add --label service=COLUMN")
    chosen = pairs(labels, "--label", KINDS)
    with open_desk(db) as desk:
        found = run(
            desk, list(file), chosen, preset=preset, mapping=pairs(mapping, "--map"),
            progress=progress_line("read"),
        )  # fmt: skip
        for reason in found.rejected[:SHOWN]:
            click.echo(reason, err=True)
        if len(found.rejected) > SHOWN:
            click.echo(f"and {len(found.rejected) - SHOWN} more rejected", err=True)
        if as_json:
            echo_json(found.as_json())
        else:
            click.echo(_page(found))


def _page(found: Evaluation) -> str:
    parts = [f"{found.n} tickets" + (f", {len(found.rejected)} rejected" if found.rejected else "")]
    for kind, share in found.none_share.items():
        parts.append(f"{kind}: {100 * share:.0f} % fit nothing, estimated from the texts alone")
    for kind, figures in found.figures.items():
        intervals = found.intervals.get(kind, {})
        rows = []
        for name, value in figures.items():
            between = intervals.get(name)
            shown = "–" if value is None else f"{value:.3f}"
            rows.append((name, shown, f"{between[0]:.3f}–{between[1]:.3f}" if between else ""))
        parts += ["", table((kind, "", "95 % between"), rows, right=(1,))]
        if found.confusion.get(kind):
            parts += ["", table(("label", "read as", "times"), found.confusion[kind], right=(2,))]
        if found.worst.get(kind):
            lines = [
                (m.line, m.label, m.decision, f"{m.probability:.2f}", m.subject[:60], m.evidence[:60])
                for m in found.worst[kind]
            ]
            parts += ["", table(("line", "label", "read as", "p", "ticket", "because"), lines, right=(0, 3))]
    return "\n".join(parts)
