"""The helper's own side: a process that answers the application's questions (see helper.py).

`lessons` is answered at once, for an act may wait for it; what takes longer runs in threads beside it.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import sys
import threading
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from triage.desk.helper import DROP, IDS, get, put
from triage.desk.stillness import LastKey, Seams
from triage.errors import TriageError

if TYPE_CHECKING:
    from triage.desk.office import Desk
    from triage.desk.queue import Selection
    from triage.linking.linker import Linker
    from triage.linking.memory import Lesson
    from triage.linking.message import Message

HAND_OVER = 0.0005
"""Seconds after which the thread that keeps up lets the one that answers go on."""
PAGE_CACHE = 2_000
NICE = 5


class Answers:
    """What can be asked. The linker has no memory: what a decision teaches does not depend on what was learned."""

    def __init__(self, desk: Desk, seams: Seams) -> None:
        self.desk = desk
        self.seams = seams
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

        if self.desk.index.version and not self.desk.read_only:
            self.linker().lesson(Message("the portal is down", "since noon"))

    def lessons(self, version: int, messages: Sequence[Message]) -> list[Lesson]:
        """As Helper.lessons; refused where another catalog is in force here than where it is asked."""
        linker = self.linker()
        if linker.index.version != version:
            raise LookupError("another catalog is in force")
        return [linker.lesson(message) for message in messages]

    def all_ids(self, chosen: Selection, standing: int | None, hurry: bool) -> array[int]:
        """As queue.all_ids; it rests while keys come, unless the screen waits for them: `hurry`."""
        from triage.desk.queue import all_ids

        if hurry:
            self.seams.hurry()
        return all_ids(self.desk, chosen, standing)

    def keep_up(self) -> int:
        """As keeper.all_that_is_due."""
        from triage.desk.keeper import all_that_is_due

        return all_that_is_due(self.desk)


SLOW = ("keep_up", "all_ids")
"""What has a thread of its own, and with it a connection."""


def _stand_back() -> None:
    """What this thread computes comes after the thread that answers, and after the application."""
    with contextlib.suppress(AttributeError, OSError):  # each thread has a priority of its own on Linux
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def serve(desk: Desk, questions: IO[bytes], answers: IO[bytes], idle: float, seams: Seams) -> None:
    """Answer until the other end closes, or nobody asks for `idle` seconds while nothing is being done."""
    served, lock = Answers(desk, seams), threading.Lock()
    slow = {what: ThreadPoolExecutor(1, what, _stand_back) for what in SLOW}
    busy: set[Future[None]] = set()

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
            if isinstance(found, array):
                put(answers, (number, error, IDS), found)
            else:
                put(answers, (number, error, found))

    def slowly(number: int, job: Callable[..., Any], arguments: Sequence[Any]) -> None:
        seams.begin(number)
        try:
            answer(number, job, arguments)
        finally:
            seams.end(number)

    while True:
        busy = {work for work in busy if not work.done()}
        if not select.select([questions], [], [], idle)[0]:
            if not any(not work.done() for work in busy):
                return
            continue
        try:
            (number, what, arguments), _ = get(questions)
        except EOFError:
            return
        if what == DROP:
            seams.drop(number)
            continue
        job = getattr(served, what)
        if what in slow:
            busy.add(slow[what].submit(slowly, number, job, arguments))
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


def main(path: str, user: str, how: str, idle: str, last_key: str) -> None:
    """Answer on this process's own pipes; nothing else may write into them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the application's to answer
    questions = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    sys.setswitchinterval(HAND_OVER)
    from triage.desk.allocator import give_back_large_blocks
    from triage.desk.office import Desk

    give_back_large_blocks()
    desk = Desk(Path(path), user=user, read_only=how == "read", create=False, page_cache=PAGE_CACHE)
    desk.database.stands_back = True
    desk.database.seam = seams = Seams(LastKey(int(last_key)).since)
    with contextlib.suppress(BrokenPipeError):
        serve(desk, questions, answers, float(idle), seams)
    # At once, whatever a thread is at: what it has not committed is done by the next one who keeps up.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
