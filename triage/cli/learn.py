"""`triage learn`: what confirmations taught."""

from __future__ import annotations

from dataclasses import asdict

import click

from triage.cli.common import echo_json, open_desk, progress_line, table
from triage.cli.options import db_option, json_option


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExamples:\n  triage learn status\n  triage learn rebuild\n",
)
def learn() -> None:
    """What the desk's decisions taught the linker."""


@learn.command(epilog="\b\nExamples:\n  triage learn status --json\n")
@json_option
@db_option
def status(as_json: bool, db: str | None) -> None:
    """How many decisions were learned, of which kind, and what the last fit rests on."""
    from triage.desk.learn import status as look

    with open_desk(db, create=False) as desk:
        found = look(desk)
        if as_json:
            echo_json(asdict(found))
            return
        rows = [(kind.kind, kind.decisions, kind.targets, kind.none) for kind in found.kinds]
        click.echo(table(("kind", "decisions", "targets", "none"), rows, right=(1, 2, 3)))
        if found.snapshot:
            due = "; a fit is due" if found.fit_due else ""
            click.echo(f"fit {found.snapshot} rests on {found.fitted_on} decisions, {found.waiting} came since{due}")
        else:
            click.echo("nothing was fitted yet: the names of the catalog count alone")
        if found.to_read_again:
            click.echo(
                f"{found.to_read_again} open tickets are still to be read again; `triage learn read-again` does it now"
            )
        for each in found.auto_link:
            click.echo(each.in_words())
        click.echo("the state equals a replay of the log" if found.agrees_with_log else "the state differs from a "
                   "replay of the log; run `triage learn rebuild`")  # fmt: skip


@learn.command(epilog="\b\nExamples:\n  triage learn rebuild\n")
@json_option
@db_option
def rebuild(as_json: bool, db: str | None) -> None:
    """Make what was learned anew from the log of decisions."""
    from triage.desk.learn import rebuild as run

    with open_desk(db, create=False) as desk:
        found = run(desk)
        if as_json:
            echo_json(asdict(found))
            return
        same = "as it was" if found.same else "and the state before was different"
        click.echo(f"learned {found.decisions} decisions from the log, {same}")


@learn.command("read-again", epilog="\b\nExamples:\n  triage learn read-again\n")
@json_option
@db_option
def read_again(as_json: bool, db: str | None) -> None:
    """Read the open tickets again with what was learned; the application does it by itself, a part at a time."""
    from triage.desk.read_again import read_all

    with open_desk(db, create=False) as desk:
        found = read_all(desk, progress_line("read again"))
        if as_json:
            echo_json({"read": found.read, "changed": found.changed})
            return
        click.echo(
            f"{found.read} open tickets were read again, {found.changed} of them are proposed or scored differently"
        )


@learn.command(epilog="\b\nExamples:\n  triage learn proposals\n")
@json_option
@db_option
def proposals(as_json: bool, db: str | None) -> None:
    """Aliases and negative terms that corrections propose, each with the effect that it would have had."""
    from triage.desk.proposals import proposals as look

    with open_desk(db, create=False) as desk:
        found = look(desk)
        if as_json:
            echo_json(
                [
                    {
                        "key": each.key,
                        "kind": str(each.proposal.kind),
                        "target": each.proposal.target,
                        "change": each.proposal.change,
                        "phrase": each.proposal.phrase,
                        "seen": each.proposal.seen,
                        "better": list(each.proposal.better),
                        "worse": list(each.proposal.worse),
                    }
                    for each in found
                ]
            )
            return
        if not found:
            click.echo("nothing to propose: the names of the catalog say what people say")
            return
        rows = [
            (
                each.key,
                f"{each.proposal.kind}:{each.proposal.target}",
                each.proposal.change.replace("_", " "),
                each.proposal.phrase,
                each.proposal.seen,
                _some(each.proposal.better),
                _some(each.proposal.worse),
            )
            for each in found
        ]
        header = ("key", "entry", "change", "phrase", "seen", "makes better", "makes worse")
        click.echo(table(header, rows, right=(4,)))


def _some(tickets: tuple[int, ...], most: int = 6) -> str:
    """How many tickets, and the first of them by number."""
    if not tickets:
        return "none"
    more = " …" if len(tickets) > most else ""
    return f"{len(tickets)}: {' '.join(str(ticket) for ticket in tickets[:most])}{more}"


@learn.command(epilog="\b\nExamples:\n  triage learn accept 3fa2c1 09be77\n")
@click.argument("keys", nargs=-1, required=True, metavar="KEY…")
@json_option
@db_option
def accept(keys: tuple[str, ...], as_json: bool, db: str | None) -> None:
    """Put proposals into the catalog, as a new version."""
    from triage.desk.proposals import accept as run

    with open_desk(db, create=False) as desk:
        version = run(desk, keys)
        if as_json:
            echo_json({"version": version, "accepted": list(keys)})
        else:
            click.echo(f"version {version} is in force; `triage catalog export DIR` writes it to files")


@learn.command(epilog="\b\nExamples:\n  triage learn reject 3fa2c1\n")
@click.argument("keys", nargs=-1, required=True, metavar="KEY…")
@json_option
@db_option
def reject(keys: tuple[str, ...], as_json: bool, db: str | None) -> None:
    """Turn proposals down, so that they are not made again."""
    from triage.desk.proposals import reject as run

    with open_desk(db, create=False) as desk:
        count = run(desk, keys)
        if as_json:
            echo_json({"rejected": list(keys)})
        else:
            click.echo(f"turned down {count}")
