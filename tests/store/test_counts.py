"""Counts by bucket, priority, service, touchpoint, site and assignee equal a recount, whatever is done."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from triage.desk import acts, swarms, undoing, upkeep
from triage.desk import queue as desk_queue
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.filters import parse_filter
from triage.desk.forget import forget
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.errors import TriageError
from triage.store import queue as store
from triage.store import walk
from triage.store.rank import rank
from triage.tickets.models import Condition, IncomingTicket, Reach, Status

START = datetime(2026, 11, 23, 16, tzinfo=UTC)
CATALOG = (Path(__file__).parent.parent / "conftest.py").read_text(encoding="utf-8").split('"""')[3]
TEXTS = ["The signing page is down", "cannot log on, SSO", "The printer jams", "Lunch?", "smoke in the server room"]
SERVICES = ["closing-portal", "identity", "printing", "none"]
some = st.lists(st.integers(1, 14), min_size=1, max_size=4, unique=True)


class Company(RuleBasedStateMachine):
    """A desk on which anything is done in any order."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.now, self.numbers = START, 0
        self.patch = pytest.MonkeyPatch()
        self.patch.setenv("TRIAGE_NOW", self.now.isoformat())
        self.desk = Desk(Path(self.folder.name) / "t.db", user="ana")
        self.apply(2, 40, 6)

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.desk.close()
            self.patch.undo()
            self.folder.cleanup()

    def attempt(self, act: Any, *arguments: Any, **named: Any) -> None:
        with contextlib.suppress(TriageError):
            act(self.desk, *arguments, **named)

    @rule(texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=6), minutes=st.integers(0, 3000),
          status=st.sampled_from(list(Status)), again=st.booleans())  # fmt: skip
    def take_in(self, texts: list[str], minutes: int, status: Status, again: bool) -> None:
        made = []
        for text in texts:
            self.numbers = max(1, self.numbers + (not again))
            made.append(
                IncomingTicket(
                    "file",
                    f"T-{self.numbers}",
                    text,
                    "help",
                    requester=f"p{self.numbers % 5}@buyer.example",
                    site="store 12" if self.numbers % 2 else None,
                    created_at=self.now - timedelta(minutes=minutes),
                    status=status,
                )
            )
        take_in(self.desk, list({one.external_id: one for one in made}.values()), source="file", name="f")

    @rule(level=st.integers(1, 4), hours=st.integers(1, 40), team=st.integers(2, 9))
    def apply(self, level: int, hours: int, team: int) -> None:
        text = CATALOG.replace("criticality: 2, owner", f"criticality: {level}, owner")
        text = text.replace("mtpd: 8h", f"mtpd: {hours}h")
        file = Path(self.folder.name) / "catalog.yaml"
        file.write_text(f"{text}policy: {{reach: {{team: {team}}}}}\n", encoding="utf-8")
        apply_catalog(self.desk, load_files([file]))

    @rule(ids=some, kind=st.sampled_from(["service", "touchpoint"]), service=st.sampled_from(SERVICES))
    def link(self, ids: list[int], kind: str, service: str) -> None:
        self.attempt(acts.link, ids, kind, service if kind == "service" else "sign-documents")

    @rule(ids=some, condition=st.sampled_from([str(word) for word in Condition]),
          reach=st.sampled_from([str(word) for word in Reach]))  # fmt: skip
    def say(self, ids: list[int], condition: str, reach: str) -> None:
        self.attempt(acts.set_condition, ids, condition)
        self.attempt(acts.set_reach, ids, reach)

    @rule(ids=some, act=st.sampled_from([
        acts.confirm, acts.claim, acts.release, acts.resolve, acts.reopen, acts.wait, acts.workaround, acts.none_fits,
        swarms.leave,
    ]))  # fmt: skip
    def act(self, ids: list[int], act: Any) -> None:
        self.attempt(act, ids)

    @rule(ids=some, priority=st.sampled_from(["P1", "P5"]), ends=st.booleans())
    def override(self, ids: list[int], priority: str, ends: bool) -> None:
        self.attempt(acts.override, ids, priority, "other", until=self.now + timedelta(hours=2) if ends else None)

    @rule(ids=some)
    def snooze(self, ids: list[int]) -> None:
        self.attempt(acts.snooze, ids, self.now + timedelta(hours=3))

    @rule(ids=some, into=st.integers(1, 14))
    def merge(self, ids: list[int], into: int) -> None:
        self.attempt(acts.merge, ids, into)

    @rule(act=st.sampled_from([undoing.undo, undoing.redo]))
    def back(self, act: Any) -> None:
        self.attempt(act)

    @rule(number=st.integers(0, 4))
    def forget(self, number: int) -> None:
        self.attempt(forget, requester=f"p{number}@buyer.example")

    @rule(minutes=st.integers(1, 1000))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.patch.setenv("TRIAGE_NOW", self.now.isoformat())
        upkeep.keep_up(self.desk)

    @rule()
    def swarm(self) -> None:
        swarms.update_swarms(self.desk)

    @invariant()
    def counts_equal_a_recount(self) -> None:
        if not hasattr(self, "desk"):
            return
        connection = self.desk.database.connection
        assert store.stored_counts(connection) == store.recount(connection)
        assert store.outages(connection) == store.recount_outages(connection)
        assert connection.execute("SELECT count(*) FROM counting_by_hand").fetchone() == (0,)
        for view in ("open", "mine", "unclaimed", "snoozed", "resolved", "all"):
            chosen = desk_queue.selection(self.desk, view)
            assert desk_queue.total(self.desk, chosen) == len(desk_queue.all_ids(self.desk, chosen))

    @invariant()
    def every_way_to_the_queue_gives_the_obvious_order(self) -> None:
        if not hasattr(self, "desk"):
            return
        connection = self.desk.database.connection
        names = [
            "ticket_id",
            "bucket",
            "priority",
            "score",
            "first_clock",
            "created_at",
            "low",
            "high",
            "sure",
            "service",
            "touchpoint",
            "assignee",
        ]
        query = f"SELECT {', '.join(names)} FROM queue"
        truth = [dict(zip(names, row, strict=True)) for row in connection.execute(query)]
        truth.sort(key=lambda q: (rank(q["priority"], q["score"], q["first_clock"], q["created_at"]), q["ticket_id"]))
        known = desk_queue.names(self.desk)
        for view, within in IN_VIEW.items():
            for text, wanted in IN_FILTER.items():
                ids = [q["ticket_id"] for q in truth if q["bucket"] == 0 and within(q) and wanted(q)]
                found = parse_filter(text, known)
                assert not found.problems
                chosen = desk_queue.selection(
                    self.desk, view, where=found.where, parameters=found.parameters, needs_ticket=found.needs_ticket,
                    search=found.search,
                )  # fmt: skip
                for glance, few in ((walk.GLANCE, walk.FEW), (3, 2), (2, 0)):
                    with pytest.MonkeyPatch.context() as patch:
                        patch.setattr(walk, "GLANCE", glance)
                        patch.setattr(walk, "FEW", few)
                        assert list(store.all_ids(connection, chosen)) == ids, (view, text, glance, few)
                        assert store.ids_page(connection, chosen, 2) == ids[:2], (view, text, glance, few)
        stale = "SELECT ticket_id FROM queue WHERE stale = 1 AND bucket < 2 ORDER BY bucket, rank, ticket_id"
        for few in (walk.FEW, 0):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(walk, "FEW", few)
                assert store.stale_ids(connection, 5) == [row[0] for row in connection.execute(stale)][:5]


IN_VIEW: dict[str, Callable[[dict[str, Any]], bool]] = {
    "open": lambda q: True,
    "mine": lambda q: q["assignee"] == "ana",
    "unclaimed": lambda q: q["assignee"] is None,
}
IN_FILTER: dict[str, Callable[[dict[str, Any]], bool]] = {
    "": lambda q: True,
    "service:identity": lambda q: q["service"] == "identity",
    "-service:identity": lambda q: q["service"] != "identity",
    "service:printing is:unclaimed": lambda q: q["service"] == "printing" and q["assignee"] is None,
    "touchpoint:sign-documents is:unsure": lambda q: q["touchpoint"] == "sign-documents" and not q["sure"],
    "is:unlinked": lambda q: q["service"] is None,
}

Company.TestCase.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.explicit],
)  # fmt: skip
TestCounts = Company.TestCase
