"""The styles of the roles in each theme, so that a role looks the same in the list, in the ticket and in the heat maps.

Rich's styles and nothing of Textual: the first frame is painted before that is imported.
"""

from __future__ import annotations

from typing import NamedTuple

from rich.style import Style

NAMES = ("dark", "light", "ansi")


class Ink(NamedTuple):
    """The styles of the roles. `under` lies under everything, `panel` under the lines at the top and the bottom,
    `cursor` under the whole line of the ticket where one stands; the others are of text."""

    text: Style
    strong: Style
    dim: Style
    faint: Style
    accent: Style
    warning: Style
    error: Style
    mark: Style
    found: Style
    found_here: Style
    cursor: Style
    cursor_away: Style
    heat: tuple[Style, ...]
    under: Style
    panel: Style
    border: Style

    def role(self, name: str) -> Style:
        """The style of a role by its name; `text` for one that is not known."""
        found = getattr(self, name, self.text)
        return found if isinstance(found, Style) else self.text


def _ink(
    text: str | None, dim: str, faint: str, accent: str, warning: str, error: str, cursor: Style, away: Style,
    heat: tuple[str, ...], background: str, panel: str, border: str,
) -> Ink:  # fmt: skip
    return Ink(
        text=Style(color=text),
        strong=Style(color=text, bold=True),
        dim=Style(color=dim),
        faint=Style(color=faint),
        accent=Style(color=accent),
        warning=Style(color=warning),
        error=Style(color=error, bold=True),
        mark=Style(color=accent, bold=True),
        found=Style(color=warning, underline=True),
        found_here=Style(color=warning, bold=True, reverse=True),
        cursor=cursor,
        cursor_away=away,
        heat=tuple(Style(bgcolor=colour) if colour else Style() for colour in heat),
        under=Style(color=text or "default", bgcolor=background),
        panel=Style(color=text or "default", bgcolor=panel),
        border=Style(color=border, bgcolor=background),
    )


INKS: dict[str, Ink] = {
    "dark": _ink(
        "#d6d9de", "#939aa5", "#727a87", "#73b8d8", "#e2b069", "#ef7a80",
        Style(bgcolor="#2a313b"), Style(bgcolor="#21262d"), ("", "#2a2a2c", "#3f3526", "#5c3f24", "#7a2f33"),
        "#15181d", "#1f242b", "#3a414c",
    ),
    "light": _ink(
        "#20242a", "#5b626c", "#767e89", "#086a94", "#8a5a00", "#b91c26",
        Style(bgcolor="#d9e6ee"), Style(bgcolor="#e8edf1"), ("", "#f3efe6", "#f6e3bd", "#f3c99a", "#efb0ab"),
        "#fbfbfa", "#eef1f3", "#b9bfc7",
    ),
    "ansi": _ink(
        None, "bright_black", "bright_black", "cyan", "yellow", "red",
        Style(reverse=True), Style(underline=True), ("", "", "", "", ""),
        "default", "default", "bright_black",
    ),
    "plain": Ink(
        text=Style(), strong=Style(bold=True), dim=Style(dim=True), faint=Style(dim=True), accent=Style(bold=True),
        warning=Style(), error=Style(bold=True), mark=Style(bold=True), found=Style(underline=True),
        found_here=Style(bold=True, reverse=True), cursor=Style(reverse=True), cursor_away=Style(underline=True),
        heat=(Style(), Style(), Style(), Style(bold=True), Style(bold=True)),
        under=Style(), panel=Style(), border=Style(dim=True),
    ),
}  # fmt: skip


def ink(theme: str) -> Ink:
    """The ink of a theme by Textual's name for it; the dark one's where it is none of ours."""
    return INKS.get(theme.removeprefix("triage-"), INKS["dark"])
