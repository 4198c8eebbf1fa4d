"""The JSON Schema of the catalog, made from its models, and the table of keys of the documentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from triage.catalog.meaning import MEANING, TABLES
from triage.catalog.models import REFERENCES, SINGULAR, Catalog, CatalogInfo
from triage.catalog.shape import ALL_MODELS, CHILDREN, OTHER_SHEETS, bare, kind_of

FILE_NAME = "catalog.schema.json"
_ADDRESS = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of a catalog file (draft 2020-12), with what each key means for editors to show."""
    schema = Catalog.model_json_schema()
    parts = schema["$defs"]
    tables: dict[str, type[BaseModel]] = {"catalog": CatalogInfo, **ALL_MODELS}
    for table, model in tables.items():
        part = parts[model.__name__]
        part["description"] = TABLES[table]
        _describe(part, MEANING[table], "", parts)
        for (name, field), target in REFERENCES.items():
            if name == table and field in part["properties"]:
                words = part["properties"][field]["description"]
                part["properties"][field]["description"] = f"{words} (id of a {SINGULAR[target]})"
    for name, words in TABLES.items():
        if name in schema["properties"]:
            schema["properties"][name]["description"] = words
    schema["properties"]["vips"]["items"]["pattern"] = "@"
    # A key without a value is read as "none"; editors should not mark it.
    for name in ("policy", "lexicon"):
        schema["properties"][name]["type"] = ["object", "null"]
    for name, prop in schema["properties"].items():
        if prop.get("type") == "array":
            schema["properties"][name]["type"] = ["array", "null"]
    head = {"$schema": _ADDRESS, "title": "The catalog of triage", "description": "What the desk serves, and for whom"}
    return {**head, **{key: value for key, value in schema.items() if key not in ("title", "description")}}


def _describe(part: dict[str, Any], meaning: dict[str, str], prefix: str, parts: dict[str, Any]) -> None:
    for key, prop in part["properties"].items():
        prop.pop("title", None)
        if prop.get("default", "") is None:
            del prop["default"]
        prop["description"] = meaning[prefix + key]
        for option in (prop, *prop.get("anyOf", ())):
            inner = parts.get(str(option.get("$ref", "")).rpartition("/")[2])
            if inner is not None and f"{prefix}{key}.{next(iter(inner['properties']))}" in meaning:
                _describe(inner, meaning, f"{prefix}{key}.", parts)


def schema_text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def write_schema(directory: Path) -> Path:
    """Write the schema into `directory`; the file written."""
    path = directory / FILE_NAME
    path.write_text(schema_text(), encoding="utf-8")
    return path


def key_tables() -> str:
    """Every table with its keys as Markdown: key, what it holds, what it means; required keys are bold."""
    blocks = []
    for table in _tables_in_order():
        model = CatalogInfo if table == "catalog" else ALL_MODELS[table]
        rows = [
            f"### `{table}`",
            "",
            f"{TABLES[table]}.",
            "",
            "| key | holds | meaning |",
            "|---|---|---|",
            *_rows(table, model, ""),
        ]
        blocks.append("\n".join(rows))
    return "\n\n".join(blocks) + "\n"


def _tables_in_order() -> list[str]:
    found: list[str] = []

    def add(table: str) -> None:
        found.append(table)
        for child in CHILDREN.get(table, ()):
            add(child)

    for name in Catalog.model_fields:
        if name == "catalog" or name not in OTHER_SHEETS:
            add(name)
    return found


def _rows(table: str, model: type[BaseModel], prefix: str) -> list[str]:
    rows: list[str] = []
    for name, field in model.model_fields.items():
        path = prefix + name
        kind, inner = kind_of(field)
        required = field.is_required() and not prefix
        key = f"**`{path}`**" if required else f"`{path}`"
        rows.append(f"| {key} | {_holds(table, path, field)} | {MEANING[table][path]} |")
        if kind == "part" and inner is not None:
            rows.extend(_rows(table, inner, f"{path}."))
    return rows


def _holds(table: str, path: str, field: FieldInfo) -> str:
    """What a key holds, in words."""
    kind, _ = kind_of(field)
    target = REFERENCES.get((table, path))
    if target is not None:
        return f"{'ids' if kind == 'list' else 'id'} of `{target}`"
    if kind == "entries":
        return f"list of `{path}`"
    if kind == "part":
        return "keys below"
    if kind == "map":
        return "days: list of ranges"
    if kind == "list":
        return f"list of {_plural(_value(get_args(bare(field.annotation))[0]))}"
    default = field.get_default()
    words = _value(field.annotation, field)
    if default is not None and not field.is_required():
        shown = str(default).lower() if isinstance(default, bool) else default
        words = f"{words} (default {shown})"
    return words


def _value(annotation: Any, field: FieldInfo | None = None) -> str:
    inner = bare(annotation)
    if get_origin(inner) is Literal:
        return " · ".join(f"`{word}`" for word in get_args(inner))
    names = {"timedelta": "duration", "datetime": "time", "date": "day", "bool": "true or false"}
    names |= {"int": "whole number", "float": "number", "str": "text"}
    return names.get(getattr(inner, "__name__", ""), "text")


def _plural(words: str) -> str:
    return {"text": "texts", "day": "days"}.get(words, words)
