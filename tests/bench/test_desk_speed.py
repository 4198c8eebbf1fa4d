"""The desk over a million tickets in a real pseudo-terminal, beside plain Textual applications in the same run.

Run by hand: `uv run pytest tests/bench/test_desk_speed.py -m bench -s` (three minutes, and two more to make the
tickets once; see million.py). The figures are in docs/benchmarks.md. Times are of bytes at the terminal; what is painted is
checked on the screen: the right row, and under the cursor.
"""

from __future__ import annotations

import compileall
import math
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import triage
from tests.bench.million import NOW, TICKETS, scratch
from tests.bench.terminal import Seen, Terminal, surroundings
from triage.desk import queue as desk_queue
from triage.desk.filters import parse_filter
from triage.desk.office import Desk
from triage.store import queue as store

pytestmark = pytest.mark.bench

TRIAGE = str(Path(sys.executable).with_name("triage"))
RIVAL = [sys.executable, str(Path(__file__).with_name("rivals.py"))]
ROUNDS = int(os.environ.get("TRIAGE_BENCH_ROUNDS", 15))
ACTS = 40
"""Tickets that are confirmed: of fewer than twenty the 95th of a hundred would be the greatest."""
WORDS = ("muraso", "signing", "printer", "zedu", "two signings", "nofegevo", "the", "copier scan", "gogubi", "wire not")
"""What is typed into the filter, a letter at a time: words that most tickets have, some, hardly any, none."""


@pytest.fixture(scope="module")
def database() -> Iterator[Path]:
    path = scratch()
    yield path
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    home = tmp_path  # of its own in each test: the application remembers filter, order and ticket
    return {
        "TRIAGE_NOW": NOW, "TRIAGE_USER": "ana", "XDG_STATE_HOME": str(home / "state"), "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"), "XDG_DATA_HOME": str(home / "data"),
    }  # fmt: skip


