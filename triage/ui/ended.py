"""Ended from outside (SIGTERM, SIGHUP, SIGQUIT): the terminal is given back before the process goes as it would have.

Python and Textual leave these signals to the system, which ends the process where it stands: the shell had the
alternate screen, no cursor, no echo, and every movement of the mouse as letters. What was decided is in the database.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

GIVEN_BACK = (
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1015l\x1b[?1006l"  # the mouse
    "\x1b[?2004l\x1b[?1004l\x1b[?2026l"  # pasting, the focus, a picture half sent
    "\x1b[0m\x1b[?7h\x1b[?25h\x1b[<u\x1b[?1049l\x1b[23;2t"  # keys as Kitty has them, the screen, the title
)
SIGNALS = ("SIGTERM", "SIGHUP", "SIGQUIT")


@contextmanager
def terminal_given_back(where: int = 0) -> Iterator[None]:
    """While this lasts, a signal that ends the process first leaves the terminal at descriptor `where` as it is now.

    Nothing is done where that is no terminal, or outside the main thread, which alone hears signals.
    """
    if sys.platform == "win32" or not os.isatty(where):
        yield
        return
    import termios

    before = termios.tcgetattr(where)

    def handler(number: int, _frame: Any) -> None:
        # A terminal that is gone needs nothing; one that a shell has again, since this was stopped, is not ours.
        with suppress(OSError, ValueError, AttributeError, termios.error):
            if os.tcgetpgrp(where) == os.getpgrp():
                # Not by the file: it may be locked by what the signal came in the middle of.
                os.write(sys.__stderr__.fileno(), GIVEN_BACK.encode())  # type: ignore[union-attr]
                termios.tcsetattr(where, termios.TCSANOW, before)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    replaced = {}
    with suppress(ValueError):
        for name in SIGNALS:
            number = getattr(signal, name)
            if signal.getsignal(number) is signal.SIG_DFL:  # `nohup` asked for hanging up to be ignored
                replaced[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in replaced.items():
            signal.signal(number, old)
