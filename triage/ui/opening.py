"""Opening an address in a browser: the platform's own way, never a browser inside this terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping


def opener(environ: Mapping[str, str] = os.environ) -> list[str] | None:
    """The platform's program that opens an address in a window; None where there is no window to open it in."""
    if sys.platform == "darwin":
        wanted = [["open"]]
    elif sys.platform == "win32":
        wanted = [["rundll32", "url.dll,FileProtocolHandler"]]
    elif environ.get("WSL_DISTRO_NAME"):
        wanted = [["wslview"], ["explorer.exe"]]
    elif environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        wanted = [["xdg-open"]]
    else:
        wanted = []  # over ssh a text browser would draw over the application
    return next((command for command in wanted if shutil.which(command[0])), None)


def open_by_platform(address: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Hand an address to the platform; whether something took it."""
    command = opener(environ)
    if command is None:
        return False
    try:
        subprocess.Popen(
            [*command, address], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    except OSError:
        return False
    return True