def p95(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[max(math.ceil(0.95 * len(ordered)) - 1, 0)]


def told(name: str, values: Sequence[float], goal: str = "") -> None:
    """A line of the table: milliseconds."""
    missing = sum(1 for value in values if math.isnan(value))
    known = [1000 * value for value in values if not math.isnan(value)] or [math.nan]
    lost = f"  NOT PAINTED {missing} times" if missing else ""
    print(
        f"  {name:<46} p50 {statistics.median(known):7.1f}  p95 {p95(known):7.1f}  max {max(known):7.1f}"
        f"  n {len(values):3}  {goal}{lost}"
    )


def known(value: float | None) -> float:
    return math.nan if value is None else value


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


# What stands on the screen ---------------------------------------------------------------------------


def lines_of(terminal: Terminal) -> list[str]:
    """The lines of the list: below the heading, above the keys, left of the pane."""
    return [line.split("│")[0].rstrip() for line in terminal.display[3:-1]]


def cursor_line(terminal: Terminal) -> str:
    """The line under the cursor, empty where there is none or more than one."""
    found = [line for line in lines_of(terminal) if line.startswith("▌")]
    return found[0] if len(found) == 1 else ""


def pane_id(terminal: Terminal) -> int | None:
    """The ticket that the pane shows."""
    head = terminal.display[2].partition("│")[2].split()
    return int(head[0]) if head and head[0].isdigit() else None


class Oracle:
    """What ought to be on the screen, asked of the database without the application's own haste."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        # Without a filter a swarm is one line.
        self.hidden = store.folded_away(self.connection, store.Selection("open", folded=True))

    def start(self, ident: int) -> str:
        """The first words of a subject: the two that this ticket's copy has of its own, as the list can show them."""
        row = self.connection.execute("SELECT subject FROM tickets WHERE id = ?", (ident,)).fetchone()
        return " ".join(row[0].split()[:2])[:13]

    def ids(self, order: str = "q.rank", limit: int = 2000) -> list[int]:
        query = (
            f"SELECT q.ticket_id FROM queue q WHERE q.bucket = 0 ORDER BY {order}, q.ticket_id"
            f" LIMIT {limit + len(self.hidden)}"
        )
        return [row[0] for row in self.connection.execute(query) if row[0] not in self.hidden][:limit]

    def at(self, ident: int) -> Seen:
        """The cursor stands on this ticket."""
        start = self.start(ident)
        return lambda terminal: start in cursor_line(terminal)

    def top(self, ids: Sequence[int]) -> Seen:
        """These tickets are the first lines."""
        starts = [self.start(ident) for ident in ids[:8]]
        return lambda terminal: (
            all(start in line for start, line in zip(starts, lines_of(terminal), strict=False))
            and len(lines_of(terminal)) >= len(starts)
        )

    def stretch(self, ids: Sequence[int]) -> Seen:
        """The lines are eight of these that follow each other: the cursor's ticket may stand further down and be kept."""
        starts = [self.start(ident) for ident in ids]

        def seen(terminal: Terminal) -> bool:
            lines = lines_of(terminal)[:8]
            return len(lines) == 8 and any(
                all(start in line for start, line in zip(starts[at : at + 8], lines, strict=True))
                for at in range(len(starts) - 7)
            )

        return seen


def shows(ident: int) -> Seen:
    """The pane shows this ticket."""
    return lambda terminal: pane_id(terminal) == ident


def opened(database: Path, environment: dict[str, str], columns: int = 120, lines: int = 40) -> Terminal:
    terminal = Terminal([TRIAGE, "--db", str(database)], environment, columns, lines)
    terminal.wait_for(lambda seen: bool(cursor_line(seen)))
    terminal.settle(1.5)
    return terminal


# Start ---------------------------------------------------------------------------------------------------


def ran(command: Sequence[str], environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=surroundings(environment))
    return time.perf_counter() - begun


def test_start(database: Path, environment: dict[str, str]) -> None:
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "triage --version": [TRIAGE, "--version"],
        "triage queue": [TRIAGE, "queue", "--db", str(database)],
    }
    compileall.compile_dir(str(Path(triage.__file__).parent), quiet=2)  # as an installer leaves a package
    for command in commands.values():
        ran(command, environment)
    painted: dict[str, list[float]] = {name: [] for name in (*commands, "trivial", "desk", "a key typed then")}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            painted[name].append(ran(command, environment))
        with Terminal([*RIVAL, "trivial"], environment) as terminal:
            painted["trivial"].append(terminal.wait_for(lambda seen: "ready" in seen.display[0]))
            terminal.settle(0.3)
            trivial_memory = terminal.memory()["peak"]
        with Terminal([TRIAGE, "--db", str(database)], environment) as terminal:
            painted["desk"].append(terminal.wait_for(lambda seen: bool(cursor_line(seen))))
            # What is painted first comes before Textual: what is typed at once waits for that, and is carried out.
            terminal.write("j")
            second = lines_of(terminal)[1][2:]
            painted["a key typed then"].append(terminal.wait_for(lambda seen: cursor_line(seen)[2:] == second))  # noqa: B023
    middle = {name: statistics.median(values) for name, values in painted.items()}
    print(f"\nStart, median of {ROUNDS}, interleaved ({load()}; {TICKETS:,} tickets)")
    for name, rival, goal in (
        ("triage --version", "python -c pass", 1.5),
        ("triage queue", "python -c pass", 6.0),
        ("desk", "trivial", 1.25),
        ("a key typed then", "trivial", 0),
    ):
        print(
            f"  {name:<20} {1000 * middle[name]:7.1f} ms   {rival:<15} {1000 * middle[rival]:7.1f} ms"
            f"   {middle[name] / middle[rival]:5.2f} ×   {f'(reach {goal} ×)' if goal else ''}"
        )
    print(f"  memory of the trivial application: {trivial_memory:.0f} MB")


# Keys ----------------------------------------------------------------------------------------------------


