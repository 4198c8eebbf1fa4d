"""Taking tickets in: once, again, changed, with past decisions, in batches that are whole or absent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from triage.desk import acts
from triage.desk import queue as desk_queue
from triage.desk.facts import facts_of, gist_of, reading_from_json
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.stopped import stopped_imports
from triage.desk.take_in import take_in
from triage.store import queue as queue_store
from triage.store import tickets as ticket_store
from triage.tickets.models import Status

Maker = Callable[..., Any]


def test_a_second_time_changes_nothing(desk: Desk, ticket: Maker) -> None:
    tickets = [ticket() for _ in range(3)]
    first = take_in(desk, tickets, source="file", name="a")
    before = desk.database.execute("SELECT * FROM queue").fetchall()
    second = take_in(desk, tickets, source="file", name="a")
    assert (first.added, second.added, second.unchanged) == (3, 0, 3)
    assert desk.database.execute("SELECT * FROM queue").fetchall() == before


def test_a_changed_ticket_is_updated_and_keeps_its_decisions(desk: Desk, ticket: Maker) -> None:
    one = ticket()
    take_in(desk, [one], source="file", name="a")
    acts.set_reach(desk, [1], "all")
    result = take_in(desk, [replace(one, subject="The printer is on fire")], source="file", name="a")
    assert (result.updated, result.added) == (1, 0)
    found = detail(desk, 1)
    assert found.row.subject == "The printer is on fire"
    assert found.facts.reach == "all"
    hits = desk.database.execute("SELECT rowid FROM titles WHERE titles MATCH 'fire'").fetchall()
    gone = desk.database.execute("SELECT rowid FROM titles WHERE titles MATCH 'signing'").fetchall()
    assert (hits, gone) == ([(1,)], [])


def test_a_ticket_that_comes_twice_in_a_batch_stands_as_it_came_last(desk: Desk, ticket: Maker) -> None:
    at = datetime(2026, 9, 1, 8, tzinfo=UTC)
    one = ticket(status=Status.OPEN, assignee="ann", updated_at=at)
    again = replace(one, status=Status.RESOLVED, body="It works again.", resolved_at=at + timedelta(hours=2))
    other = ticket(status=Status.CLOSED, assignee="bob", resolved_at=at)
    take_in(desk, [one, again, other], source="file", name="a")
    query = "SELECT status, assignee, bucket, resolved_at, responded_at IS NOT NULL FROM queue ORDER BY ticket_id"
    rows = desk.database.execute(query).fetchall()
    assert [row[:4] for row in rows] == [
        ("resolved", "ann", 2, int(at.timestamp()) + 7200),
        ("closed", "bob", 2, int(at.timestamp())),
    ]
    changes = desk.database.execute("SELECT field, before, after FROM act_changes WHERE field = 'status'").fetchall()
    assert changes == [("status", '"open"', '"resolved"')]
    assert queue_store.stored_counts(desk.database.connection) == queue_store.recount(desk.database.connection)


def test_the_gist_of_a_reading_gives_the_facts_of_the_whole(desk: Desk, ticket: Maker) -> None:
    texts = ("cannot sign in", "the portal is down for all of us", "the printer jammed, page 3", "thank you", "")
    take_in(desk, [ticket(text, text) for text in texts], source="file", name="a")
    for stored in ticket_store.fetch(desk.database.connection, range(1, len(texts) + 1)):
        gist = gist_of(reading_from_json(stored.reading or ""))
        assert facts_of(stored, desk.index, gist=gist) == facts_of(stored, desk.index)


def test_a_status_that_the_source_did_not_change_stays_as_it_was_decided(desk: Desk, ticket: Maker) -> None:
    one = ticket()
    take_in(desk, [one], source="file", name="a")
    acts.resolve(desk, [1])
    take_in(desk, [replace(one, body="more")], source="file", name="a")
    assert detail(desk, 1).ticket.status is Status.RESOLVED
    take_in(desk, [replace(one, body="more", status=Status.OPEN)], source="file", name="a")
    assert detail(desk, 1).ticket.status is Status.OPEN


def test_past_decisions_are_taken_as_confirmations(desk: Desk, ticket: Maker) -> None:
    confirmed = {"service": "Closing Portal", "touchpoint": "none", "condition": "bug", "reach": "team"}
    take_in(desk, [ticket("xyz", "abc", confirmed=confirmed)], source="file", name="a")
    found = detail(desk, 1)
    assert (found.facts.service, found.facts.touchpoint) == ("closing-portal", None)
    assert found.touchpoint_none
    assert found.facts.condition_sure
    assert desk.database.execute("SELECT count(*) FROM lessons").fetchone()[0] == 4


def test_a_past_decision_that_cannot_be_is_rejected_with_the_nearest(desk: Desk, ticket: Maker) -> None:
    result = take_in(
        desk,
        [ticket(confirmed={"service": "closing-portl"}), ticket(confirmed={"service": ""})],
        source="file",
        name="a",
    )
    assert result.added == 1
    assert "did you mean 'closing-portal'" in result.rejected[0].reason


def test_a_thin_export_blanks_nothing(desk: Desk, ticket: Maker) -> None:
    one = ticket(tags=("a",), priority="High", status=Status.OPEN)
    take_in(desk, [one], source="file", name="a")
    thin = replace(one, body="", tags=(), priority=None, status=Status.NEW, requester=None,
                   silent=frozenset({"body", "tags", "priority", "status", "requester"}))  # fmt: skip
    assert take_in(desk, [thin], source="file", name="a").unchanged == 1
    changed = take_in(desk, [replace(thin, subject="Printer", body="")], source="file", name="a")
    assert changed.updated == 1
    found = detail(desk, 1).ticket
    assert (found.subject, found.body, found.tags, found.source_priority) == ("Printer", one.body, ["a"], "High")
    assert (found.status, found.requester) == (Status.OPEN, one.requester)


def test_a_dry_run_writes_nothing(desk: Desk, ticket: Maker) -> None:
    result = take_in(desk, [ticket()], source="file", name="a", dry_run=True)
    assert result.added == 1
    assert desk_queue.total(desk, desk_queue.selection(desk, "all")) == 0


def test_a_ticket_without_a_time_is_of_now(desk: Desk, ticket: Maker) -> None:
    take_in(desk, [ticket(created_at=None)], source="file", name="a")
    assert detail(desk, 1).ticket.created_at == desk.now()


KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from triage.desk import take_in as module
from triage.desk.office import Desk
from triage.tickets.models import IncomingTicket
desk = Desk(Path(sys.argv[1]))
tickets = [IncomingTicket("file", str(n), f"ticket {n}", "text", created_at=datetime(2026, 11, 1, tzinfo=UTC))
           for n in range(1200)]
batches = 0
original = module.derive
def slow(*args):
    global batches
    batches += 1
    original(*args)
    if batches == 2:
        print("in the second batch", flush=True)
        import time; time.sleep(60)
module.derive = slow
module.take_in(desk, tickets, source="file", name="big.csv")
"""


