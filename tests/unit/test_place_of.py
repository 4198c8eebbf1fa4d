"""Where a ticket stands in a long list, looked for near where it was."""

from __future__ import annotations

from array import array

import pytest

from triage.ui.widgets.queue_list import STRIDE, place_of

IDS = array("I", range(3 * STRIDE + 7, 0, -1))


@pytest.mark.parametrize("near", [0, 499, STRIDE, len(IDS) - 1, len(IDS) + 9_000])
@pytest.mark.parametrize("place", [0, 1, 501, STRIDE - 1, STRIDE, 2 * STRIDE + 3, len(IDS) - 1])
def test_it_is_found_wherever_it_was_before(near: int, place: int) -> None:
    assert place_of(IDS, IDS[place], near) == place


def test_what_is_not_there_has_no_place() -> None:
    assert place_of(IDS, 10 * STRIDE, 5) is None
    assert place_of(array("I"), 1, 0) is None
