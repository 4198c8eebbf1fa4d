"""Copying: the terminal's way (OSC 52) and the platform's own, saying what each could do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

from triage.ui.words import block


def platform_tool(environ: Mapping[str, str] = os.environ) -> list[str] | None:
    """The platform's own program that takes text for the clipboard, where there is one."""
    if sys.platform == "darwin":
        wanted = [["pbcopy"]]
    elif sys.platform == "win32":
        wanted = [["clip"]]
    else:
        wanted = [["wl-copy"]] if environ.get("WAYLAND_DISPLAY") else []
        if environ.get("DISPLAY"):
            wanted += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
        if environ.get("WSL_DISTRO_NAME"):
            wanted.append(["clip.exe"])
    return next((command for command in wanted if shutil.which(command[0])), None)


def copy_by_platform(text: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """Hand `text` to the platform's program; its name, or None where there is none or it failed."""
    command = platform_tool(environ)
    if command is None:
        return None
    try:
        subprocess.run(
            command, input=safe(text).encode(), check=True, timeout=2,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return command[0]


def safe(text: str) -> str:
    """What may stand in a clipboard: no control characters that a paste into a shell would carry out."""
    return block(text)


def told(what: str, tool: str | None, environ: Mapping[str, str] = os.environ, *, browser: bool = False) -> str:
    """What to say of a copy: only that of the platform, where the person sits, is certain."""
    if browser:
        return f"{what} was sent to the browser's clipboard; not every browser takes it"
    if tool and not _is_elsewhere(environ):
        return f"{what} was copied ({tool})"
    besides = f", and to that machine's ({tool})" if tool else ""
    return f"{what} was sent to the terminal's clipboard (OSC 52){besides}; not every terminal takes it"


def _is_elsewhere(environ: Mapping[str, str]) -> bool:
    """Whether the person sits at another machine, whose clipboard the platform's program here does not reach."""
    if not (environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")):
        return False
    # Windows that are forwarded have the name of a host before the colon, and a clipboard that is the person's.
    return environ.get("DISPLAY", ":").startswith(":")
