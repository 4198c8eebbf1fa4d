"""What corrections propose, in the catalog: shown with its effect, accepted or turned down by a key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.ui.conftest import opened, press, screen_text, told
from triage.desk.office import Desk
from triage.desk.proposals import Numbered, proposals, turned_down
from triage.desk.take_in import take_in
from triage.tickets.models import IncomingTicket


def corrected(desk: Desk) -> Numbered:
    """Tickets about things that no name tells of, decided in the past; the first proposal that they make."""
    services = list(desk.index.services)[:2]
    tickets = [
        IncomingTicket(
            "past", f"P-{n}", f"The {word} again", f"please look at the {word} today {n}",
            created_at=datetime(2026, 11, 20, tzinfo=UTC), confirmed={"service": services[n % 2]},
        )
        for n, word in enumerate(["snorkel", "marzipan"] * 6)
    ]  # fmt: skip
    take_in(desk, tickets, source="past", name="past")
    return proposals(desk)[0]


async def test_a_proposal_is_shown_with_its_effect_and_turned_down(database: Path, desk: Desk) -> None:
    first = corrected(desk)
    async with opened(database, mode="catalog", size=(120, 40)) as (app, pilot):
        await press(app, pilot, "x")
        assert "no proposal stands here" in told(app)
        await press(app, pilot, "p")
        text = screen_text(app)
        assert "What corrections propose" in text and first.proposal.phrase in text
        assert f"makes better {len(first.proposal.better)}: {first.proposal.better[0]}" in text
        await press(app, pilot, "j", "k", "x")
        assert "turned down" in told(app)
        assert first.key in turned_down(desk)
        assert first.proposal.phrase not in screen_text(app)


async def test_an_accepted_proposal_is_a_version_of_the_catalog(database: Path, desk: Desk) -> None:
    first = corrected(desk)
    version = desk.index.version
    async with opened(database, mode="catalog", size=(80, 24)) as (app, pilot):
        await press(app, pilot, "p", "a")
        assert f"version {version + 1}" in told(app)
        entry = desk.index.touchpoints.get(first.proposal.target) or desk.index.services[first.proposal.target]
        assert first.proposal.phrase in (*entry.aliases, *entry.negative_terms)


async def test_what_was_done_to_the_catalog_is_taken_back_and_stands_among_the_versions(
    database: Path, desk: Desk
) -> None:
    first = corrected(desk)
    version = desk.index.version
    async with opened(database, mode="catalog", size=(120, 40)) as (app, pilot):
        await press(app, pilot, "p", "a", "u")
        assert f"version {version + 1} of the catalog" in told(app) and "undone" in told(app)
        entry = desk.index.touchpoints.get(first.proposal.target) or desk.index.services[first.proposal.target]
        assert first.proposal.phrase not in (*entry.aliases, *entry.negative_terms)
        await press(app, pilot, "v")
        text = screen_text(app)
        assert "Versions" in text and f"version {version + 1} taken back" in text and "accepted: " in text
        await press(app, pilot, "j", "k", "enter")
        assert f"Version {version + 2}" in screen_text(app) and "changed (1)" in screen_text(app)
        await press(app, pilot, "escape")
        assert f"version {version + 1} taken back" in screen_text(app)


async def test_a_proposal_that_was_turned_down_is_made_again(database: Path, desk: Desk) -> None:
    first = corrected(desk)
    async with opened(database, mode="catalog", size=(120, 40)) as (app, pilot):
        await press(app, pilot, "p", "x")
        assert first.key in turned_down(desk)
        await press(app, pilot, "u")
        assert first.key not in turned_down(desk)
        assert "made again" in told(app)
        await press(app, pilot, "p")
        assert first.proposal.phrase in screen_text(app)
