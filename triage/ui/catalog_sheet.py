"""The catalog as lines of cells: the tree, an entry, the findings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from triage.text import fold
from triage.ui import words
from triage.ui.ticket_lines import wrap
from triage.ui.widgets.cells import Bit, Sheet

if TYPE_CHECKING:
    from triage.desk.browse import EntryView, Fact, Node, Outline
    from triage.desk.proposals import Numbered

LABEL = 22


def tree(outline: Outline, opened: set[str], text: str, width: int) -> Sheet:
    """The outline with its open branches; while something is searched, every branch that holds a hit."""
    sheet = Sheet()
    wanted = fold(text).strip()
    for node in outline.nodes:
        for shown, is_open in _walk(node, opened, wanted):
            sheet.lines.append([_node(shown, is_open, width)])
    if not sheet.lines:
        sheet.lines = [[], [Bit("  nothing is called that" if wanted else "  there is no catalog yet", "faint")]]
    return sheet


def _walk(node: Node, opened: set[str], wanted: str) -> Iterator[tuple[Node, bool]]:
    if wanted:
        inside = [pair for child in node.children for pair in _walk(child, opened, wanted)]
        if inside or wanted in fold(node.name):
            yield node, bool(inside)
            yield from inside
        return
    is_open = node.key in opened
    yield node, is_open
    if is_open:
        for child in node.children:
            yield from _walk(child, opened, wanted)


def _node(node: Node, is_open: bool, width: int) -> Bit:
    sign = ("▾ " if is_open else "▸ ") if node.children else "  "
    right = f"{words.number(node.tickets)} " if node.tickets else ""
    right = f"{right}{node.sign}"
    left = " " + "  " * node.depth + sign + words.line(node.name)
    room = max(width - words_len(right) - 1, 8)
    role = "accent" if node.depth == 0 else "warning" if "!" in node.sign else "text"
    return Bit(f"{words.fit(left, room)}{right} ", role, 0, node.key)


def words_len(text: str) -> int:
    """The cells of a text."""
    from rich.cells import cell_len

    return cell_len(text)


def branches(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every line that has lines below it."""
    for node in nodes:
        if node.children:
            yield node
            yield from branches(node.children)


def entry(view: EntryView, width: int) -> Sheet:
    """An entry: what it is, what it names, what names it, what should be settled."""
    sheet = Sheet()
    add = sheet.lines.append
    add([Bit(words.line(view.name), "strong")])
    if view.state:
        sheet.lines.extend(_text(words.line(view.state), width, "dim"))
    if view.tickets:
        what = "service" if view.table == "services" else "touchpoint"
        add([Bit(f" {words.plural(view.tickets, 'open ticket')} ", "warning", 0, f"queue {what}:{view.id}")])
    for problem in view.problems:
        sheet.lines.extend(_text(f"! {words.line(problem)}", width, "warning"))
    add([])
    for fact in view.facts:
        _fact(sheet, fact, width)
    if view.back:
        add([])
        for fact in view.back:
            _fact(sheet, fact, width)
    return sheet


def _text(text: str, width: int, role: str, indent: str = "") -> Iterator[list[Bit]]:
    for line in wrap([(text, role)], width, indent):
        yield [Bit(piece, kind) for piece, kind in line]


def _fact(sheet: Sheet, fact: Fact, width: int) -> None:
    label = words.fit(fact.label, LABEL - 1) + " "
    if not fact.links:
        wrapped = list(wrap([(words.block(fact.text).replace("\n", " "), "text")], width, " " * LABEL, first=label))
        for number, pieces in enumerate(wrapped):
            bits = [Bit(piece, role) for piece, role in pieces]
            if number == 0:
                bits[0] = Bit(bits[0].text, "dim")
            sheet.lines.append(bits)
        return
    line: list[Bit] = [Bit(label, "dim")]
    used = LABEL
    for target, name in fact.links:
        text = f" {words.fit(words.line(name), min(words_len(words.line(name)), max(width - LABEL - 3, 8)))} "
        if used + words_len(text) > width and len(line) > 1:
            sheet.lines.append(line)
            line, used = [Bit(" " * LABEL)], LABEL
        line.append(Bit(text, "accent", 0, target))
        used += words_len(text)
    sheet.lines.append(line)


PROPOSAL = "proposal "
"""What a proposal's line opens begins with this; its key follows."""


def proposals(found: Sequence[Numbered] | None, width: int) -> Sheet:
    """What corrections propose, each with the tickets that it would have made better and worse."""
    sheet = Sheet()
    add = sheet.lines.append
    add([Bit("What corrections propose", "accent")])
    add([])
    if found is None:
        add([Bit("trying each on the decided tickets …", "faint")])
    elif not found:
        add([Bit("Nothing: the names of the catalog say what people say.")])
    for each in found or ():
        one = each.proposal
        as_what = "also called" if one.change == "alias" else "not meant by"
        add([Bit(f" {words.line(one.phrase)} ", "strong", 0, PROPOSAL + each.key),
             Bit(f"   {as_what} ", "dim"), Bit(f"{one.kind}:{words.line(one.target)}", "text")])  # fmt: skip
        sheet.lines.extend(_text(f"seen in {words.plural(one.seen, 'decided ticket')}", width, "dim", "   "))
        sheet.lines.extend(_text(f"makes better {_tickets(one.better)}", width, "text", "   "))
        role = "warning" if one.worse else "dim"
        sheet.lines.extend(_text(f"makes worse {_tickets(one.worse)}", width, role, "   "))
        add([])
    if found:
        sheet.lines.extend(_text("a puts the one under the cursor into the catalog, x turns it down", width, "faint"))
    return sheet


def _tickets(numbers: Sequence[int], most: int = 8) -> str:
    if not numbers:
        return "none"
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return f"{len(numbers)}: {', '.join(str(number) for number in numbers[:most])}{more}"


def findings(outline: Outline, width: int, everything: bool = False) -> Sheet:
    """What should be settled: the five that touch most open tickets first, and how many more."""
    sheet = Sheet()
    add = sheet.lines.append
    add([Bit("What should be settled", "accent"), Bit(f"   version {outline.version}", "dim")])
    add([])
    if not outline.findings:
        add([Bit("Nothing." if outline.version else "There is no catalog yet.")])
    shown = outline.findings if everything else outline.first
    for finding in shown:
        tickets = f"   {words.plural(finding.tickets, 'open ticket')}" if finding.tickets else ""
        known = finding.table in ("services", "touchpoints", "people")
        add([Bit(f" {words.line(finding.name)} ", "strong", 0, f"{finding.table}:{finding.id}" if known else ""),
             Bit(tickets, "warning")])  # fmt: skip
        sheet.lines.extend(_text(words.line(finding.what), width, "text", "   "))
        sheet.lines.extend(_text(words.line(finding.hint), width, "dim", "   "))
        add([])
    more = len(outline.findings) - len(shown)
    if more:
        add([Bit(f" {words.plural(more, 'more finding')} ", "dim", 0, "more")])
    return sheet
