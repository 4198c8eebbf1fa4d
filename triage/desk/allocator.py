"""What the C library does with memory that is given back.

A million ids are four megabytes, and after each act they are read anew. glibc takes a freed block of that size for a
habit: from then on it puts such blocks into the heap, between small ones that stay, and the process keeps ten
megabytes that nobody uses. A fixed threshold leaves large blocks to the system, which takes them back at once.
"""

from __future__ import annotations

import contextlib
import sys

MMAP_THRESHOLD, ARENA_MAX = -3, -8  # of mallopt(3)
LARGE = 1_000_000
"""Bytes from which on a block is the system's."""
ARENAS = 2
"""Heaps at most for those threads that come after: each would keep some of its own."""


def give_back_large_blocks() -> bool:
    """Have large blocks given back as soon as they are freed; False where the C library has no such setting."""
    return all(_call("mallopt", option, value) for option, value in ((MMAP_THRESHOLD, LARGE), (ARENA_MAX, ARENAS)))


def give_back_what_is_free() -> bool:
    """Give back what lies free between blocks that stay, as a search leaves it; False where there was nothing."""
    return bool(_call("malloc_trim", 0))


def _call(name: str, *arguments: int) -> int:
    """A function of the C library; 0 where there is none of this name."""
    if sys.platform != "linux":
        return 0
    import ctypes

    with contextlib.suppress(AttributeError, OSError):
        return int(getattr(ctypes.CDLL(None), name)(*arguments))
    return 0
