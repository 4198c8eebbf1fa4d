"""What the tests share: a small company, a desk on a fresh database, a fixed time."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

NOW = "2026-11-23T16:00:00+00:00"

COMPANY = """
catalog: {name: Harbor Test, currency: USD, timezone: UTC}
people:
  - {id: jon, name: Jon Abara, role: service_owner, email: jon@harbor.example}
  - {id: mira, name: Mira Okafor, role: business_relationship_manager, email: mira@harbor.example}
  - {id: lee, name: Lee Santos, role: business_contact}
  - {id: ana, name: Ana Ruiz, role: agent}
business_units:
  - {id: escrow, name: Escrow, staff: 240, hourly_staff_cost: 62}
organisations:
  - {id: bigbuilder, name: Big Builder Homes, domains: [bigbuilder.example], key_account: true}
sites:
  - {id: tustin, name: Tustin branch, aliases: [store 12], staff: 35}
services:
  - id: closing-portal
    name: Closing Portal
    aliases: [e-closing, signing page]
    criticality: 1
    agreed: {by: lee, on: 2026-09-01}
    owner: jon
    business_relationship_manager: mira
    mtpd: 8h
    revenue_per_hour: 18500
    depends_on: [identity]
    business_unit: escrow
  - {id: identity, name: Sign-in, aliases: [SSO, log-on], criticality: 2, owner: jon}
  - {id: printing, name: Branch Printing, aliases: [printer], criticality: 3, owner: jon}
personas:
  - {id: buyer, name: Buyer}
journeys:
  - id: buying
    name: Buying a home
    personas: [buyer]
    stages:
      - id: closing
        name: Closing
        touchpoints:
          - id: sign-documents
            name: Sign the closing documents
            aliases: [signature page]
            services: [closing-portal]
            moment_of_truth: The buyer gets the keys today or loses the rate lock.
            promises: [{id: same-day, text: Keys on the day you sign, promised_by: sales, within: 1d}]
vips: [ceo@harbor.example]
"""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes `-n auto` is: one a core, none where somebody looks at what one process prints or writes."""
    option = config.option
    chosen = option.markexpr or ""
    alone = (
        option.capture == "no"
        or option.usepdb
        or getattr(option, "update_snapshots", False)
        or any("::" in argument for argument in config.args)
        or ("bench" in chosen and "not bench" not in chosen)
    )
    if alone:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(max(cores, 2), 8)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Look through the memory once at the end, and not five times more as pytest does when a process leaves.

    After some hundred tests those five take seconds, and a worker that is not gone five seconds after its last test is
    sent an interrupt: that was the KeyboardInterrupt in a warning at the end of every run.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees this person's files, settings, name or clock."""
    for name in list(os.environ):
        if name.startswith("TRIAGE_") and name != "TRIAGE_DATA":
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRIAGE_NOW", NOW)
    monkeypatch.setenv("TRIAGE_USER", "ana")
    monkeypatch.setenv("TRIAGE_CONFIG", str(tmp_path / "config.toml"))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture
def now() -> datetime:
    """The time of every test."""
    return datetime.fromisoformat(NOW).astimezone(UTC)


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """The catalog file of the small company."""
    path = tmp_path / "catalog.yaml"
    path.write_text(COMPANY, encoding="utf-8")
    return path


@pytest.fixture
def desk(tmp_path: Path, company: Path) -> Iterator[object]:
    """An open desk with the small company applied and no tickets."""
    from triage.desk.catalog import apply_catalog, load_files
    from triage.desk.office import Desk

    with Desk(tmp_path / "triage.db") as opened:
        apply_catalog(opened, load_files([company]))
        yield opened


@pytest.fixture
def ticket(now: datetime) -> Callable[..., object]:
    """Makes incoming tickets, an hour apart, with ids that count up."""
    from triage.tickets.models import IncomingTicket

    count = 0

    def make(subject: str = "The signing page is down", body: str = "Nobody can sign.", **fields: object) -> object:
        nonlocal count
        count += 1
        values: dict[str, object] = {
            "source": "file",
            "external_id": f"T-{count}",
            "subject": subject,
            "body": body,
            "requester": f"person{count}@buyer.example",
            "created_at": now - timedelta(hours=count),
            **fields,
        }
        return IncomingTicket(**values)  # type: ignore[arg-type]

    return make
