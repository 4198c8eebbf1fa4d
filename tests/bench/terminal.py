"""A program in a pseudo-terminal: write keys, see what comes back and when.

What the program writes is kept with the time of its arrival and interpreted afterwards (pyte), piece by piece, so that
the emulator's own work is in no figure: `when` says after which piece a condition held on the screen.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType

import pyte

QUIET = 0.3
"""Seconds without a byte after which the program is said to have painted."""

Seen = Callable[["Terminal"], bool]


def surroundings(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program that is measured: as installed, with its modules compiled."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}, **environment}


class Terminal:
    """A program of 120 columns and 40 lines, or other ones. A context manager: the program is ended at its end."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], columns: int = 120, lines: int = 40
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.begun = time.perf_counter()
        self.pid, self._file = pty.fork()
        if self.pid == 0:
            # The size stands before the program starts: it must not see it change.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            os.execvpe(command[0], list(command), {**surroundings(environment), "TERM": "xterm-256color"})
        os.set_blocking(self._file, False)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the program."""
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        with suppress(OSError):
            os.close(self._file)

    def write(self, keys: str) -> None:
        """Type."""
        os.write(self._file, keys.encode())

    def until_quiet(self, quiet: float = QUIET, most: float = 20.0) -> list[tuple[float, bytes]]:
        """What comes until nothing comes for `quiet` seconds: pieces with the time of their arrival."""
        pieces: list[tuple[float, bytes]] = []
        end = time.perf_counter() + most
        while time.perf_counter() < end and select.select([self._file], [], [], quiet)[0]:
            try:
                piece = os.read(self._file, 65536)
            except OSError:  # the program has ended
                break
            pieces.append((time.perf_counter(), piece))
        return pieces

    def settle(self, quiet: float = QUIET) -> None:
        """Wait until nothing more comes, and look at it."""
        self.feed(self.until_quiet(quiet))

    def feed(self, pieces: Sequence[tuple[float, bytes]]) -> None:
        """Put what came on the screen."""
        for _, piece in pieces:
            self._stream.feed(piece)

    def when(self, pieces: Sequence[tuple[float, bytes]], *wanted: Seen) -> list[float | None]:
        """Put what came on the screen; for each condition the time of the piece after which it held, and holds."""
        found: list[float | None] = [None] * len(wanted)
        for at, piece in pieces:
            self._stream.feed(piece)
            for place, condition in enumerate(wanted):
                held = condition(self)
                if not held:
                    found[place] = None
                elif found[place] is None:
                    found[place] = at
        return found

    def wait_for(self, condition: Seen, most: float = 30.0) -> float:
        """Look at everything as it comes until a condition holds; the seconds since the program was started."""
        end = time.perf_counter() + most
        while time.perf_counter() < end:
            if not select.select([self._file], [], [], 0.5)[0]:
                continue
            piece = os.read(self._file, 65536)
            at = time.perf_counter()
            self._stream.feed(piece)
            if condition(self):
                return at - self.begun
        raise AssertionError("what was waited for did not come:\n" + "\n".join(self.screen.display))

    def wait_until(self, condition: Seen) -> None:
        """The same where it may hold already."""
        if not condition(self):
            self.wait_for(condition)

    def key(self, keys: str, *wanted: Seen, quiet: float = QUIET) -> tuple[float, list[float | None]]:
        """Type, wait for the quiet; seconds to the first byte, and to each of the conditions (None: it never held)."""
        begun = time.perf_counter()
        self.write(keys)
        pieces = self._answer(quiet)
        first = pieces[0][0] - begun if pieces else float("nan")
        return first, [None if at is None else at - begun for at in self.when(pieces, *wanted)]

    def _answer(self, quiet: float) -> list[tuple[float, bytes]]:
        select.select([self._file], [], [], 5.0)  # the first byte may be late, and is waited for
        return self.until_quiet(quiet)

    @property
    def display(self) -> list[str]:
        """The lines of the screen."""
        return list(self.screen.display)

    def memory(self) -> dict[str, float]:
        """Megabytes of the process: the most so far (`peak`) and now (`now`), as the kernel counts them."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            found = dict(line.split(":", 1) for line in file)
        return {name: int(found[key].split()[0]) / 1024 for name, key in (("peak", "VmHWM"), ("now", "VmRSS"))}
