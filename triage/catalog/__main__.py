"""`python -m triage.catalog`, at the top of the repository: renew what is generated from the models."""

from __future__ import annotations

from pathlib import Path

from triage.catalog.handbook import write_handbook
from triage.catalog.schema import write_schema
from triage.paths import data_dir


def main() -> None:
    """Write schema/catalog.schema.json and the tables of docs/catalog.md."""
    schema = write_schema(data_dir("schema"))
    page = schema.parents[1] / "docs" / "catalog.md"
    write_handbook(Path(page))
    print(f"{schema}\n{page}")


if __name__ == "__main__":
    main()
