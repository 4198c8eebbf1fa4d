"""The helper process: it answers as this process would, ends with its parent or when nobody asks, and is no must."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from triage.desk import acts, queue, undoing
from triage.desk.helper import Gone, Helper, NotWanted, get, put
from triage.desk.learning import lesson_text, load_memory, message_of, prepare, replay
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.errors import Refused, StoreError
from triage.linking.memory import Decision
from triage.linking.message import Message
from triage.store import tickets as ticket_store
from triage.tickets.models import IncomingTicket

Maker = Callable[..., IncomingTicket]
TEXTS = ("The signing page is down", "wrong password at the portal", "printer of store 12 prints blank pages")


@pytest.fixture
def helped(desk: Desk, ticket: Maker) -> Iterator[Desk]:
    take_in(desk, [ticket(text, text) for text in TEXTS], source="file", name="three")
    desk.forget_learned()
    desk.helper = Helper(desk.path, desk.user)
    yield desk
    desk.helper.close()


def _lessons(desk: Desk) -> list[Any]:
    return desk.database.execute("SELECT act_id, ticket_id, kind, decision FROM lessons ORDER BY 1, 2, 3").fetchall()


def test_an_act_is_taught_as_without_a_helper_and_loads_no_linker(helped: Desk) -> None:
    acts.link(helped, [1, 2, 3], "service", "identity")
    acts.confirm(helped, [2])
    undoing.undo(helped)
    assert not helped.has_learned
    taught = _lessons(helped)
    assert len(taught) > 3
    assert load_memory(helped.database)[0].dump() == replay(helped).dump()

    stored = {one.id: one for one in ticket_store.fetch(helped.database.connection, [1, 2, 3])}
    with_memory = helped.linker  # which has learned meanwhile: that makes no difference to what a decision teaches
    for _, number, kind, text in taught:
        target = Decision.from_row(json.loads(text)).target
        (again,) = with_memory.decisions(
            message_of(stored[number]), ticket=number, targets={kind: target}, who=helped.user
        )
        assert lesson_text(again) == text


def test_what_somebody_looked_at_is_ready_for_the_decision(helped: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (looked_at,) = ticket_store.fetch(helped.database.connection, [2])
    prepare(helped, looked_at)
    assert helped.helper is not None
    asked = helped.helper.ask
    monkeypatch.setattr(helped.helper, "ask", lambda *_, **__: pytest.fail("asked again"))
    acts.link(helped, [2], "service", "identity")
    monkeypatch.setattr(helped.helper, "ask", asked)
    acts.link(helped, [2], "service", "printing")  # kept for one decision; the next asks
    first, second = (json.loads(row[3]) for row in _lessons(helped))
    assert first["terms"] == second["terms"] and first["features"] == second["features"]


def test_a_long_queue_is_read_by_the_helper(helped: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = queue.selection(helped, where="q.service IS NOT :none", parameters={"none": "nothing"})
    here = queue.all_ids(helped, chosen)
    monkeypatch.setattr(queue, "LONG", 1)
    with monkeypatch.context() as patched:
        patched.setattr(queue.store, "all_ids", lambda *_: pytest.fail("read here"))
        assert queue.all_ids(helped, chosen) == here
        assert len(queue.all_ids(helped, queue.selection(helped, order="newest"), 1)) == 3
    assert helped.helper is not None
    helped.helper.close()
    assert queue.all_ids(helped, chosen) == here


def test_what_nobody_waits_for_is_given_up(helped: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "LONG", 1)
    helper = helped.helper
    assert helper is not None
    with pytest.raises(NotWanted):
        queue.all_ids(helped, queue.selection(helped), still=lambda: False)
    assert not helper._waiting
    assert len(queue.all_ids(helped, queue.selection(helped), still=lambda: True)) == 3


def test_a_seam_rests_nowhere_where_others_wait_and_can_end_a_statement(desk: Desk) -> None:
    """Neither within a transaction that writes nor while the catalog is read, which an act needs as well."""
    seams: list[bool] = []
    database = Desk(desk.path, user="ana").database
    database.seam = lambda: seams.append(True) or False  # type: ignore[func-returns-value]
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT max(i) FROM n"
    found: list[tuple[str, int]] = []

    def run() -> None:
        database.execute(many).fetchone()
        found.append(("read", len(seams)))
        with database.transaction():
            seams.clear()
            database.execute(many).fetchone()
            with database.transaction():
                database.execute(many).fetchone()
            found.append(("write", len(seams)))
        with database.held():
            database.execute(many).fetchone()
            found.append(("held", len(seams)))
        database.seam = lambda: True
        with pytest.raises(StoreError, match="interrupted"):
            database.execute(many).fetchone()

    here = threading.Thread(target=run)
    here.start()
    here.join()
    database.close()
    assert [name for name, _ in found] == ["read", "write", "held"]
    assert found[0][1] > 10 and found[1][1] == 0 and found[2][1] == 0


def test_the_log_is_written_back_when_there_is_time_and_not_by_an_act(desk: Desk, ticket: Maker) -> None:
    with Desk(desk.path, user="ana", folds_log=True) as one:
        log = one.path.with_name(one.path.name + "-wal")
        for number in range(60):
            take_in(one, [ticket(f"{number} {n}", "x" * 9000, external_id=f"{number}-{n}") for n in range(20)],
                    source="file", name="a")  # fmt: skip
            if log.stat().st_size > 6 << 20:
                break
        pages = one.database.execute("PRAGMA page_count").fetchone()[0]
        before = one.path.stat().st_size
        assert before < pages * 4096, "the act left it in the log"
        one.database.fold_log()
        assert one.path.stat().st_size == pages * 4096


def test_an_act_goes_on_where_the_helper_dies(helped: Desk) -> None:
    helper = helped.helper
    assert helper is not None
    acts.link(helped, [1], "service", "identity")
    assert helper.pid is not None
    os.kill(helper.pid, signal.SIGKILL)
    acts.link(helped, [2], "service", "identity")  # another one was started
    assert not helped.has_learned
    helper.close()
    acts.link(helped, [3], "service", "identity")  # none is to be had: read here
    assert helped.has_learned
    assert [row[1] for row in _lessons(helped)] == [1, 2, 3]


def test_a_helper_that_never_answers_is_not_started_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = Helper(desk.path, desk.user)
    monkeypatch.setattr(helper, "_command", [sys.executable, "-c", "pass"])
    with pytest.raises(Gone):
        helper.ask("warm")
    started: list[object] = []
    monkeypatch.setattr(subprocess, "Popen", started.append)
    with pytest.raises(Gone):
        helper.ask("warm")
    assert not started
    helper.close()


def test_an_unexpected_error_and_an_unknown_catalog_are_for_the_application_to_meet(helped: Desk) -> None:
    assert helped.helper is not None
    with pytest.raises(Gone, match="another catalog"):
        helped.helper.lessons(99, [Message("a")])
    with pytest.raises(Gone, match="TypeError"):
        helped.helper.ask("lessons")


def test_it_ends_when_nobody_asks_and_is_started_again(desk: Desk) -> None:
    helper = Helper(desk.path, desk.user, idle=0.1)
    helper.ask("warm")
    _until(lambda: helper.pid is None)
    helper.ask("warm")
    helper.close()
    assert helper.pid is None


def test_it_ends_with_its_parent(desk: Desk) -> None:
    """However that went: nobody closes anything where it is killed."""
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom triage.desk.helper import Helper\n"
        "helper = Helper(Path(sys.argv[1]), 'ana')\nhelper.ask('warm')\nprint(helper.pid, flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(desk.path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _until(lambda: not _lives(child))


def test_errors_come_through_the_pipe_as_they_are() -> None:
    first, second = os.pipe()
    with os.fdopen(first, "rb", buffering=0) as end, os.fdopen(second, "wb", buffering=0) as start:
        put(start, Refused("no", "do something else"))
        error, _ = get(end)
    assert isinstance(error, Refused) and str(error) == "no; do something else"


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.02)
    pytest.fail("not in twenty seconds")
