"""Three themes for Textual: dark, light, and the terminal's own colours. One accent, one warning, one error, two greys.

A fourth, `plain`, is for `NO_COLOR`: bold, dim, underline and reverse alone.
What the widgets paint themselves is in `ink`.
"""

from __future__ import annotations

from textual.theme import Theme


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
                       "scrollbar-background": "#fbfbfa", "scrollbar-hover": "#767e89", "scrollbar-active": "#086a94",
                       "scrollbar-background-hover": "#fbfbfa", "scrollbar-background-active": "#fbfbfa",
                       "grey": "#5b626c", "faint": "#767e89"},
        ),
        _terminal_s_own("triage-ansi"),
        _terminal_s_own("triage-plain"),
    ]  # fmt: skip
