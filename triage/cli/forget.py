"""`triage forget`: erase what must not be kept. It cannot be undone, so it asks."""

from __future__ import annotations

import sys

import click

from triage.cli.common import echo_json, open_desk
from triage.cli.options import db_option, json_option
from triage.errors import UsageError

EPILOG = """\b
Examples:
  triage forget --requester dana@buyer.example
  triage forget --older-than 24m --yes
"""


@click.command(epilog=EPILOG)
@click.option("--requester", metavar="ADDRESS", help="Everything that this address wrote, and every mention of it.")
@click.option("--older-than", metavar="TERM", help="Tickets done and untouched for a term: 24m (months), 90d, 2y.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@db_option
def forget(requester: str | None, older_than: str | None, yes: bool, as_json: bool, db: str | None) -> None:
    """Erase text, addresses and what was learned from them, in tickets, log and index.

    Numbers and links stay, so that reports add up; a tombstone keeps an import from bringing it back.
    Copies that were made elsewhere (backups beside the database, exports) are not reached.
    """
    from triage.desk.forget import affected, term_start
    from triage.desk.forget import forget as forget_act

    if (requester is None) == (older_than is None):
        raise UsageError("say what to forget", "give either --requester ADDRESS or --older-than TERM")
    with open_desk(db, create=False) as desk:
        before = term_start(older_than, desk.now()) if older_than else None
        count = len(affected(desk, requester=requester, before=before))
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError("forgetting cannot be undone and nobody can be asked here", "add --yes to mean it")
            what = f"what {requester} wrote" if requester else f"what is older than {older_than}"
            question = f"Erase {what} ({_tickets(count)})? This cannot be undone. Type 'forget' to go on"
            if click.prompt(question, default="", show_default=False) != "forget":
                raise click.Abort
        found = forget_act(desk, requester=requester, before=before)
        if as_json:
            echo_json({"tickets": found.tickets, "mentions": found.mentions})
        else:
            click.echo(f"forgot {_tickets(found.tickets)}; struck out in {found.mentions} others")
            backups = sorted(desk.path.parent.glob(f"{desk.path.name}.*.bak"))
            if backups:
                names = backups[0].name + (" …" if len(backups) > 1 else "")
                click.echo(f"older copies beside the database still hold it: {names}; remove them too", err=True)


def _tickets(number: int) -> str:
    return "1 ticket" if number == 1 else f"{number} tickets"
