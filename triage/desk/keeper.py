"""When the application keeps its desk up: what time and other people's acts change is computed beside the screen.

Looking for swarms among the tickets of a busy service takes seconds of Python, and threads of one process share
one interpreter: each key would wait. So the helper does it, where there is one (helper.py); the command line, and an
application without a helper, do it themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from triage.desk.helper import Gone
from triage.desk.office import Desk
from triage.desk.read_again import is_due as may_learn
from triage.desk.read_again import learn_and_read
from triage.desk.upkeep import is_due, keep_up

REST = 9.0
"""How many times as long as the work took nothing is looked for again: a tenth of a processor at most."""


class Keeper:
    """Keeps a desk up, by its helper where it has one. One caller at a time; `close` from any thread.

    `clock` gives seconds that only go forward.
    """

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._clock = clock
        self._not_before = 0.0
        self._closed = False

    def keep_up(self) -> int:
        """Do what is due and give how many tickets were scored anew; 0 while it rests. An error is a TriageError."""
        begun = self._clock()
        if not self._closed:
            self._desk.database.fold_log()
        if self._closed or begun < self._not_before or not (is_due(self._desk) or may_learn(self._desk)):
            return 0
        try:
            return self._ask()
        finally:
            ended = self._clock()
            self._not_before = ended + REST * (ended - begun)

    def close(self) -> None:
        """Begin nothing any more. What the helper is at ends with it, is rolled back and still due."""
        self._closed = True

    def _ask(self) -> int:
        helper = self._desk.helper
        if helper is not None:
            try:
                return helper.keep_up()
            except Gone:
                if self._closed or helper.closed:
                    return 0
        return all_that_is_due(self._desk)


def all_that_is_due(desk: Desk) -> int:
    """Do what is due, here and now; how many tickets were scored anew. What time changed first: it is quick."""
    return keep_up(desk) + learn_and_read(desk)
