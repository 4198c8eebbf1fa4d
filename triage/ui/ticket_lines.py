"""A ticket as the lines of its pane: pure, from what the desk told to pieces of text with a role each.

A piece is (text, role); a role is a name of `themes.Ink`. Nothing here is markup, and every text from
outside goes through `words.line` or `words.block` first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from rich.cells import cell_len

from triage.ui import words

if TYPE_CHECKING:
    from triage.desk.show import Detail, LinkLine
    from triage.desk.similar import Settled
    from triage.tickets.models import Evidence

Piece = tuple[str, str]
Line = list[Piece]
SHORT = 6
"""Lines of text that are shown of a folded ticket, in a pane of the usual height."""


@dataclass(slots=True)
class Page:
    """A ticket laid out: its lines, the line where each part begins, the line of each candidate."""

    ticket: int
    lines: list[Line] = field(default_factory=list)
    parts: dict[str, int] = field(default_factory=dict)
    candidates: dict[int, tuple[str, str]] = field(default_factory=dict)
    spots: dict[int, tuple[tuple[int, str], ...]] = field(default_factory=dict)


def numbered(detail: Detail) -> dict[int, LinkLine]:
    """What the digits take: where a service or touchpoint is proposed it is number 1 and the others follow.

    Runner-ups of the service come first, then those of the touchpoint; rejected ones have no number.
    """
    services = [line for line in detail.services if line.state != "rejected"]
    touchpoints = [line for line in detail.touchpoints if line.state != "rejected"]
    chosen = [line for line in (*services[:1], *touchpoints[:1]) if line.chosen]
    others = [line for line in services if not line.chosen][:3] + [line for line in touchpoints if not line.chosen][:3]
    first = 2 if chosen else 1
    found = dict(enumerate(others[: 10 - first], first))
    if chosen:
        found[1] = chosen[0]
    return found


def lay_out(
    detail: Detail, width: int, *, now: datetime, zone: tzinfo, height: int = 40, unfolded: bool = False,
    swarm: str = "", similar: Sequence[Settled] = (),
) -> Page:  # fmt: skip
    """The lines of a ticket for a pane of `width` cells. `height` decides how much text is shown folded."""
    page = Page(detail.row.id)
    add = page.lines.extend
    width = max(width, 24)
    page.parts["ticket"] = 0
    add(_head(detail, width, now, swarm))
    page.parts["text"] = len(page.lines)
    short = max(SHORT, height - 34)
    add(_text(detail, width, None if unfolded else short))
    page.parts["links"] = len(page.lines)
    _links(detail, width, page)
    page.parts["score"] = len(page.lines)
    add(_score(detail, width))
    page.parts["brief"] = len(page.lines)
    add(_brief(detail, width))
    if similar:
        page.parts["similar"] = len(page.lines)
        add(_similar(similar, width, now))
    page.parts["history"] = len(page.lines)
    add(_history(detail, width, zone, now))
    return page


def wrap(pieces: Iterable[Piece], width: int, indent: str = "", first: str | None = None) -> Iterator[Line]:
    """Break pieces of one paragraph into lines of at most `width` cells; long words are cut.

    A word may be made of several pieces ("‹portal›" and "," after it): it is broken between words only.
    """
    start = indent if first is None else first
    current: Line = [(start, "text")] if start else []
    used = cell_len(start)
    fresh = True
    for word in _words(pieces):
        size = sum(cell_len(text) for text, _ in word)
        gap = 0 if fresh else 1
        if not fresh and used + gap + size > width:
            yield current
            current, used, fresh, gap = ([(indent, "text")] if indent else []), cell_len(indent), True, 0
        if gap:
            current.append((" ", word[0][1]))
            used += 1
        for text, role in word:
            rest = text
            while rest and used + cell_len(rest) > width:
                cut = _cut(rest, max(width - used, 1))
                current.append((rest[:cut], role))
                yield current
                rest = rest[cut:]
                current, used = ([(indent, "text")] if indent else []), cell_len(indent)
            if rest:
                current.append((rest, role))
                used += cell_len(rest)
        fresh = False
    if not fresh or not current:
        yield current


def _words(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """The words of a paragraph, each with the pieces that it is made of."""
    word: list[Piece] = []
    for text, role in pieces:
        for token in re.findall(r"\s+|\S+", text):
            if not token.isspace():
                word.append((token, role))
            elif word:
                yield word
                word = []
    if word:
        yield word


def _cut(token: str, room: int) -> int:
    """How many characters of a word fit `room` cells; at least one."""
    used = 0
    for place, char in enumerate(token):
        used += cell_len(char)
        if used > room:
            return max(place, 1)
    return len(token)


def _both(left: Line, right: Line, width: int) -> Line:
    used = sum(cell_len(text) for text, _ in left) + sum(cell_len(text) for text, _ in right)
    return [*left, (" " * max(width - used, 1), "text"), *right]


def _head(detail: Detail, width: int, now: datetime, swarm: str) -> Iterator[Line]:
    row, ticket = detail.row, detail.ticket
    seconds = int(now.timestamp())
    role = "error" if row.priority == 1 else "warning" if row.priority == 2 else "strong"
    right: Line = [(f"{words.priority(row.priority, row.sure)} {row.score}", role)]
    if row.priority != row.points_priority:
        right.insert(0, (f"P{row.points_priority} by points, ", "dim"))
    name = f"{words.line(row.source)}:{words.line(row.external_id)}"
    left_room = width - sum(cell_len(text) for text, _ in right) - 1
    left = f"{row.id}  {name}  {words.status(row.status)}  {words.span(seconds - row.created_at)}"
    yield _both([(words.fit(left, min(left_room, cell_len(left))), "dim")], right, width)
    subject = words.line(ticket.subject) or "(no subject)"
    yield from wrap(marked(subject, _spans(detail, "subject", ticket.subject, subject), "strong"), width)
    yield from wrap(_who_writes(detail), width)
    yield from wrap(_state(detail, seconds, swarm), width)
    yield []


def _who_writes(detail: Detail) -> Iterator[Piece]:
    ticket = detail.ticket
    who = words.line(ticket.requester_name) or words.line(ticket.requester) or "unknown"
    yield who, "text"
    if detail.organisation:
        yield f" · {words.line(detail.organisation)}", "text"
    elif ticket.site:
        yield f" · {words.line(ticket.site)}", "text"
    if detail.row.vip:
        yield " ★ VIP", "accent"
    if detail.renewal:
        yield f" ◆ renews {detail.renewal}", "accent"
    if ticket.channel:
        yield f" · {words.line(ticket.channel)}", "dim"


def _state(detail: Detail, seconds: int, swarm: str) -> Iterator[Piece]:
    row = detail.row
    first = True
    for clock in detail.clocks[:3]:
        left = int(clock.due.timestamp())
        late = clock.passed or left <= seconds
        text = (
            f"{clock.name} late by {words.span(seconds - left)}"
            if late
            else (f"{clock.name} in {words.span(left - seconds)}")
        )
        near = left - seconds < words.HOUR
        yield ("" if first else " · ") + text, "error" if late else "warning" if near else "dim"
        first = False
    if row.assignee:
        yield ("" if first else " · ") + words.line(row.assignee), "text"
    else:
        yield ("" if first else " · ") + "nobody's", "dim"
    if row.snoozed_until and row.snoozed_until > seconds:
        yield f" · snoozed for {words.span(row.snoozed_until - seconds)}", "warning"
    if swarm:
        yield f" · ⧉ {swarm}", "warning"
    for flag in detail.flags:
        yield f" · ! {flag}", "error"


def _spans(detail: Detail, field_name: str, raw: str, shown: str) -> list[tuple[int, int]]:
    """The spans that decided in one field, as long as what is shown is what was read."""
    if raw != shown:
        return [
            (place, place + len(mark.text))
            for mark in detail.marks
            if mark.field == field_name and mark.text and (place := shown.find(mark.text)) >= 0
        ]
    return _merged((mark for mark in detail.marks if mark.field == field_name), len(shown))


def _merged(marks: Iterable[Evidence], length: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for start, end in sorted((mark.start, mark.end) for mark in marks if 0 <= mark.start < mark.end <= length):
        if spans and start <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def marked(text: str, spans: Sequence[tuple[int, int]], role: str) -> Iterator[Piece]:
    """`text` with the words that decided between ‹ and ›, so that they show without colour too."""
    at = 0
    for start, end in spans:
        if start < at:
            continue
        yield text[at:start], role
        yield f"‹{text[start:end]}›", "mark"
        at = end
    yield text[at:], role


def _text(detail: Detail, width: int, limit: int | None) -> list[Line]:
    body = words.block(detail.ticket.body).strip("\n")
    raw = detail.ticket.body
    offset = len(raw) - len(raw.lstrip("\n")) if words.block(raw) == raw else 0
    spans = [(a - offset, b - offset) for a, b in _spans(detail, "body", raw, words.block(raw))]
    lines: list[Line] = []
    quoted, at = 0, 0
    for part in body.split("\n"):
        inside = [(max(a - at, 0), min(b - at, len(part))) for a, b in spans if a < at + len(part) and b > at]
        at += len(part) + 1
        if limit is not None and part.lstrip().startswith(">"):
            quoted += 1
            continue
        if quoted:
            lines.append([(f"  ▸ {words.plural(quoted, 'quoted line')}", "faint")])
            quoted = 0
        if not part.strip():
            if lines and lines[-1]:
                lines.append([])
            continue
        lines.extend(wrap(marked(part, inside, "text"), width, "  "))
    if quoted:
        lines.append([(f"  ▸ {words.plural(quoted, 'quoted line')}", "faint")])
    while lines and not lines[-1]:
        lines.pop()
    if limit is not None and len(lines) > limit + 1:
        lines = [*lines[:limit], [(f"  ▸ {words.plural(len(lines) - limit, 'more line')}  . shows them", "faint")]]
    if not lines:
        lines = [[("  (no text)", "faint")]]
    names = ", ".join(words.line(name) for name in detail.ticket.attachments)
    if names:
        lines.extend(wrap([("attached: ", "faint"), (names, "dim")], width, "  "))
    lines.append([])
    return lines


def _links(detail: Detail, width: int, page: Page) -> None:
    settled = _settled(detail)
    hint = (
        "⏎ shows the proposal" if detail.blind else "⏎ confirms" if _enter_confirms(detail) else "1 confirms the guess"
    )
    right: Line = [("settled", "dim")] if settled else [(hint, "accent")]
    page.lines.append(_both([("Is it about?", "accent")], right, width))
    numbers = numbered(detail)
    for kind, lines, none in (
        ("service", detail.services, detail.service_none),
        ("touchpoint", detail.touchpoints, detail.touchpoint_none),
    ):
        chosen = [line for line in lines if line.chosen] + [
            line for line in lines if line.state == "confirmed" and not line.chosen
        ]
        if none:
            page.lines.append([(" ● ", "mark"), (f"{kind:<11}", "dim"), ("nothing fits, confirmed", "text")])
        elif kind in detail.blind:
            page.lines.append([(" ○ ", "dim"), (f"{kind:<11}", "dim"), ("say first: by name, not by rank", "dim")])
        elif not chosen:
            unsure = any(line.state == "proposed" for line in lines)
            word = "not sure, ⏎ says none of these" if unsure else "nothing proposed, ⏎ says none"
            page.lines.append([(" ○ ", "dim"), (f"{kind:<11}", "dim"), (word, "dim")])
        for line in chosen:
            # A guess is taken by 1 and not by enter: the digit stands in the place of the sign.
            guess = "1" if line.state == "proposed" and not line.preselected else ""
            sign = guess or ("●" if line.state == "confirmed" else "○")
            moment: Line = [(" ◆", "accent")] if line.moment_of_truth else []
            role = "accent" if guess else "mark"
            name: Piece = (words.line(line.name), "text" if guess else "strong")
            start: Line = [(f" {sign} ", role), (f"{kind:<11}", "dim"), name, *moment]
            if guess or numbers.get(1) is line:
                page.spots[len(page.lines)] = ((0, "1"),)
            page.lines.extend(_with_evidence(start, line, width))
    for entries in _runner_ups(numbers, width, page):
        page.spots[len(page.lines)] = tuple((start, number) for start, number, _ in entries)
        page.lines.append([piece for _, _, entry in entries for piece in entry])
    page.lines.extend(wrap(_cues(detail), width, "     ", "   "))
    page.lines.append([])


def _with_evidence(start: Line, line: LinkLine, width: int) -> Iterator[Line]:
    pieces: list[Piece] = [("  " + line.word, "dim")]
    said = list(dict.fromkeys(words.line(piece.text) for piece in line.evidence if piece.text and piece.start >= 0))
    if said and line.state != "confirmed":
        pieces.append(("  " + " · ".join(said[:3]), "faint"))
    used = sum(cell_len(text) for text, _ in start) + sum(cell_len(text) for text, _ in pieces)
    if used <= width:
        yield [*start, *pieces]
        return
    yield from wrap([*start[2:], *pieces], width, " " * 14, first=start[0][0] + start[1][0])


def _runner_ups(numbers: dict[int, LinkLine], width: int, page: Page) -> Iterator[list[tuple[int, str, Line]]]:
    """The lines of the runners-up: of each that stands on it the cell where it begins, its number, its pieces."""
    flow: list[tuple[int, str, Line]] = []
    used = 0
    for number in sorted(numbers):
        line = numbers[number]
        page.candidates[number] = (line.kind, line.target)
        if line.chosen:
            continue
        moment: Line = [(" ◆", "accent")] if line.moment_of_truth else []
        kind = "" if line.kind == "service" else "at "
        name = words.fit(words.line(line.name), min(cell_len(words.line(line.name)), max(width - 22, 8)))
        entry: Line = [(f" {number} ", "accent"), (kind, "faint"), (name, "text"), *moment, (f" {line.word}", "dim")]
        size = sum(cell_len(text) for text, _ in entry)
        if flow and used + size + 2 > width:
            yield flow
            flow, used = [], 0
        flow.append((used, str(number), [("  ", "text"), *entry] if flow else entry))
        used += size + 2
    if flow:
        yield flow


def _cues(detail: Detail) -> Iterator[Piece]:
    for name, value, cue, sure in (
        ("condition", str(detail.facts.condition), detail.condition, detail.condition_sure),
        ("reach", str(detail.facts.reach), detail.reach, detail.reach_sure),
    ):
        yield f"{name} ", "dim"
        yield value, "strong" if sure else "text"
        said = [words.line(piece.text) for piece in cue.evidence if piece.text and piece.start >= 0] if cue else []
        if sure:
            yield " confirmed", "dim"
        elif said:
            yield f" ‹{said[0]}›", "mark"
        else:
            yield "?", "dim"
        if name == "condition":
            yield "   ", "text"


def _enter_confirms(detail: Detail) -> bool:
    """Whether enter has something to confirm here that is not decided yet and no mere guess."""
    if any(line.preselected and line.state != "confirmed" for line in (*detail.services, *detail.touchpoints)):
        return True
    kinds = ((detail.services, detail.service_none), (detail.touchpoints, detail.touchpoint_none))
    if any(not none and not any(line.chosen for line in lines) for lines, none in kinds):
        return True  # where nothing is linked, "nothing fits" is what enter confirms
    return not detail.only_guesses and not (detail.condition_sure and detail.reach_sure)


def _settled(detail: Detail) -> bool:
    def decided(lines: Sequence[LinkLine], none: bool) -> bool:
        return none or any(line.state == "confirmed" for line in lines)

    return (
        decided(detail.services, detail.service_none)
        and decided(detail.touchpoints, detail.touchpoint_none)
        and detail.condition_sure
        and detail.reach_sure
    )


def _score(detail: Detail, width: int) -> Iterator[Line]:
    row = detail.row
    spread = f"{row.low} to {row.high}" if row.low < row.high else "sure"
    yield _both([(f"Why {row.score}", "accent")], [(spread, "dim")], width)
    if detail.blind:
        yield [("      told once you have said what it is about", "dim")]
    idle = []
    for entry in detail.breakdown:
        why, value = words.line(entry.why), words.line(entry.value)
        if entry.factor != "rule" and entry.points == 0:
            idle.append(_FACTORS.get(entry.factor, entry.factor))
            continue
        points = "   ·" if entry.factor == "rule" else f"{entry.points:>4}"
        # The value leads where the reason does not say it anyway: "segment: more than 100 people".
        said = not value or value.casefold() in why.casefold()
        pieces: list[Piece] = [(why, "text")] if said else [(f"{value}: ", "text"), (why, "dim")]
        yield from wrap(pieces, width, "      ", first=f"{points}  ")
    if idle:
        yield from wrap([(" · ".join(idle), "faint")], width, "      ", first="   0  ")
    yield []


_FACTORS = {
    "CR": "criticality", "RE": "reach", "JO": "journey", "TO": "time", "CM": "commitment", "WI": "window",
}  # fmt: skip


def _brief(detail: Detail, width: int) -> Iterator[Line]:
    for part in words.block(detail.brief).split("\n"):
        if part.strip():
            yield from wrap([(part, "text")], width)
    if detail.who:
        names = " · ".join(words.line(contact.name) for contact in detail.who[:4])
        yield from wrap([("tell  ", "faint"), (names, "text"), ("  h shows how", "faint")], width, "      ")
    for text in detail.agent_may:
        yield from wrap([("you may  ", "faint"), (words.line(text), "text")], width, "      ")
    if detail.workaround:
        yield from wrap([("helps  ", "faint"), (words.line(detail.workaround), "text")], width, "      ")
    for text in detail.promises:
        yield from wrap([("promised  ", "faint"), (words.line(text), "text")], width, "      ")
    yield []


def _similar(similar: Sequence[Settled], width: int, now: datetime) -> Iterator[Line]:
    yield [("Settled like it", "accent")]
    seconds = int(now.timestamp())
    for settled in similar:
        row = settled.row
        ago = f"{words.span(seconds - row.resolved_at)} ago" if row.resolved_at else row.status
        who = f" by {words.line(row.assignee)}" if row.assignee else ""
        about = f"  {words.line(row.service)}" if row.service else ""
        title: Line = [(words.line(row.subject), "text"), (f"  {ago}{who}{about}", "dim")]
        yield from wrap(title, width, "      ", first=f"{row.id:>4}  ")
        if settled.note:
            yield from wrap([("→ ", "faint"), (words.line(settled.note), "dim")], width, "        ", first="      ")
    yield []


def _history(detail: Detail, width: int, zone: tzinfo, now: datetime) -> Iterator[Line]:
    if detail.notes or detail.history:
        yield [("What was done", "accent")]
    for note in detail.notes:
        at = datetime.fromtimestamp(int(note.get("at", 0)), UTC)
        head = f"{words.clock_time(at, zone, now)} {words.line(str(note.get('who', '')))}  "
        yield from wrap([(head, "faint"), (words.line(str(note.get("text", ""))), "text")], width, "      ")
    for entry in list(detail.history)[-12:][::-1]:
        head = f"{words.clock_time(entry.at, zone, now)} {words.line(entry.who)}  "
        change = f"{words.line(entry.what)}: {words.line(entry.before) or '–'} → {words.line(entry.after) or '–'}"
        yield from wrap([(head, "faint"), (change, "dim")], width, "      ")
