"""Work as multiples of a loop that is timed in the same process: a slow or busy machine is slow in both."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@cache
def million_additions() -> float:
    """Seconds of processor time for a million additions, the best of three."""

    def once() -> float:
        begun = time.process_time()
        total = 0
        for number in range(1_000_000):
            total += number
        return time.process_time() - begun

    return min(once() for _ in range(3))


@contextmanager
def millions_of_additions(most: float) -> Iterator[None]:
    """What is done inside takes at most `most` times the processor time of a million additions."""
    unit = million_additions()
    begun = time.process_time()
    yield
    taken = (time.process_time() - begun) / unit
    assert taken <= most, f"took as long as {taken:.0f} million additions, of {most:g} at most"
