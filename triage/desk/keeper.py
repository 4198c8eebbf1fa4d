"""The application's second process: what time and other people's acts change is computed beside the screen.

Looking for swarms among the tickets of a busy service takes seconds of Python, and threads of one process share
one interpreter: each key would wait. The second process opens the same database, works when it is asked, and ends
with the application, however that ends: its standard input is then closed. Where there is none to be had the work
is done here, as the command line does it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from triage.desk.office import Desk
from triage.desk.upkeep import is_due, keep_up
from triage.errors import StoreError, TriageError

NICE = 5
"""How much the second process stands back behind the one that answers keys."""
IDLE = 300.0
"""Seconds without work after which the second process is let go; the next work starts another."""
REST = 3.0
"""How many times as long as the work took nothing is looked for again."""
_PATIENCE = 2.0


class Keeper:
    """Keeps a desk up, in a second process where there is one. One caller at a time; `close` from any thread.

    `clock` gives seconds that only go forward.
    """

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._clock = clock
        self._process: subprocess.Popen[str] | None = None
        self._wanted = True
        self._not_before = 0.0
        self._worked = 0.0
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The second process, while there is one."""
        return self._process.pid if self._process is not None else None

    def keep_up(self) -> int:
        """Do what is due and give how many tickets were scored anew; 0 while it rests. An error is a TriageError."""
        begun = self._clock()
        if self._closed or begun < self._not_before:
            return 0
        if not is_due(self._desk):
            if begun - self._worked > IDLE:
                self._let_go()
            return 0
        count = self._ask()
        ended = self._clock()
        self._worked = ended
        self._not_before = ended + REST * (ended - begun)
        return count

    def close(self) -> None:
        """End the second process, whatever it is at: what it had begun is rolled back and still due."""
        self._closed = True
        self._let_go()

    def _ask(self) -> int:
        process = self._started()
        if process is None:
            return keep_up(self._desk)
        try:
            _write(process.stdin, "keep up\n")
            answer = process.stdout.readline() if process.stdout is not None else ""
        except (OSError, ValueError):  # it is gone, or was closed meanwhile
            answer = ""
        what, _, rest = answer.rstrip("\n").partition(" ")
        if what == "done" and rest.isdigit():
            return int(rest)
        if what == "refused":
            raise StoreError(rest)
        # It ended without a word. Once may be the machine's doing; it is not tried again and again.
        self._wanted = False
        self._let_go()
        return 0 if self._closed else keep_up(self._desk)

    def _started(self) -> subprocess.Popen[str] | None:
        if self._process is not None and self._process.poll() is not None:
            self._let_go()
        if self._process is None and self._wanted and not self._closed:
            # -P: a folder named triage where the application was started is not what runs.
            command = [sys.executable, "-P", "-m", "triage.desk.keeper", str(self._desk.path), self._desk.user]
            try:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                    text=True, encoding="utf-8", errors="replace", start_new_session=True,
                )  # fmt: skip
            except OSError:
                self._wanted = False
        return self._process

    def _let_go(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()


def _write(pipe: IO[str] | None, text: str) -> None:
    if pipe is None:
        raise OSError("no pipe")
    pipe.write(text)
    pipe.flush()


def _serve(path: Path, user: str, asked: IO[str], told: IO[str]) -> None:
    """Keep up each time a line comes; a line back tells how it went. Ends when no more can come."""
    with Desk(path, user=user, create=False) as desk:
        for _ in asked:
            try:
                answer = f"done {keep_up(desk)}"
            except TriageError as error:
                answer = "refused " + " ".join(str(error).split())
            _write(told, answer + "\n")


def main() -> None:
    """What runs in the second process: the database and who acts are its arguments."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    # An error here has nobody to tell: the process ends, and the application does the work itself.
    with contextlib.suppress(TriageError, OSError, KeyboardInterrupt):
        _serve(Path(sys.argv[1]), sys.argv[2], sys.stdin, sys.stdout)


if __name__ == "__main__":
    main()
