"""How many keys an agent presses per settled ticket, over what the demonstration's people decided.

Takes the demonstration's settled tickets in undecided, one at a time in the order in which they came, and settles
each as its people did with the fewest keys of the desk; the application learns from each, as it does at work.
Run: `python -m tests.bench.keys_per_ticket`; prints a table for docs/desk.md. Says nothing of how long one thinks.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from statistics import mean
from typing import Any

from triage.desk import acts, pick
from triage.desk.demo import seed_tickets
from triage.desk.office import Desk
from triage.desk.show import Detail, detail
from triage.paths import data_dir
from triage.tickets.models import NONE, IncomingTicket
from triage.ui.ticket_lines import numbered

KINDS = ("service", "touchpoint")
SEEN = 4
"""Entries of the picker to which one goes down rather than typing on."""


def letters(known: list[pick.PickEntry], chances: dict[tuple[str, str], float], kind: str, target: str) -> int:
    """The fewest keys in the picker: the beginning of the name or of one of its words, or its initials, then down to
    the entry where it is not the first."""
    name = next(entry.name for entry in known if (entry.kind, entry.id) == (kind, target))
    words = re.findall(r"\w+", name)
    typed = {text[:count] for text in (name, *words, "".join(word[0] for word in words)) for count in range(len(text))}
    fewest = len(name)
    for text in typed:
        if len(text) < fewest:
            found = [(entry.kind, entry.id) for entry in pick.search(known, text, chances=chances)]
            if (kind, target) in found[:SEEN]:
                fewest = min(fewest, len(text) + found.index((kind, target)))
    return fewest


def settle(desk: Desk, ident: int, truth: dict[str, Any], known: list[pick.PickEntry]) -> tuple[int, list[str]]:
    """Settle a ticket as its people did; the keys, and what was wrong with the proposal."""
    keys, wrong = 0, []
    facts = detail(desk, ident).facts
    if all((truth.get(kind) or NONE) == NONE and getattr(facts, kind) for kind in KINDS):
        acts.none_fits(desk, [ident])  # 0 says it of both
        keys, wrong = 1, list(KINDS)
    for kind in _order(desk, truth):
        found = detail(desk, ident)
        wanted = truth.get(kind) or NONE
        if (getattr(found.facts, kind) or NONE) == wanted:
            continue
        wrong.append(kind)
        keys += _link(desk, ident, found, kind, wanted, known)
    facts = detail(desk, ident).facts
    for word, act in (("condition", acts.set_condition), ("reach", acts.set_reach)):
        if truth.get(word) and str(getattr(facts, word)) != truth[word]:
            wrong.append(word)
            keys += 2  # its letter, and the letter of the value
            act(desk, [ident], truth[word])
    acts.confirm(desk, [ident], guesses=True)  # enter, or 1 where it is a guess
    return keys + 1, wrong


def _order(desk: Desk, truth: dict[str, Any]) -> tuple[str, ...]:
    """A touchpoint brings its only service along: an agent corrects it first where that is the service."""
    touchpoint = desk.index.touchpoints.get(truth.get("touchpoint") or "")
    brings = touchpoint is not None and list(touchpoint.services) == [truth.get("service")]
    return KINDS[::-1] if brings else KINDS


def _link(desk: Desk, ident: int, found: Detail, kind: str, wanted: str, known: list[pick.PickEntry]) -> int:
    """Correct one link; the keys: a digit, `_` for no touchpoint, else the picker with letters and enter."""
    if (kind, wanted) == ("touchpoint", NONE):
        acts.link(desk, [ident], kind, NONE)
        return 1
    digits = [(line.kind, line.target) for line in numbered(found).values()]
    chances = pick.likely(desk, ident, digits)
    acts.link(desk, [ident], kind, wanted)
    if (kind, wanted) in digits:
        return 1
    return 2 + letters(known, chances, kind, wanted)


def _still_there(desk: Desk, truth: dict[str, Any]) -> bool:
    service = truth.get("service") or NONE
    return service == NONE or desk.index.linkable(service)


def measure() -> dict[str, Any]:
    """The counts over all settled tickets of the demonstration."""
    from triage.desk.catalog import apply_catalog, load_files
    from triage.desk.take_in import take_in

    right: list[int] = []
    corrected: list[int] = []
    one_wrong: list[int] = []
    reasons: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, Desk(Path(folder) / "keys.db", user="ana") as desk:
        apply_catalog(desk, load_files([data_dir("seed") / "catalog"]))
        known = pick.entries(desk)
        # A service that was retired since is no longer in the picker: its tickets tell nothing here.
        records = [
            record for record in seed_tickets() if record.get("settled") and _still_there(desk, record["settled"])
        ]
        for record in records:
            created = datetime.fromisoformat(record["created_at"])
            os.environ["TRIAGE_NOW"] = (created + timedelta(minutes=5)).isoformat()
            ticket = IncomingTicket(
                source="demo", external_id=record["id"], subject=record["subject"], body=record["body"],
                requester=record.get("requester"), organisation=record.get("organisation"), site=record.get("site"),
                channel=record.get("channel"), created_at=created,
            )  # fmt: skip
            take_in(desk, [ticket], source="demo", name="keys")
            ident = desk.database.execute("SELECT max(id) FROM tickets").fetchone()[0]
            keys, wrong = settle(desk, ident, record["settled"], known)
            (corrected if wrong else right).append(keys)
            if len(wrong) == 1:
                one_wrong.append(keys)
            reasons[" + ".join(wrong) or "nothing"] += 1
    corrected.sort()
    one_wrong.sort()
    return {
        "tickets": len(records),
        "right": len(right),
        "keys_right": max(right, default=0),
        "corrected": len(corrected),
        "keys_corrected_mean": round(mean(corrected), 2) if corrected else 0,
        "keys_corrected_median": corrected[len(corrected) // 2] if corrected else 0,
        "one_thing_wrong": len(one_wrong),
        "keys_one_wrong_mean": round(mean(one_wrong), 2) if one_wrong else 0,
        "keys_one_wrong_most": max(one_wrong, default=0),
        "corrected_with_five_or_fewer": sum(keys <= 5 for keys in corrected),
        "keys_all_mean": round(mean([*right, *corrected]), 2),
        "wrong": dict(reasons.most_common(12)),
    }


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
    print()
