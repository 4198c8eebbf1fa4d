"""`triage serve`: the application in a browser, for one person, on this machine."""

from __future__ import annotations

import re

import click

from triage.cli.common import database_path
from triage.cli.options import db_option


@click.command(
    epilog="\b\nExamples:\n  triage serve\n  triage serve --port 8010\n"
    "  triage serve --behind-proxy X-Forwarded-User --address 10.0.0.5\n"
)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Where it listens.")
@click.option("--address", default="127.0.0.1", show_default=True, help="On which of this machine's addresses.")
@click.option(
    "--behind-proxy",
    metavar="HEADER",
    help="The header in which a proxy that signs people in names the user; that user is who acts.",
)
@click.option("--read-only", is_flag=True, help="Look only; nothing can be decided.")
@db_option
def serve(port: int, address: str, behind_proxy: str | None, read_only: bool, db: str | None) -> None:
    """The application in a browser.

    One person, on this machine: it knows no passwords, so it listens on loopback and refuses every other
    address, unless --behind-proxy names the header with the signed-in user. The proxy must take that header from
    what comes in and set it itself, and nobody may reach the port but through it.
    """
    from triage.ui.serve.server import TriageServer, is_loopback

    if behind_proxy is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,63}", behind_proxy):
        raise click.BadParameter("is the name of a header, as X-Forwarded-User", param_hint="--behind-proxy")
    if behind_proxy is None and not is_loopback(address):
        raise click.UsageError(
            f"{address}: without a proxy that signs people in, triage serves this machine alone;"
            " leave --address out, or name the proxy's header with --behind-proxy"
        )
    path = database_path(db)
    # Opened once before anybody comes: what is wrong with the database is said here.
    from triage.desk.office import Desk

    root = click.get_current_context().find_root().obj or {}
    read_only = read_only or bool(root.get("read_only"))
    Desk(path, read_only=read_only, create=False).close()
    TriageServer(path, address=address, port=port, read_only=read_only, behind_proxy=behind_proxy).serve()
