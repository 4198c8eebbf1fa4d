"""The group `triage`: finds each command in its module when it is called, and turns errors into lines.

Commands live one group a module and are imported when they are named, so that `triage --help` and
`triage queue` pay for nothing that they do not use.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from triage import __version__
from triage.cli.common import take_any_text
from triage.cli.saying import in_one_line

# name → (module, attribute, one line for --help); the line is here so that help imports no command.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("triage.cli.demo", "demo", "Make the demonstration database and open it."),
    "catalog": ("triage.cli.catalog", "catalog", "Check, plan, apply and export the service catalog."),
    "tickets": ("triage.cli.tickets", "tickets", "Take tickets in from files, mailboxes and help desks."),
    "queue": ("triage.cli.queue", "queue", "The impact queue."),
    "show": ("triage.cli.queue", "show", "One ticket with links, score, brief, people and history."),
    "link": ("triage.cli.acts", "link", "Link a ticket to a service or touchpoint, or say that it is not about it."),
    "set": ("triage.cli.acts", "set_fields", "Set condition, reach, workaround, flag, told, status or assignee."),
    "override": ("triage.cli.acts", "override", "Set another priority, with a reason."),
    "claim": ("triage.cli.acts", "claim", "Take tickets as your own."),
    "release": ("triage.cli.acts", "release", "Give tickets back."),
    "resolve": ("triage.cli.acts", "resolve", "Say that tickets are done."),
    "wait": ("triage.cli.acts", "wait", "Wait for the customer or a supplier."),
    "reopen": ("triage.cli.acts", "reopen", "Take up again what was done or waited."),
    "merge": ("triage.cli.acts", "merge", "Merge tickets into another one."),
    "undo": ("triage.cli.acts", "undo", "Take back your last acts."),
    "explain": ("triage.cli.explain", "explain", "The points of a vector."),
    "learn": ("triage.cli.learn", "learn", "What confirmations taught."),
    "backtest": ("triage.cli.backtest", "backtest", "What another policy would have done to past tickets."),
    "eval": ("triage.cli.evaluate", "evaluate", "How well links agree with a labelled file."),
    "report": ("triage.cli.report", "report", "Report card, costs, journeys and the other reports of a quarter."),
    "figures": ("triage.cli.figures", "figures", "Bring in figures that no ticket tells, by quarter."),
    "rate": ("triage.cli.rate", "rate", "Say what priority scored tickets should have had."),
    "handover": ("triage.cli.handover", "handover", "What the next shift must know."),
    "keys": ("triage.cli.keys", "keys", "The keys of the application."),
    "forget": ("triage.cli.forget", "forget", "Erase a requester, or what is older than a term."),
    "serve": ("triage.cli.serve", "serve", "The application in a browser, for one person."),
    "doctor": ("triage.cli.doctor", "doctor", "Versions, terminal, database, what is wrong with them."),
}

EPILOG = """\b
Examples:
  triage demo                       try it with a demonstration company
  triage catalog apply catalog.yaml put your service catalog in force
  triage tickets import export.csv  take in tickets from your help desk
  triage                            open the application
"""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from triage.text import did_you_mean, one_line

            hint = did_you_mean(args[0], COMMANDS) or "see `triage --help`"
            raise click.UsageError(f"there is no command '{one_line(args[0])}'; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry[2]) for name, entry in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--db", type=click.Path(dir_okay=False), help="The database [env: TRIAGE_DB].")
@click.option("--read-only", is_flag=True, help="Look only; nothing can be decided.")
@click.option("--debug", is_flag=True, help="Show a traceback when something unexpected happens.")
@click.version_option(__version__, prog_name="triage", message="%(prog)s %(version)s")
@click.pass_context
def triage(ctx: click.Context, db: str | None, read_only: bool, debug: bool) -> None:
    """What a ticket means for the business: the impact queue of your support desk.

    Without a command it opens the terminal application; where standard output is no terminal it prints
    the queue.
    """
    ctx.obj = {"db": db, "read_only": read_only, "debug": debug}
    if ctx.invoked_subcommand is None:
        from triage.cli.common import database_path, is_terminal

        path = database_path(db)
        if is_terminal():
            from triage.ui.app import run as run_application

            ctx.exit(run_application(path, user=None, read_only=read_only, debug=debug))
        from triage.cli.listing import queue_text, write_out

        write_out(queue_text(path, view="open", limit=50, read_only=read_only))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code. One line an error, never a traceback without --debug."""
    args = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in args
    # --debug is meant for every command and may stand anywhere; Click knows it in front.
    args = [*(["--debug"] if debug else []), *(arg for arg in args if arg != "--debug")]
    take_any_text()
    return in_one_line(lambda: _run(args), debug=debug)


def _run(args: Sequence[str]) -> int:
    try:
        result = triage.main(args=list(args), prog_name="triage", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        from triage.text import sanitise

        said = io.StringIO()
        error.show(file=said)
        print(sanitise(said.getvalue()), end="", file=sys.stderr)
        return 2
