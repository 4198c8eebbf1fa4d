"""Where the database is read and written: five threads, each with a queue and a connection of its own.

`look` serves what the screen waits for (pages, counts, the poll), `read` the ticket under the cursor, `scan`
what takes longer (all ids, the board), `act` the acts in their order, `keep` waits for the helper. One
thread a lane, because each thread has its own connection and its own idea of what others have changed since.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
LOOK, READ, SCAN, ACT, KEEP = "look", "read", "scan", "act", "keep"


class Lanes:
    """The threads of the application. Close them before the desk."""

    def __init__(self) -> None:
        self._executors = {name: ThreadPoolExecutor(1, f"triage-{name}") for name in (LOOK, READ, SCAN, ACT, KEEP)}

    def submit(self, lane: str, job: Callable[[], T]) -> Future[T]:
        """Queue a job. A future that is cancelled before its turn never runs."""
        return self._executors[lane].submit(job)

    def close(self, before_keep: Callable[[], object] | None = None) -> None:
        """Let what has begun end, forget the rest. `before_keep` ends what keeping up, the last lane, waits for."""
        keep = self._executors[KEEP]
        for executor in self._executors.values():
            if executor is not keep:
                _shut(executor)
        if before_keep is not None:
            before_keep()
        _shut(keep)


def _shut(executor: ThreadPoolExecutor) -> None:
    with contextlib.suppress(RuntimeError):
        executor.shutdown(wait=True, cancel_futures=True)
