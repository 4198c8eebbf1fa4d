"""While somebody types, what nobody waits for rests.

Two cores are often two halves of one: a helper that computes beside the application makes each key slower that comes
meanwhile. The application notes when a key was pressed where both processes see it, and the helper looks there at its
seams: between two transactions, every millisecond of a query, every few tickets of a long computation. It never rests
while it holds a lock, and never for long, so that it is done one day beside somebody who does not stop typing.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
import time
from collections.abc import Callable

STILL = 0.15
"""Seconds without a key from which work goes on: longer than an act takes to its paint."""
AT_MOST, WORK = 2.0, 0.25
"""Seconds that it rests at a stretch however many keys come, and seconds of work that follow then."""
GLANCE = 0.03
"""Seconds between two looks whether what rests is wanted at all."""


class LastKey:
    """When a key was pressed last: eight bytes that two processes share. No call of the system in either."""

    def __init__(self, descriptor: int | None = None) -> None:
        """Of the process that gave `descriptor`; without one a new place that no key was pressed in yet."""
        self._file = None
        if descriptor is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 as long as this lives
            self._file.truncate(mmap.PAGESIZE)
            descriptor = self._file.fileno()
        else:
            os.set_inheritable(descriptor, False)
        self.descriptor = descriptor
        self._room = memoryview(mmap.mmap(descriptor, mmap.PAGESIZE)).cast("d")

    def press(self) -> None:
        """A key was pressed."""
        self._room[0] = time.monotonic()  # one clock for all processes of a machine

    def since(self) -> float:
        """Seconds since a key was pressed."""
        return time.monotonic() - self._room[0]


class Seams:
    """What the threads of the helper ask at their seams. Each says with `begin` what it is at."""

    def __init__(
        self, since: Callable[[], float], clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:  # fmt: skip
        """`since`: the seconds since a key was pressed."""
        self._since, self._clock, self._sleep = since, clock, sleep
        self._here = threading.local()
        self._dropped: set[int] = set()

    def begin(self, number: int) -> None:
        """This thread begins what was asked for under this number, and may rest in it."""
        self._here.number, self._here.rests, self._here.until = number, True, 0.0

    def end(self, number: int) -> None:
        """It is done."""
        self._here.number = None
        self._dropped.discard(number)

    def hurry(self) -> None:
        """Somebody waits for what this thread is at: it does not rest in it."""
        self._here.rests = False

    def drop(self, number: int) -> None:
        """Nobody waits any longer for what was asked for under this number."""
        self._dropped.add(number)

    def __call__(self) -> bool:
        """Rest while keys come. True: nobody waits any longer for what this thread is at."""
        here = self._here
        number = getattr(here, "number", None)
        if number is None:  # a thread that answers at once
            return False
        if here.rests and self._since() < STILL and (now := self._clock()) >= here.until:
            begun = now
            while (left := STILL - self._since()) > 0 and number not in self._dropped:
                if now - begun >= AT_MOST:
                    here.until = now + WORK
                    break
                self._sleep(min(left, GLANCE))
                now = self._clock()
        return number in self._dropped
