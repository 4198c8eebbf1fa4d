"""The parts of a ticket's page: their names and letters, folding them away, which one stands where."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from triage.ui import words
from triage.ui.ticket_lines import Line, Page

PARTS: dict[str, tuple[str, str]] = {
    "text": ("t", "What it says"),
    "links": ("i", "Is it about?"),
    "score": ("w", "Why this score"),
    "brief": ("b", "The brief"),
    "similar": ("s", "Settled like it"),
    "history": ("h", "What was done"),
}
"""The parts that can be gone to and folded: their letter and their name."""
TITLED = ("links", "score", "similar", "history")
"""Parts whose first line is a title: a click on it folds them."""


def present(page: Page) -> list[str]:
    """The parts that the page has lines of, in their order."""
    return [name for name in PARTS if name in page.parts and _size(page, name)]


def _size(page: Page, name: str) -> int:
    start = page.parts[name]
    later = [at for at in page.parts.values() if at > start]
    return (min(later) if later else len(page.lines)) - start


def fold(page: Page, folded: Collection[str]) -> Page:
    """The page with these parts as one line each, which tells how many there are; the places follow."""
    if not any(name in folded and name in PARTS for name in page.parts):
        return page
    result = Page(page.ticket, candidates=page.candidates)
    starts = sorted(page.parts.items(), key=lambda item: (item[1], list(page.parts).index(item[0])))
    for number, (name, start) in enumerate(starts):
        end = starts[number + 1][1] if number + 1 < len(starts) else len(page.lines)
        part = page.lines[start:end]
        result.parts[name] = len(result.lines)
        if name in folded and name in PARTS and part:
            result.lines.append(_closed(name, part))
            if number + 1 < len(starts) and starts[number + 1][0] not in folded:
                result.lines.append([])
            continue
        for place, spot in page.spots.items():
            if start <= place < end:
                result.spots[place - start + len(result.lines)] = spot
        result.lines.extend(part)
    return result


def _closed(name: str, part: list[Line]) -> Line:
    count = sum(1 for line in part if line)
    title = part[0][0][0].strip() if name in TITLED and part[0] else PARTS[name][1]
    if name in TITLED:
        count -= 1
    return [("▸ ", "faint"), (title, "accent"), (f"  {words.plural(max(count, 0), 'line')}", "faint")]


def part_at(page: Page, line: int) -> str | None:
    """The part in which a line stands."""
    found = None
    for name in present(page):
        if page.parts[name] <= line:
            found = name
    return found


def beside(page: Page, part: str | None, step: int) -> str | None:
    """The part after or before one; the first or the last where none is named."""
    names = present(page)
    if not names:
        return None
    if part not in names:
        return names[0] if step > 0 else names[-1]
    return names[max(min(names.index(part) + step, len(names) - 1), 0)]


def read_folded(text: str) -> set[str]:
    """The parts that a remembered line names; what is no part is dropped."""
    return {name for name in text.split(",") if name in PARTS}


def written(folded: Iterable[str]) -> str:
    """The folded parts as they are remembered."""
    return ",".join(name for name in PARTS if name in set(folded))
