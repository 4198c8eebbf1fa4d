"""`triage explain`: the points of a vector, from the vector and a policy alone."""

from __future__ import annotations

import click

from triage.cli.common import echo_json, open_desk, table
from triage.cli.options import db_option, json_option


@click.command(epilog="\b\nExamples:\n  triage explain BI1/CR:1/CO:U/RE:A/JO:M/TO:0/CM:-/WI:-\n")
@click.argument("vector")
@click.option(
    "--policy", "policy_version", type=click.IntRange(min=0), help="A stored policy version; else the newest."
)
@json_option
@db_option
def explain(vector: str, policy_version: int | None, as_json: bool, db: str | None) -> None:
    """The points of a VECTOR: what each factor counts, and why they sum to the score."""
    from triage.cli.common import database_path
    from triage.impact.policy import DEFAULT
    from triage.impact.vector import explain as explain_vector

    policy = DEFAULT
    if policy_version is not None or database_path(db).exists():
        with open_desk(db, create=False) as desk:
            policy = desk.policy if policy_version is None else desk.policy_of(policy_version)
    found = explain_vector(vector, policy)
    rows = [{"factor": row.factor, "value": row.value, "points": row.points, "why": row.why} for row in found.rows]
    if as_json:
        echo_json({"vector": vector, "score": found.score, "priority": found.priority, "breakdown": rows})
        return
    click.echo(table(("factor", "value", "points", "why"), [tuple(row.values()) for row in rows], right=(2,)))
    click.echo(f"score {found.score}, {found.priority}")
