"""Large imports are read by a second process while the first one scores and stores.

The helper is a copy of this process with the same linker, so what it reads is what this one would have read;
where there is no second core, no copy to be had, or the helper is gone, everything is read here as ever.
Not used where a file brings past decisions: each batch of them teaches the reading of the next.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from triage.desk.facts import Told

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from triage.desk.office import Desk
    from triage.linking.linker import Linker
    from triage.linking.message import Message
    from triage.tickets.models import IncomingTicket

MANY = 2_000
"""From so many tickets on a second process is worth its start."""
_PATIENCE = 5.0
SHARE = 0.95
"""What part of a batch the helper is given first; from then on it follows who waits for whom."""
LEAST, STEP = 0.5, 0.02


class ReadAhead:
    """One job at a time: `begin` gives it to the helper, `take` waits for what it read.

    The helper starts with its first job, so that a file with nothing new in it costs none. `share` is the part of
    the next batch that it should be given, so that both processes are ready at about once.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.share = SHARE
        self._given = 0.0
        self._linker: Linker | None = None
        self._asked: Sequence[Message] = ()
        self._mine: Connection | None = None
        self._process: multiprocessing.process.BaseProcess | None = None

    def begin(self, messages: Sequence[Message]) -> None:
        """Have these read. Nothing happens where there is no helper any more."""
        if not messages:
            return
        if self._process is None:
            self._start()
        try:
            if self._mine is not None:
                self._given = time.perf_counter()
                self._mine.send(messages)
                self._asked = messages
        except OSError:
            self._asked = ()

    def take(self) -> dict[Message, Told]:
        """The readings that were asked for; none where the helper is gone or the catalog is new."""
        asked, self._asked = self._asked, ()
        if not asked or self._mine is None:
            return {}
        try:
            began, ready = time.perf_counter(), self._mine.poll()
            read = self._mine.recv()
        except (EOFError, OSError):
            return {}
        now = time.perf_counter()
        self.balance(0.0 if ready else (now - began) / max(now - self._given, 1e-9))
        return dict(zip(asked, read, strict=True)) if self._desk.linker is self._linker else {}

    def balance(self, waited: float) -> None:
        """Give the helper less where it was waited for, more where it was ready first.

        `waited` is the share of the time since `begin`: half of that is to be read by the other process.
        """
        self.share = min(1.0, max(LEAST, self.share * (1 - waited / 2))) if waited else min(1.0, self.share + STEP)

    def close(self) -> None:
        """End the helper, whatever it is at."""
        if self._process is not None and self._mine is not None:
            self._mine.close()
            self._process.terminate()
            self._process.join(_PATIENCE)

    def _start(self) -> None:
        self._linker = self._desk.linker
        context = multiprocessing.get_context("fork")
        self._mine, theirs = context.Pipe()
        self._process = context.Process(target=_help, args=(theirs, self._mine, self._linker), daemon=True)
        self._process.start()
        theirs.close()


@contextmanager
def reading_ahead(desk: Desk, tickets: Sequence[IncomingTicket]) -> Iterator[ReadAhead | None]:
    """A helper for the import of these, or None where it is not worth one or none is to be had.

    It ends with the block.
    """
    worth = len(tickets) >= MANY and not any(ticket.confirmed for ticket in tickets)
    helper = ReadAhead(desk) if worth and _possible() else None
    try:
        yield helper
    finally:
        if helper is not None:
            helper.close()


def _possible() -> bool:
    """Whether a copy of this process is safe (no other thread may hold a lock in it) and has a core of its own."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def _help(mine: Connection, theirs: Connection, linker: Linker) -> None:
    """Reads what comes until the other end is closed. An interrupt is the other process's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    theirs.close()  # else the end of the other process would go unseen
    gc.freeze()
    try:
        while True:
            mine.send([Told.of(reading) for reading in linker.read_many(mine.recv())])
    except Exception:  # the other process reads the batch itself, and meets whatever is wrong with it
        return
