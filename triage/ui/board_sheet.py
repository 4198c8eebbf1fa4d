"""The board as lines of cells: pure, from what the desk told to bits with a role and a heat each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from triage.desk.queue import veiled
from triage.ui import words
from triage.ui.widgets.cells import Bit, Sheet
from triage.ui.widgets.columns import next_clock

if TYPE_CHECKING:
    from triage.desk.board import Board, Cell, JourneyMap, Swarm
    from triage.desk.queue import Names

SIGNS = ("", "", "▲", "▲▲", "▲▲▲")
"""What stands beside a count for how hot it is, so that colour is never the only sign."""
SPARKS = "▁▂▃▄▅▆▇█"
CONDITIONS = (("unavailable", "unavail"), ("degraded", "degraded"), ("bug", "bug"), ("question", "question"),
              ("request", "request"))  # fmt: skip
CELL = 9


def spark(days: Sequence[int]) -> str:
    """Seven days as seven small bars, measured by the largest."""
    top = max(days, default=0)
    return "".join(SPARKS[round(day * (len(SPARKS) - 1) / top)] if top else SPARKS[0] for day in days)


def maps(board: Board, trends: Mapping[str, Sequence[int]], width: int) -> Sheet:
    """Services by condition, then every journey: its stages across, its touchpoints down."""
    sheet = Sheet()
    sheet.lines.append([])
    for level in range(1, 6):
        sure, unsure = board.priorities.get(level, (0, 0))
        if level == 1:
            sheet.lines.append([])
        role = "error" if level == 1 else "warning" if level == 2 else "text" if level == 3 else "dim"
        text = f" P{level} {words.number(sure)}" + (f"+{words.number(unsure)}?" if unsure and level <= 2 else "")
        if level > 2:
            text = f" P{level} {words.number(sure + unsure)}"
        sheet.lines[-1].append(Bit(text + "  ", role, 0, f"priority:P{level}"))
    sheet.lines.append([])
    _services(sheet, board, trends, width)
    for journey in board.journeys:
        _journey(sheet, journey, width)
    _sites(sheet, board, width)
    return sheet


def _sites(sheet: Sheet, board: Board, width: int) -> None:
    """Sites side by side, the hottest first: where small tickets add up."""
    sheet.lines.append([Bit("Sites", "accent")])
    if not board.sites:
        sheet.lines.append([Bit("  no open ticket names one", "faint")])
    per_line = max(width // 34, 1)
    column = width // per_line
    for start in range(0, len(board.sites), per_line):
        bits: list[Bit] = []
        for line in board.sites[start : start + per_line]:
            opens = f'site:"{words.line(line.name)}"'
            bits.append(Bit(words.fit(" " + words.line(line.name), column - 11), "text", 0, opens))
            role = "error" if line.cell.heat == 4 else "warning" if line.cell.heat == 3 else "text"
            bits.append(Bit(f"{words.number(line.cell.tickets):>5} {SIGNS[line.cell.heat]:<3}", role, line.cell.heat))
            bits.append(Bit("  "))
        sheet.lines.append(bits)


def _services(sheet: Sheet, board: Board, trends: Mapping[str, Sequence[int]], width: int) -> None:
    shown = list(CONDITIONS)
    days = width >= 22 + len(shown) * CELL + 10
    while width < 20 + len(shown) * CELL and len(shown) > 2:
        shown.pop()
    name_width = max(min(width - len(shown) * CELL - (10 if days else 0), 30), 14)
    head = [Bit(words.fit("Services", name_width), "accent")]
    head += [Bit(words.fit(word, CELL, True), "faint") for _, word in shown]
    if days:
        head.append(Bit("   7 days", "faint"))
    sheet.lines.append(head)
    if not board.services:
        sheet.lines.append([Bit("  nothing is open", "faint")])
    for line in board.services:
        target = line.service or "none"
        bits = [Bit(words.fit(" " + words.line(line.name), name_width), "text" if line.service else "dim", 0,
                    f"service:{target}")]  # fmt: skip
        for condition, _ in shown:
            cell = line.cells.get(condition)
            bits.append(_cell(cell, f"service:{target} condition:{condition}"))
        if days:
            found = trends.get(line.service or "")
            bits.append(Bit("   " + (spark(found) if found else ""), "dim"))
        sheet.lines.append(bits)
    sheet.lines.append([])


def _cell(cell: Cell | None, opens: str, width: int = CELL) -> Bit:
    if cell is None or not cell.tickets:
        return Bit("·".rjust(width), "faint")
    sign = SIGNS[cell.heat]
    text = words.number(cell.tickets).rjust(width - 4) + f" {sign:<3}"
    role = "error" if cell.heat == 4 else "warning" if cell.heat == 3 else "text"
    return Bit(text, role, cell.heat, opens)


def _journey(sheet: Sheet, journey: JourneyMap, width: int) -> None:
    sheet.lines.append([Bit(words.line(journey.name), "accent")])
    per_line = max(width // 24, 1)
    stages = list(journey.stages)
    for start in range(0, len(stages), per_line):
        part = stages[start : start + per_line]
        column = min(max(width // len(part), 20), 34)
        sheet.lines.append([Bit(words.fit(" " + words.line(name), column), "dim") for name, _ in part])
        depth = max((len(touchpoints) for _, touchpoints in part), default=0)
        for place in range(depth):
            bits: list[Bit] = []
            for _, touchpoints in part:
                if place >= len(touchpoints):
                    bits.append(Bit(" " * column))
                    continue
                entry = touchpoints[place]
                moment = " ◆" if entry.moment_of_truth else ""
                name_width = column - 10 - len(moment)
                hot = entry.cell.tickets > 0
                opens = f"touchpoint:{entry.touchpoint}"
                name = words.fit(words.line(entry.name), name_width - 1)
                bits.append(Bit(f" {name}{moment}", "text" if hot else "faint", 0, opens if hot else ""))
                count = f"{words.number(entry.cell.tickets):>4} {SIGNS[entry.cell.heat]:<3}" if hot else "   ·    "
                role = "error" if entry.cell.heat == 4 else "warning" if entry.cell.heat == 3 else "text"
                bits.append(Bit(count, role if hot else "faint", entry.cell.heat if hot else 0))
                bits.append(Bit("  "))
            sheet.lines.append(bits)
        sheet.lines.append([])


def swarm_opens(swarm: Swarm) -> str:
    """The filter that a swarm's cell opens."""
    return f"service:{swarm.service} is:swarm"


