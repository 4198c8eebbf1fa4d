"""Proposals that corrections make to the admin: shown with their effect, accepted as a version, or turned down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from triage.desk.catalog import apply_catalog
from triage.desk.learning import message_of, target_of
from triage.desk.office import Desk
from triage.errors import NotFound
from triage.linking.proposals import Case, Proposal, changed, propose
from triage.store import audit
from triage.store import tickets as ticket_store
from triage.text import fold
from triage.tickets.models import Kind

MOST_CASES = 3000
"""Proposals look at this many decided tickets, the latest ones."""
TURNED_DOWN = "reject proposal"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A proposal with the short key that names it; the key is the same whenever it is proposed."""

    key: str
    proposal: Proposal


def key_of(proposal: Proposal) -> str:
    """Six hexadecimal digits made from what is proposed."""
    words = f"{proposal.kind}:{proposal.target}:{proposal.change}:{fold(proposal.phrase)}"
    return blake2b(words.encode(), digest_size=3).hexdigest()


def proposals(desk: Desk) -> list[Numbered]:
    """What decided tickets propose, best first, without what somebody turned down. Seconds for thousands."""
    down = turned_down(desk)
    found = [Numbered(key_of(each), each) for each in propose(desk.index, _cases(desk), desk.linker.lexicon)]
    return [each for each in found if each.key not in down]


def _cases(desk: Desk) -> list[Case]:
    rows = desk.database.execute(
        "SELECT d.ticket_id, d.field, d.value FROM decisions d JOIN tickets t ON t.id = d.ticket_id"
        " WHERE d.field IN ('service', 'touchpoint') AND t.forgotten = 0 ORDER BY d.at DESC, d.ticket_id LIMIT ?",
        (MOST_CASES,),
    ).fetchall()
    ids = list(dict.fromkeys(row[0] for row in rows))
    messages = {ticket.id: message_of(ticket) for ticket in ticket_store.fetch(desk.database.connection, ids)}
    cases = []
    for ticket, field, value in rows:
        target = target_of(json.loads(value))
        if target is not None:
            cases.append(Case(ticket, messages[ticket], Kind(field), target))
    return cases


def turned_down(desk: Desk) -> set[str]:
    """The keys of the proposals that somebody turned down, and did not take that back."""
    rows = desk.database.execute("SELECT detail FROM acts WHERE what = ? AND undone_by IS NULL", (TURNED_DOWN,))
    return {json.loads(row[0])["key"] for row in rows}


def _chosen(desk: Desk, keys: Sequence[str]) -> list[Numbered]:
    known = {each.key: each for each in proposals(desk)}
    for key in keys:
        if key not in known:
            raise NotFound(f"there is no proposal '{key}'", "see `triage learn proposals`")
    return [known[key] for key in dict.fromkeys(keys)]


def accept(desk: Desk, keys: Sequence[str]) -> int:
    """Put proposals into the catalog as one new version; its number."""
    desk.writable()
    chosen = _chosen(desk, keys)
    index = desk.index
    for each in chosen:
        one = each.proposal
        index = changed(index, one.kind, one.target, one.change, one.phrase)
    words = ", ".join(f"{each.proposal.change} '{each.proposal.phrase}' of {each.proposal.target}" for each in chosen)
    return apply_catalog(desk, index.catalog, note=f"accepted: {words}").version


def reject(desk: Desk, keys: Sequence[str]) -> int:
    """Turn proposals down, so that they are not made again; how many."""
    desk.writable()
    chosen = _chosen(desk, keys)
    now = int(desk.now().timestamp() * 1000)
    with desk.act() as connection:
        for each in chosen:
            one = each.proposal
            audit.record(
                connection, at=now, who=desk.user, what=TURNED_DOWN,
                detail={"key": each.key, "kind": str(one.kind), "target": one.target, "change": one.change},
            )  # fmt: skip
    return len(chosen)