def test_a_process_killed_in_a_batch_leaves_whole_batches_and_says_so(desk: Desk) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(desk.path)], stdout=subprocess.PIPE, text=True, env=os.environ.copy()
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "in the second batch"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert desk.database.execute("SELECT count(*) FROM tickets").fetchone()[0] == 500
    assert desk.database.execute("SELECT count(*) FROM queue").fetchone()[0] == 500
    assert stopped_imports(desk) == [
        "the import of big.csv stopped after 500 of 1200; import it again to take in the rest"
    ]
    assert stopped_imports(desk) == []


TWO = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from triage.desk import acts
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.tickets.models import IncomingTicket
name = sys.argv[2]
desk = Desk(Path(sys.argv[1]), user=name)
for part in range(6):
    tickets = [IncomingTicket(name, str(part * 50 + n), f"ticket {n}", "the printer", created_at=datetime(2026, 11, 1, tzinfo=UTC))
               for n in range(50)]
    take_in(desk, tickets, source=name, name="x")
    ids = [r[0] for r in desk.database.execute("SELECT id FROM tickets WHERE source = ? ORDER BY id DESC LIMIT 5", (name,))]
    acts.confirm(desk, ids)
    acts.note(desk, ids[:2], "seen")
"""


def test_two_processes_that_import_and_decide_at_once_lose_nothing(desk: Desk) -> None:
    started = time.monotonic()
    processes = [
        subprocess.Popen([sys.executable, "-c", TWO, str(desk.path), name], stderr=subprocess.PIPE, text=True)
        for name in ("north", "south")
    ]
    errors = [process.communicate()[1] for process in processes]
    assert errors == ["", ""], time.monotonic() - started
    assert desk.database.execute("SELECT source, count(*) FROM tickets GROUP BY source").fetchall() == [
        ("north", 300),
        ("south", 300),
    ]
    acts_done = desk.database.execute(
        "SELECT who, count(*) FROM acts WHERE what IN ('confirm', 'note') GROUP BY who"
    ).fetchall()
    assert acts_done == [("north", 12), ("south", 12)]
    assert desk.database.execute("SELECT count(*) FROM decisions WHERE field = 'notes'").fetchone()[0] == 24


def test_fifty_claims_at_once_give_each_ticket_to_one(desk: Desk, ticket: Maker) -> None:
    take_in(desk, [ticket() for _ in range(10)], source="file", name="a")
    code = (
        "import sys; from pathlib import Path; from triage.desk import acts; from triage.desk.office import Desk;"
        "from triage.errors import Taken\n"
        "desk = Desk(Path(sys.argv[1]), user=sys.argv[2])\n"
        "for n in range(1, 11):\n"
        "    try: acts.claim(desk, [n]); print(n)\n"
        "    except Taken: pass\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(desk.path), f"agent{n}"], stdout=subprocess.PIPE, text=True)
        for n in range(4)
    ]
    claimed = [line for process in processes for line in process.communicate()[0].split()]
    assert sorted(claimed, key=int) == [str(n) for n in range(1, 11)]


@pytest.mark.parametrize("text", ["\x1b]52;c;AAAA\x07", "a\u202eb", "nul\x00byte"])
def test_the_database_holds_what_intake_gives_and_no_more(desk: Desk, ticket: Maker, text: str) -> None:
    from triage.text import sanitise

    take_in(desk, [ticket(sanitise(text))], source="file", name="a")
    assert not set(detail(desk, 1).row.subject) & {"\x1b", "\u202e", "\x00", "\x07"}


def test_a_ticket_that_was_just_stored_is_the_one_that_is_fetched(desk: Desk, ticket: Maker) -> None:
    at = datetime(2026, 9, 1, 8, 0, 0, 700_000, tzinfo=UTC)
    many = [
        ticket(),
        ticket(created_at=None, body="", requester=None),
        ticket(status=Status.OPEN, assignee="ann", updated_at=at, tags=("a", "ü"), extra={"b": "1", "a": "ü"}),
        ticket(status=Status.RESOLVED, updated_at=at, attachments=("x.png",), due_at=at, priority="High", site="Leeds"),
        ticket(status=Status.CLOSED, resolved_at=at, channel="mail", organisation="Buyer", url="https://a.example"),
    ]
    take_in(desk, many, source="file", name="a")
    for stored in ticket_store.fetch(desk.database.connection, [1, 2, 3, 4, 5]):
        made = ticket_store.just_stored(
            stored.id, many[stored.id - 1], int(desk.now().timestamp()), stored.reading or ""
        )
        made.swarm = stored.swarm
        assert made == stored


def test_new_rows_that_are_counted_at_once_leave_the_counts_of_a_recount(desk: Desk, ticket: Maker) -> None:
    texts = ("The portal is down for all of us", "cannot sign in", "the printer jams", "lunch?")
    many = [
        ticket(texts[n % 4], "help", status=list(Status)[n % 3], site="store 12" if n % 2 else None) for n in range(20)
    ]
    take_in(desk, many[:8], source="file", name="a")
    changed = [replace(many[0], subject="The printer is on fire"), replace(many[9], status=Status.CLOSED)]
    take_in(desk, [*changed, *many[8:]], source="file", name="b")
    connection = desk.database.connection
    assert queue_store.stored_counts(connection) == queue_store.recount(connection)
    assert queue_store.outages(connection) == queue_store.recount_outages(connection)
    assert connection.execute("SELECT count(*) FROM counting_by_hand").fetchone() == (0,)
