"""How many keys an agent presses per settled ticket, over what the demonstration's people decided.

Takes the demonstration's settled tickets in undecided, one at a time in the order in which they came, and settles
each as its people did with the fewest keys of the desk (`fewest_keys`); the application learns from each, as it does
at work. `--press N` opens the application for every Nth ticket and presses the keys there instead of calling the acts
behind them, with each ticket's decisions compared after that: is what was counted what is pressed?
Run: `python -m tests.bench.keys_per_ticket`; prints a table for docs/desk.md. Says nothing of how long one thinks.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import mean
from typing import Any

from tests.bench.fewest_keys import KINDS, SAID, Move, Planner, carry_out, standing, wanted_of
from triage.desk.demo import seed_tickets
from triage.desk.facts import facts_of, link_of
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.paths import data_dir
from triage.tickets.models import NONE, IncomingTicket

GOAL = 5


@dataclass(frozen=True)
class Settled:
    """One ticket: the keys, what was wrong with the proposal, whether they were pressed in the application."""

    ticket: str
    keys: tuple[str, ...]
    wrong: tuple[str, ...]
    pressed: bool = False


@dataclass
class Counted:
    """What came of all tickets."""

    settled: list[Settled] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """The table."""
        right = [len(one.keys) for one in self.settled if not one.wrong]
        wrong = {number: self._keys(number) for number in range(1, 5)}
        corrected = sorted(keys for some in wrong.values() for keys in some)
        return {
            "tickets": len(self.settled),
            "pressed_in_the_application": sum(one.pressed for one in self.settled),
            "right": len(right),
            "keys_right": max(right, default=0),
            "corrected": len(corrected),
            "keys_corrected_mean": round(mean(corrected), 2) if corrected else 0,
            "keys_corrected_most": max(corrected, default=0),
            "corrected_with_five_or_fewer": sum(keys <= GOAL for keys in corrected),
            "by_things_wrong": {
                number: {"tickets": len(keys), "mean": round(mean(keys), 2), "most": max(keys)}
                for number, keys in wrong.items()
                if keys
            },
            "keys_all_mean": round(mean([*right, *corrected]), 2),
            "wrong": dict(Counter(" + ".join(one.wrong) or "nothing" for one in self.settled).most_common(12)),
            "more_than_five": {one.ticket: " ".join(one.keys) for one in self.settled if len(one.keys) > GOAL},
        }

    def _keys(self, number: int) -> list[int]:
        return [len(one.keys) for one in self.settled if len(one.wrong) == number]


def _still_there(desk: Desk, truth: dict[str, Any]) -> bool:
    service = truth.get("service") or NONE
    return service == NONE or desk.index.linkable(service)


async def press(path: Path, ident: int, keys: Sequence[str]) -> None:
    """Press keys in the application, the cursor on a ticket."""
    from tests.ui import conftest
    from tests.ui.test_flows import the_desk

    # Filtered, for a ticket of a swarm stands behind another's line.
    async with conftest.opened(path, filter=f"id:{ident}") as (app, pilot):
        assert the_desk(app).lines.ticket == ident
        await conftest.press(app, pilot, *keys)


def in_order(path: Path, most: int | None = None) -> Iterator[tuple[Desk, int, str, dict[str, Any]]]:
    """Each settled ticket of the demonstration as it came: the desk, its number, its name, what was decided."""
    from triage.desk.catalog import apply_catalog, load_files
    from triage.desk.take_in import take_in

    with Desk(path, user="ana") as desk:
        apply_catalog(desk, load_files([data_dir("seed") / "catalog"]))
        # A service that was retired since is no longer in the picker: its tickets tell nothing here.
        records = [
            record for record in seed_tickets() if record.get("settled") and _still_there(desk, record["settled"])
        ]
        for record in records[:most]:
            created = datetime.fromisoformat(record["created_at"])
            os.environ["TRIAGE_NOW"] = (created + timedelta(minutes=5)).isoformat()
            ticket = IncomingTicket(
                source="demo", external_id=record["id"], subject=record["subject"], body=record["body"],
                requester=record.get("requester"), organisation=record.get("organisation"), site=record.get("site"),
                channel=record.get("channel"), created_at=created,
            )  # fmt: skip
            take_in(desk, [ticket], source="demo", name="keys")
            ident = desk.database.execute("SELECT max(id) FROM tickets").fetchone()[0]
            yield desk, ident, record["id"], record["settled"]


def settle(desk: Desk, path: Path, planner: Planner, ident: int, truth: dict[str, Any], pressing: bool) -> list[Move]:
    """Settle a ticket with the fewest keys; raises where what stands there then is not what was wanted."""
    moves = planner.plan(ident, truth)
    if pressing:
        asyncio.run(press(path, ident, [key for move in moves for key in move.keys]))
    else:
        carry_out(desk, ident, moves)
    ticket = detail(desk, ident).ticket
    facts = facts_of(ticket, desk.index)
    stands = {kind: link_of(ticket, kind) for kind in KINDS} | {name: str(getattr(facts, name)) for name in SAID}
    for name, wanted in wanted_of(truth).items():
        assert stands[name] == wanted, f"ticket {ident}: {name} is {stands[name]}, not {wanted}, after {moves}"
        assert name in ticket.decisions, f"ticket {ident}: nobody decided its {name}, after {moves}"
    return moves


def measure(most: int | None = None, every: int = 0) -> Counted:
    """Settle all (or the first `most`) tickets, every `every`th by pressing its keys in the application."""
    counted = Counted()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keys.db"
        planner: Planner | None = None
        for number, (desk, ident, name, truth) in enumerate(in_order(path, most)):
            planner = planner or Planner(desk)
            before = standing(desk, detail(desk, ident).ticket)
            wrong = tuple(key for key, wanted in wanted_of(truth).items() if before[key] != wanted)
            pressing = bool(every) and number % every == 0
            moves = settle(desk, path, planner, ident, truth, pressing)
            counted.settled.append(Settled(name, tuple(key for move in moves for key in move.keys), wrong, pressing))
    return counted


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--press", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    json.dump(measure(every=arguments.press).figures(), sys.stdout, indent=1)
    print()
