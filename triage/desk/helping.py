"""The helper's own side: a process that answers the application's questions (see helper.py).

`decisions` is answered at once; `keep_up` runs in a thread beside it, for an act waits for the former.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from triage.desk.helper import get, put
from triage.errors import TriageError

if TYPE_CHECKING:
    from triage.desk.helper import Asked
    from triage.desk.office import Desk
    from triage.linking.linker import Linker
    from triage.linking.memory import Decision

HAND_OVER = 0.0005
"""Seconds after which the thread that keeps up lets the one that answers go on."""
PAGE_CACHE = 2_000
NICE = 5


class Answers:
    """What can be asked. The linker has no memory: what a decision teaches does not depend on what was learned."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._linker: Linker | None = None

    def linker(self) -> Linker:
        """A linker of the catalog in force."""
        index = self.desk.index
        if self._linker is None or self._linker.index is not index:
            from triage.linking.linker import Linker

            self._linker = Linker(index)
        return self._linker

    def warm(self) -> None:
        """Be ready: a first reading imports and makes what the later ones find made."""
        from triage.linking.message import Message

        if self.desk.index.version:
            self.linker().decisions(Message("the portal is down", "since noon"), ticket=0, targets={"service": "none"})

    def decisions(self, version: int, asked: Sequence[Asked], who: str, imported: bool) -> list[list[Decision]]:
        """As Helper.decisions; refused where another catalog is in force here than where it is asked."""
        linker = self.linker()
        if linker.index.version != version:
            raise LookupError("another catalog is in force")
        return [
            linker.decisions(message, ticket=ticket, targets=targets, who=who, imported=imported)
            for message, ticket, targets in asked
        ]

    def keep_up(self) -> int:
        """As keeper.all_that_is_due; it stands back behind the thread that answers and behind the application."""
        from triage.desk.keeper import all_that_is_due

        with contextlib.suppress(AttributeError, OSError):  # each thread has a priority of its own on Linux
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        return all_that_is_due(self.desk)


SLOW = ("keep_up",)


def serve(desk: Desk, questions: IO[bytes], answers: IO[bytes], idle: float) -> None:
    """Answer until the other end closes, or nobody asks for `idle` seconds while nothing is being done."""
    served = Answers(desk)
    lock, busy = threading.Lock(), threading.Semaphore(1)

    def answer(number: int, job: Callable[..., Any], arguments: Sequence[Any]) -> None:
        error: object = None
        found: Any = None
        try:
            found = job(*arguments)
        except TriageError as refused:
            error = _sendable(refused)
        except Exception as unexpected:  # the application does it itself, and meets whatever is wrong
            error = f"{type(unexpected).__name__}: {unexpected}"
        with lock:
            put(answers, (number, error, found))

    def slowly(*work: Any) -> None:
        with busy:
            answer(*work)

    while True:
        if not select.select([questions], [], [], idle)[0]:
            if busy.acquire(blocking=False):
                return
            continue
        try:
            number, what, arguments = get(questions)
        except EOFError:
            return
        job = getattr(served, what)
        if what in SLOW:
            threading.Thread(target=slowly, args=(number, job, arguments), daemon=True).start()
        else:
            answer(number, job, arguments)


def _sendable(error: TriageError) -> TriageError:
    """The error itself where it comes through a pipe whole, else one that says the same."""
    try:
        if str(pickle.loads(pickle.dumps(error))) == str(error):
            return error
    except Exception:  # an error that takes other arguments than it keeps
        pass
    return TriageError(str(error))


def main(path: str, user: str, idle: str) -> None:
    """Answer on this process's own pipes; nothing else may write into them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the application's to answer
    questions = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    sys.setswitchinterval(HAND_OVER)
    from triage.desk.office import Desk

    desk = Desk(Path(path), user=user, create=False, page_cache=PAGE_CACHE)
    with contextlib.suppress(BrokenPipeError):
        serve(desk, questions, answers, float(idle))
    # At once, whatever a thread is at: what it has not committed is done by the next one who keeps up.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
