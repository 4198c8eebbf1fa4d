"""`triage demo`: the demonstration company, made once, opened at once."""

from __future__ import annotations

from pathlib import Path

import click

from triage.cli.common import is_terminal, named_by_group, progress_line, shown


@click.command(epilog="\b\nExamples:\n  triage demo\n  triage demo --fresh\n")
@click.option("--fresh", is_flag=True, help="Make it anew; what was decided in the old one is gone.")
@click.option("--db", type=click.Path(dir_okay=False), help="Where it is kept; else in a place of its own.")
@click.pass_context
def demo(ctx: click.Context, fresh: bool, db: str | None) -> None:
    """Make the demonstration database (seed catalog, tickets, figures) and open it.

    Its clock stands on a Monday in December, the first day of the quarter-end closings; every command on
    that database uses it. Where standard output is no terminal the queue is printed.

    Without --db it has a place of its own, whatever TRIAGE_DB says, so that it never lands in a real one's.
    """
    from triage.paths import demo_db

    named = db or named_by_group()
    path = Path(named) if named else demo_db()
    if path.exists():
        from triage.desk.office import refuse_another

        refuse_another(path)
    if fresh or not path.exists():
        from triage.desk.demo import make_demo

        click.echo("making the demonstration: a title company, its catalog and 400 tickets …", err=True)
        make_demo(path, progress=progress_line("tickets")).close()
        click.echo(f"the demonstration is {shown(path)}; other commands find it by --db or TRIAGE_DB", err=True)
    if is_terminal():
        from triage.ui.app import run

        raise click.exceptions.Exit(run(path, user=None, read_only=False, debug=ctx.obj["debug"]))
    from triage.cli.listing import queue_text, write_out

    write_out(queue_text(path))
