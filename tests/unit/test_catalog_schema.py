"""What is generated from the models is never stale, and says something about every key."""

from __future__ import annotations

import json
from pathlib import Path

from triage.catalog.handbook import filled
from triage.catalog.meaning import MEANING, TABLES
from triage.catalog.models import REFERENCES, Catalog, CatalogInfo
from triage.catalog.schema import FILE_NAME, json_schema, schema_text
from triage.catalog.shape import ALL_MODELS, OTHER_SHEETS, columns
from triage.paths import data_dir

ROOT = Path(__file__).parents[2]
RENEW = "renew it with `python -m triage.catalog`"


def test_the_schema_file_is_the_one_that_the_models_make() -> None:
    assert (data_dir("schema") / FILE_NAME).read_text(encoding="utf-8") == schema_text(), RENEW


def test_the_tables_of_the_handbook_are_the_ones_that_the_models_make() -> None:
    page = (ROOT / "docs" / "catalog.md").read_text(encoding="utf-8")
    assert filled(page) == page, RENEW


def test_every_key_has_a_meaning_and_every_meaning_a_key() -> None:
    for table, model in {"catalog": CatalogInfo, **ALL_MODELS}.items():
        parts = {column.name for column in columns(table) if "." in column.name} if table in ALL_MODELS else set()
        assert set(MEANING[table]) == set(model.model_fields) | parts
    assert set(TABLES) == {*Catalog.model_fields, *ALL_MODELS, *OTHER_SHEETS}


def test_every_reference_is_a_column() -> None:
    for table, field in REFERENCES:
        assert field in {column.name for column in columns(table)}


def test_editors_are_told_the_keys_their_meaning_and_that_no_other_is_known() -> None:
    schema = json_schema()
    service = schema["$defs"]["Service"]
    assert service["additionalProperties"] is False and service["required"] == ["id", "name"]
    assert service["properties"]["owner"]["description"].endswith("(id of a person)")
    assert schema["$defs"]["Sla"]["properties"]["respond"]["description"] == MEANING["services"]["sla.respond"]
    assert '"default": null' not in json.dumps(schema)
