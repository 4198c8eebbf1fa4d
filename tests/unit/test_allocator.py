"""Large blocks go back to the system also after the C library has seen one freed."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import ctypes, sys
from triage.desk.allocator import give_back_large_blocks

class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]

library = ctypes.CDLL(None)
if not hasattr(library, "mallinfo2"):
    print("unknown")
    sys.exit()
library.mallinfo2.restype = Info
if sys.argv[1] == "set":
    assert give_back_large_blocks()
block = bytearray(4_000_000)
del block
before = library.mallinfo2().hblkhd
block = bytearray(2_000_000)
print(library.mallinfo2().hblkhd - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of glibc")
def test_a_large_block_is_the_systems_own_also_after_another_was_freed() -> None:
    def look(how: str) -> str:
        command = [sys.executable, "-c", LOOK, how]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    found = look("set")
    if found == "unknown":
        pytest.skip("this C library does not tell")
    assert int(found) >= 2_000_000
    assert int(look("leave")) < 2_000_000  # what it does of itself


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a function of glibc")
def test_what_is_free_between_blocks_that_stay_is_given_back() -> None:
    look = """
from triage.desk.allocator import give_back_what_is_free

def resident():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

blocks = [bytearray(40_000) for _ in range(1_000)]  # forty megabytes in the heap
kept = blocks[::50]
del blocks
before = resident()
gave = give_back_what_is_free()
print(before - resident() if gave else "unknown")
"""
    found = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True).stdout.strip()
    if found == "unknown":
        pytest.skip("this C library gives nothing back")
    assert int(found) > 20_000  # kilobytes
