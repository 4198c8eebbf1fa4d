"""What must hold for every catalog, and for every heap of bytes that calls itself one."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.catalogs import NASTY, catalogs
from triage.catalog.export import as_data, export_catalog
from triage.catalog.files import read_catalog
from triage.catalog.merge import merge
from triage.catalog.models import Catalog
from triage.catalog.plan import plan
from triage.errors import InputError, Problem

HEADERS = [
    "id", "name", "also called", "Criticality", "OWNER", "support-group", "depends_on", "x", "agreed.by", "service",
]  # fmt: skip
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def again(catalog: Catalog, format: str) -> Catalog:
    with tempfile.TemporaryDirectory() as folder:
        export_catalog(catalog, Path(folder), format)  # type: ignore[arg-type]
        return read_catalog([Path(folder)]).catalog


@pytest.mark.parametrize("format", ["yaml", "csv", "json"])
@QUICK
@given(catalog=catalogs())
def test_an_export_reads_back_as_the_same_catalog_and_changes_nothing(format: str, catalog: Catalog) -> None:
    read = again(catalog, format)
    assert read == catalog
    assert plan(catalog, read, prune=False).is_empty
    assert plan(catalog, read, prune=True).is_empty
    assert merge(catalog, read) == catalog


@QUICK
@given(before=catalogs(), after=catalogs())
def test_a_plan_leads_where_it_says_and_a_second_one_finds_nothing_to_do(before: Catalog, after: Catalog) -> None:
    first = plan(before, after, prune=False)
    assert not first.removed
    assert plan(first.result, after, prune=False).is_empty
    assert merge(first.result, after) == first.result
    assert first == plan(before, after, prune=False)
    assert plan(before, first.result, prune=False).added == first.added


@QUICK
@given(before=catalogs(), after=catalogs())
def test_a_plan_is_empty_only_where_the_entries_are_the_same(before: Catalog, after: Catalog) -> None:
    result = plan(before, after, prune=False)
    if result.is_empty:
        assert as_data(result.result) == as_data(before)


def refused_or_read(name: str, data: bytes) -> None:
    """A file is read, or every line of what is wrong is one line; nothing else comes out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            loaded = read_catalog([path])
        except InputError as error:
            assert error.problems and all(isinstance(problem, Problem) for problem in error.problems)
            assert all("\n" not in line and line.strip() for line in error.lines())
            assert all("\x1b" not in line for line in error.lines())
        else:
            assert isinstance(loaded.catalog, Catalog)


@QUICK
@given(
    name=st.sampled_from(["c.yaml", "c.json", "services.csv", "c.csv", "policy.csv", "hours.csv", "c.xlsx"]),
    data=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))),
)
def test_garbage_is_refused_in_lines(name: str, data: bytes) -> None:
    refused_or_read(name, data)


_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(NASTY), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.sampled_from(["id", "name", "services", "stages", "hours", "sla", "by"]), st.text(max_size=4)),
            inner, max_size=4,
        ),
    ),
    max_leaves=12,
)  # fmt: skip
_keys = st.sampled_from(list(Catalog.model_fields))


@QUICK
@given(document=st.dictionaries(_keys, st.one_of(_values, st.lists(_values, max_size=3)), max_size=4))
def test_the_right_tables_with_the_wrong_things_in_them_are_refused_in_lines(document: Any) -> None:
    refused_or_read("c.json", json.dumps(document).encode())


@QUICK
@given(catalog=catalogs(), data=st.data())
def test_a_catalog_with_one_thing_exchanged_is_read_or_refused_in_lines(catalog: Catalog, data: Any) -> None:
    document = as_data(catalog)
    node: Any = document
    for _ in range(data.draw(st.integers(1, 6))):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if isinstance(node[key], dict | list) and data.draw(st.booleans()):
            node = node[key]
            continue
        node[key] = data.draw(_values)
        break
    refused_or_read("c.json", json.dumps(document).encode())


@QUICK
@given(
    header=st.lists(st.sampled_from(HEADERS), min_size=1, max_size=6),
    rows=st.lists(st.lists(st.sampled_from([*NASTY, "", "high", "Jon <j@x.example>", "a"]), max_size=7), max_size=4),
    name=st.sampled_from(["services.csv", "short.csv", "figures.csv", "kpis.csv"]),
)  # fmt: skip
def test_any_spreadsheet_is_read_or_refused_in_lines(header: list[str], rows: list[list[str]], name: str) -> None:
    import csv
    import io

    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([header, *rows])
    refused_or_read(name, buffer.getvalue().encode())