def _time_line(sheet: Sheet, board: Board, now: datetime, zone: tzinfo, width: int) -> None:
    """The next hours in which clocks run out, side by side: the hour, how many, a bar; a day's first hour names it."""
    shown = board.hours[: max((width - 1) // 7, 1)]
    if not shown:
        return
    most = max(hour.tickets for hour in shown)
    heads, counts, bars = [], [], []
    day = now.astimezone(zone).date()
    for hour in shown:
        starts = datetime.fromtimestamp(hour.starts, UTC).astimezone(zone)
        head = f"{starts:%H}h" if starts.date() == day else f"{starts:%a} {starts:%H}"
        day = starts.date()
        opens = f"due:{starts:%Y-%m-%dT%H}"
        heads.append(Bit(f"{head:>7}", "dim"))
        counts.append(Bit(f"{words.number(hour.tickets):>7}", "text", 0, opens))
        bars.append(Bit(f"{SPARKS[round(hour.tickets * (len(SPARKS) - 1) / most)] * 4:>7}", "accent"))
    sheet.lines += [heads, bars, counts]


def side(board: Board, names: Names, now: datetime, zone: tzinfo, width: int) -> Sheet:
    """What breaches next, the swarms, and who has how much."""
    sheet = Sheet()
    seconds = int(now.timestamp())
    add = sheet.lines.append
    add([])
    add([Bit("Breaching next", "accent")])
    _time_line(sheet, board, now, zone, width)
    if not board.breaching:
        add([Bit(" nothing within four hours", "faint")])
    for row in board.breaching:
        clock = next_clock(row)
        due = words.due(clock, seconds)
        at = datetime.fromtimestamp(clock or 0, UTC)
        when = "late" if due == "late" else words.clock_time(at, zone, now)
        said = row.service and not veiled(row, names, "service")
        service = words.line(names.services.get(row.service or "", "")) if said else ""
        room = max(width - 9 - 5 - 24, 10)
        add([
            Bit(f" {when:>9} ", "error" if due == "late" else "warning", 0, f"id:{row.id}"),
            Bit(f"{words.priority(row.priority, row.sure):<4}", "text"),
            Bit(words.fit(words.line(row.subject), room), "text"), Bit("  "), Bit(words.fit(service or "–", 20), "dim"),
        ])  # fmt: skip
    add([])
    add([Bit("Swarms", "accent")])
    if not board.swarms:
        add([Bit(" none", "faint")])
    for swarm in board.swarms:
        since = words.clock_time(datetime.fromtimestamp(swarm.since, UTC), zone, now)
        name = words.line(names.services.get(swarm.service, swarm.service))
        word = "major incident" if swarm.confirmed else "candidate" if swarm.candidate else ""
        parent = f"parent {swarm.parent} · " if swarm.confirmed and swarm.parent is not None else ""
        add([
            Bit(f" ⧉ {swarm.tickets:<4}", "warning", 0, swarm_opens(swarm)),
            Bit(words.fit(name, 24), "text"), Bit(f" since {since}  ", "dim"), Bit(word, "error"),
        ])  # fmt: skip
        if parent or swarm.why:
            add([Bit(words.fit("        " + parent + words.line(swarm.why), max(width, 20)).rstrip(), "faint")])
    add([])
    add([Bit("Load", "accent")])
    most = max((points for _, _, points in board.load), default=0)
    for who, tickets, points in board.load[:14]:
        name = words.line(who) if who else "unclaimed"
        opens = f'agent:"{words.line(who)}"' if who else "agent:none"
        bar = "━" * (round(points * 16 / most) if most else 0)
        add([
            Bit(" " + words.fit(name, 16), "text" if who else "dim", 0, opens),
            Bit(words.number(tickets).rjust(6), "text"), Bit(f"{words.number(points).rjust(8)} pts  ", "dim"),
            Bit(bar, "accent" if who else "dim"),
        ])  # fmt: skip
    return sheet
