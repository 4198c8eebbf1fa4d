"""Twenty thousand services with a chain of dependencies thousands deep: no recursion, and done in seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.yardstick import millions_of_additions
from triage.catalog.export import export_catalog
from triage.catalog.files import read_catalog
from triage.catalog.index import CatalogIndex
from triage.catalog.plan import plan
from triage.errors import InputError

SERVICES, CHAIN = 20_000, 5_000


@contextmanager
def shallow_stack() -> Iterator[None]:
    """Anything that recurses along the chain fails in here."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(700)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def write(path: Path, count: int, chain: int, close: bool = False) -> None:
    lines = ["services:"]
    for number in range(count):
        needed = f"s{number - 1}" if 0 < number < chain else f"s{chain - 1}" if close and number == 0 else ""
        lines.append(f"  - {{id: s{number}, name: Service {number}, criticality: 3, depends_on: [{needed}]}}")
    path.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.slow
def test_twenty_thousand_services_are_read_checked_planned_and_exported(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    write(path, SERVICES, CHAIN)
    with millions_of_additions(1800), shallow_stack():
        catalog = read_catalog([path]).catalog
        assert len(plan(None, catalog, prune=False).added) == SERVICES
        assert plan(catalog, catalog, prune=False).is_empty
        assert len(CatalogIndex(catalog).all_dependants("s0")) == CHAIN - 1
        export_catalog(catalog, tmp_path / "out", "json")
        assert read_catalog([tmp_path / "out"]).catalog == catalog


def test_a_chain_deeper_than_the_limit_and_a_long_circle_are_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    write(path, 10_100, 10_100)
    with shallow_stack(), pytest.raises(InputError) as caught:
        read_catalog([path])
    assert caught.value.lines() == [
        f"{path}:10101: services.depends_on: 's10099' depends on others 10099 deep; at most 10000 are followed"
    ]
    write(path, 6_000, 6_000, close=True)
    with shallow_stack(), pytest.raises(InputError) as caught:
        read_catalog([path])
    (line,) = caught.value.lines()
    assert line.startswith(f"{path}:2: services.depends_on: goes in a circle: s0 → s5999 → ") and len(line) < 300


@pytest.mark.slow
def test_more_entries_than_a_table_holds_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,name\n" + "".join(f"p{n},P\n" for n in range(100_001)), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_catalog([path])
    assert caught.value.lines() == [f"{path}:100002: people: 100001 entries are more than a catalog holds (100000)"]
