"""A filter while it is typed: what may still become a key or its value is no mistake yet."""

from __future__ import annotations

import pytest

from triage.desk.filters import half_typed
from triage.desk.queue import Names

NAMES = Names(services={"closing": "Closing", "wire": "Wire"})


@pytest.mark.parametrize(
    ("line", "without"),
    [
        ("servic", ""), ("printer servic", "printer"), ("-servic", ""), ("SERV", ""), ("is:swarm stat", "is:swarm"),
        ("is:unc", ""), ("printer is:u", "printer"), ("priority:P", ""), ("age:<", ""), ("-is:s", ""),
    ],
)  # fmt: skip
def test_what_may_become_more_leaves_the_line_without_it(line: str, without: str) -> None:
    assert half_typed(line, NAMES) == without


@pytest.mark.parametrize(
    "line",
    [
        "", "printer", "servic ", "service:", "service:clos", "service:closing", "is:swarm", "is:v", "is:zzz", "servce:closing",
        '"servic', '"servic"', "body:servic", "source:x",
    ],
)  # fmt: skip
def test_what_means_something_now_or_never_does_not(line: str) -> None:
    assert half_typed(line, NAMES) is None
