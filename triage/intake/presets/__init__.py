"""The systems whose exports triage knows, and the search for the one that made a file."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from triage.errors import InputError
from triage.intake.presets.base import CONFIRMED, DATES, FIELDS, Preset
from triage.intake.words import normal
from triage.text import did_you_mean, one_line

__all__ = ["CONFIRMED", "DATES", "FIELDS", "Preset", "detect", "names", "preset_named"]

GROUP = "triage.presets"
_OWN = (
    "zendesk",
    "servicenow",
    "jira",
    "freshdesk",
    "zammad",
    "glpi",
    "rt",
    "redmine",
    "djhelpdesk",
    "roundup",
    "file",
)


@cache
def registry() -> dict[str, Preset]:
    """Every preset by name: triage's own, then those of entry points, which cannot take an own name.

    One that cannot be loaded is passed over: an import of tickets must not fail for a stranger's package.
    """
    found: dict[str, Preset] = {}
    for name in _OWN:
        preset = import_module(f"triage.intake.presets.{name}").PRESET
        found[preset.name] = preset
    for point in entry_points(group=GROUP):
        try:
            preset = point.load()
        except Exception:
            continue
        if isinstance(preset, Preset):
            found.setdefault(preset.name, preset)
    return found


def names() -> list[str]:
    """The names for `--preset`."""
    return list(registry())


def preset_named(name: str) -> Preset:
    """The preset of a name; raises InputError with the nearest."""
    found = registry().get(name.strip().lower())
    if found is None:
        hint = did_you_mean(name, names()) or f"one of {', '.join(names())}"
        raise InputError(f"unknown preset '{one_line(name)[:80]}'", hint=hint)
    return found


def detect(columns: Iterable[str]) -> Preset:
    """The preset whose longest signature stands whole in the headings or keys; `file` where none does."""
    have = {normal(column) for column in columns}
    best, size = registry()["file"], 0
    for preset in registry().values():
        for keys in preset.signatures:
            if len(keys) > size and keys <= have:
                best, size = preset, len(keys)
    return best
