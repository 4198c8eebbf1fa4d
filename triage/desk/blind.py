"""Which tickets are shown without their proposal first. Light: the queue's lines ask it for every row."""

from __future__ import annotations

import json

ONE_IN = 20
"""As in the policy: of one ticket in so many."""
_SEED = "blind-1"


def in_sample(source: str, external_id: str, one_in: int) -> bool:
    """Whether a ticket belongs to the blind sample: by a hash of its name, the same everywhere and always.

    Not by chance, so that nobody gets another ticket by looking again. False where `one_in` is 0.
    """
    if one_in < 1:
        return False
    from hashlib import blake2b  # loads a library of its own, and most desks have no blind sample

    name = json.dumps([_SEED, source, external_id])
    return int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "big") % one_in == 0
