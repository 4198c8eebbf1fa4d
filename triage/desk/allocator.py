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
    if sys.platform != "linux":
        return False
    import ctypes

    with contextlib.suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        return bool(library.mallopt(MMAP_THRESHOLD, LARGE)) and bool(library.mallopt(ARENA_MAX, ARENAS))
    return False
