"""Three themes: dark, light, and the terminal's own colours. One accent, one warning, one error, two greys.

A fourth, `plain`, is for `NO_COLOR`: bold, dim, underline and reverse alone.

`Ink` gives the widgets that paint their own lines the Rich styles of each role, so that a role looks the
same in the list, in the ticket and in the heat maps.
"""

from __future__ import annotations

from typing import NamedTuple

from rich.style import Style
from textual.theme import Theme

NAMES = ("dark", "light", "ansi")


class Ink(NamedTuple):
    """The styles of the roles. `cursor` is laid under a whole line, the others over text."""

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

    def role(self, name: str) -> Style:
        """The style of a role by its name; `text` for one that is not known."""
        found = getattr(self, name, self.text)
        return found if isinstance(found, Style) else self.text


def _ink(
    text: str | None, dim: str, faint: str, accent: str, warning: str, error: str, cursor: Style, away: Style,
    heat: tuple[str, ...],
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
    )


INKS: dict[str, Ink] = {
    "dark": _ink(
        "#d6d9de", "#939aa5", "#727a87", "#73b8d8", "#e2b069", "#ef7a80",
        Style(bgcolor="#2a313b"), Style(bgcolor="#21262d"), ("", "#2a2a2c", "#3f3526", "#5c3f24", "#7a2f33"),
    ),
    "light": _ink(
        "#20242a", "#5b626c", "#7d8590", "#086a94", "#8a5a00", "#b91c26",
        Style(bgcolor="#d9e6ee"), Style(bgcolor="#e8edf1"), ("", "#f3efe6", "#f6e3bd", "#f3c99a", "#efb0ab"),
    ),
    "ansi": _ink(
        None, "bright_black", "bright_black", "cyan", "yellow", "red",
        Style(reverse=True), Style(underline=True), ("", "", "", "", ""),
    ),
    "plain": Ink(
        text=Style(), strong=Style(bold=True), dim=Style(dim=True), faint=Style(dim=True), accent=Style(bold=True),
        warning=Style(), error=Style(bold=True), mark=Style(bold=True), found=Style(underline=True),
        found_here=Style(bold=True, reverse=True), cursor=Style(reverse=True), cursor_away=Style(underline=True),
        heat=(Style(), Style(), Style(), Style(bold=True), Style(bold=True)),
    ),
}  # fmt: skip


def _terminal_s_own(name: str) -> Theme:
    """A theme of the terminal's sixteen colours on its own background."""
    return Theme(
        name=name, ansi=True, primary="ansi_cyan", secondary="ansi_bright_black", accent="ansi_cyan",
        warning="ansi_yellow", error="ansi_red", success="ansi_cyan", foreground="ansi_default",
        background="ansi_default", surface="ansi_default", panel="ansi_default", boost="ansi_default",
        variables={"border": "ansi_bright_black", "border-blurred": "ansi_bright_black",
                   "scrollbar": "ansi_bright_black", "scrollbar-background": "ansi_default",
                   "scrollbar-hover": "ansi_white", "scrollbar-active": "ansi_cyan",
                   "scrollbar-background-hover": "ansi_default", "scrollbar-background-active": "ansi_default",
                   "scrollbar-corner-color": "ansi_default",
                   "block-cursor-foreground": "ansi_black", "block-cursor-background": "ansi_cyan",
                   "input-cursor-background": "ansi_white", "input-cursor-foreground": "ansi_black",
                   "input-selection-background": "ansi_cyan", "input-selection-foreground": "ansi_black",
                   "ansi-background": "ansi_default", "ansi-foreground": "ansi_default",
                   "grey": "ansi_bright_black", "faint": "ansi_bright_black"},
    )  # fmt: skip


def themes() -> list[Theme]:
    """The themes for Textual to know, named `triage-dark`, `triage-light`, `triage-ansi` and `triage-plain`."""
    return [
        Theme(
            name="triage-dark", primary="#73b8d8", secondary="#939aa5", accent="#73b8d8", warning="#e2b069",
            error="#ef7a80", success="#73b8d8", foreground="#d6d9de", background="#15181d", surface="#15181d",
            panel="#1f242b", boost="#1f242b", dark=True,
            variables={"border": "#3a414c", "border-blurred": "#3a414c", "scrollbar": "#3a414c",
                       "scrollbar-background": "#15181d", "scrollbar-hover": "#727a87", "scrollbar-active": "#73b8d8",
                       "scrollbar-background-hover": "#15181d", "scrollbar-background-active": "#15181d",
                       "grey": "#939aa5", "faint": "#727a87"},
        ),
        Theme(
            name="triage-light", primary="#086a94", secondary="#5b626c", accent="#086a94", warning="#8a5a00",
            error="#b91c26", success="#086a94", foreground="#20242a", background="#fbfbfa", surface="#fbfbfa",
            panel="#eef1f3", boost="#eef1f3", dark=False,
            variables={"border": "#b9bfc7", "border-blurred": "#b9bfc7", "scrollbar": "#b9bfc7",
                       "scrollbar-background": "#fbfbfa", "scrollbar-hover": "#7d8590", "scrollbar-active": "#086a94",
                       "scrollbar-background-hover": "#fbfbfa", "scrollbar-background-active": "#fbfbfa",
                       "grey": "#5b626c", "faint": "#7d8590"},
        ),
        _terminal_s_own("triage-ansi"),
        _terminal_s_own("triage-plain"),
    ]  # fmt: skip


def ink(theme: str) -> Ink:
    """The ink of a theme by Textual's name for it; the dark one's where it is none of ours."""
    return INKS.get(theme.removeprefix("triage-"), INKS["dark"])