def moves(terminal: Terminal, oracle: Oracle, key: str, ids: Sequence[int]) -> Iterator[tuple[float, float, float]]:
    """A key that leads to these tickets, one after another: first byte, row under the cursor, detail."""
    for ident in ids:
        first, (row, detail) = terminal.key(key, oracle.at(ident), shows(ident))
        yield first, known(row), known(detail)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_moving(database: Path, environment: dict[str, str], size: tuple[int, int]) -> None:
    oracle = Oracle(database)
    ids = oracle.ids()
    wide = size[0] >= 100
    ours: list[tuple[float, float, float]] = []
    theirs: list[tuple[float, float]] = []
    with (
        opened(database, environment, *size) as desk,
        Terminal([*RIVAL, "table", "10000"], environment, *size) as table,
    ):
        table.wait_for(lambda seen: any("detail-0" in line for line in seen.display))
        table.settle(0.5)
        for place in range(1, 81):
            ours += moves(desk, oracle, "j", ids[place : place + 1])
            first, (detail,) = table.key("\x1b[B", _shows_detail(place))
            theirs.append((first, known(detail)))
        print(f"\nOne line down, {size[0]}×{size[1]} ({load()})")
        told("key to first byte", [each[0] for each in ours], "reach 15")
        told("row under the cursor", [each[1] for each in ours])
        if wide:
            told("detail painted", [each[2] for each in ours], "reach 40")
        told("rival: DataTable of 10 000, first byte", [each[0] for each in theirs])
        if wide:
            told("rival: DataTable of 10 000, detail", [each[1] for each in theirs])
        page = len(lines_of(desk)) - 1
        place, far = 80, []
        for key, way in [("\x1b[6~", 1)] * 20 + [("\x1b[5~", -1)] * 15:
            place += way * page
            far += moves(desk, oracle, key, [ids[place]])
        told("page, row under the cursor", [each[1] for each in far], "reach 35")
        last = oracle.connection.execute(
            "SELECT ticket_id FROM queue WHERE bucket = 0 ORDER BY rank DESC LIMIT 1"
        ).fetchone()[0]
        ends = list(moves(desk, oracle, "G", [last]))
        for _ in range(10):
            ends += moves(desk, oracle, "g", ids[:1])
            ends += moves(desk, oracle, "G", [last])
        told("end and top, row under the cursor", [each[1] for each in ends], "reach 35")
        print(f"  memory: {_memory(desk)}")
    assert not any(math.isnan(each[1]) for each in (*ours, *far, *ends))


def _shows_detail(place: int) -> Seen:
    return lambda terminal: any(f"detail-{place} " in line for line in terminal.display)


def _memory(terminal: Terminal) -> str:
    found = terminal.memory()
    return f"{found['now']:.0f} MB, at most {found['peak']:.0f} MB (reach 80)"


def test_sorting(database: Path, environment: dict[str, str]) -> None:
    oracle = Oracle(database)
    tops = {
        letter: oracle.ids(order, limit=130)
        for letter, order in (
            ("i", "q.rank"), ("c", "coalesce(q.first_clock, 9e15)"), ("a", "q.created_at"),
            ("n", "q.created_at DESC"), ("u", "q.width DESC, q.rank"),
        )
    }  # fmt: skip
    taken: dict[str, list[float]] = {letter: [] for letter in tops}
    with opened(database, environment) as desk:
        for _ in range(6):
            for letter, ids in tops.items():
                desk.key("s")
                _, (row,) = desk.key(letter, oracle.stretch(ids), quiet=0.5)
                taken[letter].append(known(row))
                desk.settle(0.5)
        print(f"\nRe-sort, first page painted ({load()})")
        for letter, values in taken.items():
            told(f"order {letter}", values)
        told("all of them", [value for values in taken.values() for value in values], "reach 35")
        desk.settle(2)
        print(f"  memory: {_memory(desk)}")


def test_filtering(database: Path, environment: dict[str, str]) -> None:
    oracle = Oracle(database)
    taken, firsts = [], []
    with opened(database, environment) as desk:
        for word in WORDS:
            desk.key("/")
            for end in range(1, len(word) + 1):
                if word[end - 1] == " ":
                    desk.key(" ")
                    continue
                ids = _found(oracle, word[:end])
                first, (row,) = desk.key(word[end - 1], oracle.top(ids), quiet=0.6)
                firsts.append(first)
                taken.append(known(row))
            desk.settle(0.5)
            desk.key("\x15")  # the line is empty again
            desk.key("\r")
            desk.settle(0.5)
        print(f"\nFilter, a letter at a time ({load()})")
        told("key to first byte", firsts, "reach 15")
        told("first eight lines painted", taken, "reach 65")
        print(f"  memory: {_memory(desk)}")
    assert not any(math.isnan(value) for value in taken)


