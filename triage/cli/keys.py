"""`triage keys`: the keys of the application, the configuration's own in them."""

from __future__ import annotations

import click

from triage.cli.common import echo_json, table
from triage.cli.options import json_option
from triage.config import raw_settings
from triage.errors import InputError, Problem
from triage.paths import user_config_file
from triage.ui import commands


@click.command(epilog="\b\nExamples:\n  triage keys\n  triage keys --json\n")
@json_option
def keys(as_json: bool) -> None:
    """List every command of the application with its keys, and the id by which the configuration remaps it.

    A key of the configuration that clashes, that terminals keep, or that names no command is told, and the
    exit code is 1.
    """
    configured = raw_settings().get("keys")
    found = commands.keymap(configured if isinstance(configured, dict) else None)
    listed = [
        {
            "id": command.id,
            "keys": [commands.shown(key) for key in found.keys[command.id]],
            "title": command.title,
            "does": command.tooltip,
            "group": command.group,
            "where": list(command.places),
            "remapped": command.id in found.changed,
        }
        for command in commands.COMMANDS
    ]
    if as_json:
        echo_json({"keys": listed, "problems": found.problems})
    else:
        click.echo("\n\n".join(_groups(found)))
    if found.problems:
        raise InputError([Problem(problem, str(user_config_file())) for problem in found.problems])


def _groups(found: commands.Keymap) -> list[str]:
    """A table for each group of commands."""
    tables = []
    for group in dict.fromkeys(command.group for command in commands.COMMANDS):
        rows = [
            (
                found.all_shown(command.id) + (" *" if command.id in found.changed else ""),
                command.title,
                "everywhere" if set(command.places) == set(commands.MODES) else ", ".join(command.places),
                command.id,
            )
            for command in commands.COMMANDS
            if command.group == group
        ]
        tables.append(table((group, "does", "where", "id"), rows))
    return [*tables, "* from the configuration"] if found.changed else tables
