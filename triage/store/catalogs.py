"""Versions of the catalog and of the policy in the database."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triage.catalog.models import Catalog
from triage.errors import NotFound
from triage.store.database import Database


@dataclass(frozen=True, slots=True)
class CatalogVersion:
    """One version: its number, when (seconds since 1970), who, why, and what changed."""

    version: int
    at: int
    who: str
    note: str
    policy_version: int
    summary: dict[str, Any]


def current_version(database: Database) -> int:
    """The number of the newest version, 0 where nothing was applied yet."""
    return int(database.execute("SELECT coalesce(max(version), 0) FROM catalog_versions").fetchone()[0])


def act_of(database: Database, version: int) -> int:
    """The act in the log that made a version."""
    row = database.execute("SELECT act_id FROM catalog_versions WHERE version = ?", (version,)).fetchone()
    if row is None:
        raise NotFound(f"there is no version {version} of the catalog", "see `triage catalog log`")
    return int(row[0])


def standing(database: Database) -> int:
    """The version that the catalog in force says: the newest, or where that took one back the one before that one."""
    number = current_version(database)
    while number:
        undone = database.execute(
            "SELECT taken.version FROM catalog_versions v JOIN acts a ON a.id = v.act_id"
            " JOIN catalog_versions taken ON taken.act_id = a.undoes WHERE v.version = ?",
            (number,),
        ).fetchone()
        if undone is None:
            return number
        number = undone[0] - 1
    return 0


def load(database: Database, version: int | None = None) -> tuple[Catalog, int, int]:
    """(catalog, version, policy version); an empty catalog and zeros where there is none yet."""
    wanted = current_version(database) if version is None else version
    if wanted == 0 and version is None:
        return Catalog(), 0, 0
    row = database.execute(
        "SELECT document, policy_version FROM catalog_versions WHERE version = ?", (wanted,)
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no version {wanted} of the catalog", "see `triage catalog log`")
    return Catalog.model_validate_json(zlib.decompress(row[0])), wanted, row[1]


def document(catalog: Catalog) -> str:
    """A catalog as canonical JSON: what is stored, and what two versions are compared by."""
    return catalog.model_dump_json(exclude_defaults=True)


def policy_version(database: Database, overrides: Mapping[str, Any], at: int) -> int:
    """The number of this policy; a new one where these overrides were never in force."""
    text = json.dumps(overrides, sort_keys=True, ensure_ascii=False)
    found = database.execute("SELECT version FROM policies WHERE document = ?", (text,)).fetchone()
    if found:
        return int(found[0])
    number = int(database.execute("SELECT coalesce(max(version), 0) + 1 FROM policies").fetchone()[0])
    database.utils.table("policies").insert({"version": number, "at": at, "document": text})
    return number


def policy_overrides(database: Database, version: int) -> dict[str, Any]:
    """The overrides of a stored policy; those of version 0 are none."""
    if version == 0:
        return {}
    row = database.execute("SELECT document FROM policies WHERE version = ?", (version,)).fetchone()
    if row is None:
        newest = database.execute("SELECT coalesce(max(version), 0) FROM policies").fetchone()[0]
        stored = f"0 (the default) to {newest} are stored" if newest else "only 0, the default, is stored"
        raise NotFound(f"there is no version {version} of the policy", stored)
    found: dict[str, Any] = json.loads(row[0])
    return found


def save(
    database: Database,
    catalog: Catalog,
    *,
    at: int,
    who: str,
    note: str,
    summary: Mapping[str, Any],
    act: int,
) -> int:
    """Store a catalog as the next version, inside the caller's transaction; its number."""
    number = current_version(database) + 1
    policy = policy_version(database, catalog.policy, at)
    database.utils.table("catalog_versions").insert(
        {
            "version": number,
            "at": at,
            "who": who,
            "note": note,
            "policy_version": policy,
            "summary": json.dumps(summary, ensure_ascii=False),
            "document": zlib.compress(document(catalog).encode(), 6),
            "act_id": act,
        }
    )
    return number


def log(database: Database) -> list[CatalogVersion]:
    """Every version, newest first."""
    cursor = database.execute(
        "SELECT version, at, who, note, policy_version, summary FROM catalog_versions ORDER BY version DESC"
    )
    return [CatalogVersion(r[0], r[1], r[2], r[3], r[4], json.loads(r[5])) for r in cursor]