def _found(oracle: Oracle, text: str) -> list[int]:
    query = " ".join(f'"{word}"*' for word in text.split())
    rows = oracle.connection.execute(
        "SELECT q.ticket_id FROM titles t CROSS JOIN queue q ON q.ticket_id = t.rowid WHERE titles MATCH ?"
        " AND q.bucket = 0 ORDER BY q.rank, q.ticket_id LIMIT 30",
        (query,),
    )
    return [row[0] for row in rows]


def test_the_query_of_a_filter(database: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_NOW", NOW)
    with Desk(database, user="ana", read_only=True) as desk:
        names = desk_queue.names(desk)
        ours: list[float] = []
        rival: list[float] = []
        oracle = Oracle(database)
        for _ in range(2):
            memory = desk_queue.Memory()  # as the desk has it: a letter narrows down what the letters before found
            for word in WORDS:
                for end in range(1, len(word) + 1):
                    found = parse_filter(word[:end], names)
                    chosen = desk_queue.selection(
                        desk, where=found.where, parameters=found.parameters, needs_ticket=found.needs_ticket,
                        search=found.search,
                    )  # fmt: skip
                    ours.append(_timed(lambda: store.ids_page(desk.database.connection, chosen, 50, memory=memory)))  # noqa: B023
                    rival.append(_timed(lambda: _found(oracle, word[:end])))  # noqa: B023
    print(f"\nThe query of a filter, first 50 ({load()})")
    told("two-phase", ours, "reach 15")
    told("rival: full text, then sort", rival)


def _timed(job: Callable[[], object]) -> float:
    begun = time.perf_counter()
    job()
    return time.perf_counter() - begun


# Acts ----------------------------------------------------------------------------------------------------


def test_confirm_and_next(database: Path, environment: dict[str, str]) -> None:
    oracle = Oracle(database)
    taken, nexts = [], []
    with opened(database, environment) as desk:
        print(f"\nConfirm and next ({load()})\n  memory before: {_memory(desk)}")
        for number in range(ACTS + 1):
            desk.wait_until(lambda seen: pane_id(seen) is not None)
            here = pane_id(desk)
            key = _confirming(desk)
            before = lines_of(desk)
            place = next(number for number, line in enumerate(before) if line.startswith("▌"))
            below = before[place + 1][2:]
            done, after = f" {here}: confirmed", below[-14:].rstrip("… ")
            # The line above the list says what was done for six seconds: looked at later, it would never have.
            _, (moved, committed) = desk.key(
                key, _another(here, after), lambda seen: done in seen.display[1] and pane_id(seen) != here,  # noqa: B023
                quiet=0.5 if number else 3.0,  # the first one loads the linker
            )  # fmt: skip
            nexts.append(known(moved))
            taken.append(known(committed))
            if committed is None:  # late, and counted as such; the next key waits for it all the same
                desk.wait_until(lambda seen: done in seen.display[1])  # noqa: B023
            desk.settle(1.2)  # the list is read anew
            row = oracle.connection.execute(
                "SELECT count(*) FROM decisions WHERE ticket_id = ? AND field = 'condition'", (here,)
            ).fetchone()
            assert row[0] == 1, f"{here} was not confirmed"
        print(f"  the first, which loads the linker: {1000 * taken[0]:.0f} ms")
        told("next ticket painted", nexts[1:])
        told("committed, and the next one painted", taken[1:], "reach 60")
        print("  each: " + " ".join(f"{1000 * each:.0f}" for each in taken))
        print(f"  memory after: {_memory(desk)}")


def _confirming(terminal: Terminal) -> str:
    """The key that confirms the ticket in the pane, as the pane says; a proposal that is not shown yet is asked for."""
    pane = "\n".join(line.partition("│")[2] for line in terminal.display)
    if "⏎ shows the proposal" in pane:
        terminal.key("\r", quiet=0.5)
        pane = "\n".join(line.partition("│")[2] for line in terminal.display)
    return "1" if "\n  1 " in pane else "\r"


def _another(here: int | None, line: str) -> Seen:
    return lambda terminal: pane_id(terminal) not in (None, here) and line in cursor_line(terminal)
