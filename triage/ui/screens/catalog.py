"""The catalog: a tree, an entry with everything that refers to it, and what should be settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from triage.ui import catalog_sheet, commands, words
from triage.ui.lanes import ACT, SCAN
from triage.ui.room import NARROW
from triage.ui.screens.versioning import Versioning
from triage.ui.session import Session
from triage.ui.widgets.cells import Bit, CellLines, Sheet

if TYPE_CHECKING:
    from triage.desk.browse import EntryView, Outline
    from triage.desk.proposals import Numbered

HEALTH = ":health"
PROPOSALS = ":proposals"


class CatalogScreen(Versioning):
    """Tree on the left, entry on the right; what an entry names can be gone to."""

    PLACE = commands.CATALOG
    CSS_PATH: ClassVar[str] = "catalog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = commands.bindings(commands.CATALOG)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.outline: Outline | None = None
        self.opened = {":services", ":services-Customer-facing", ":services-Internal", ":journeys"}
        self.searched = ""
        self.entry: EntryView | None = None
        self.wanted = ""
        self.came_from: list[str] = []
        self.every_finding = False
        self.proposals: list[Numbered] | None = None

    def body(self) -> ComposeResult:
        """A line to search, the tree and the entry."""
        with Horizontal(id="line"):
            yield Static(" / ", id="slash", markup=False)
            yield Input(placeholder="a name", id="find", max_length=200)
        with Horizontal(id="catalog"):
            yield CellLines(self.session.ink, id="tree")
            yield CellLines(self.session.ink, id="entry")

    @property
    def branches(self) -> CellLines:
        """The tree."""
        return self.query_one("#tree", CellLines)

    @property
    def side(self) -> CellLines:
        """The entry."""
        return self.query_one("#entry", CellLines)

    def on_mount(self) -> None:
        """Read the outline."""
        self.branches.show(Sheet([[], [Bit(" reading …", "faint")]]))
        self.branches.focus()
        self.changed()

    def look_again(self) -> None:
        """Read it again when it comes to the front."""
        super().look_again()
        self.changed()

    def changed(self) -> None:
        """Read the outline and the entry that is shown."""
        desk = self.session.desk

        def job() -> Outline:
            from triage.desk.browse import outline

            return outline(desk)

        self.work("outline", ACT, job, self._read)

    def _read(self, outline: Outline) -> None:
        first = self.outline is None
        self.outline = outline
        self._paint_tree()
        self.paint_bars()
        if first:
            self.action_health()
        else:
            self._show(self.wanted or HEALTH)

    def failed(self, name: str, error: BaseException) -> None:
        """An error is never an empty catalog."""
        if name == "outline" and self.outline is None:
            self.branches.show(Sheet([[Bit("The catalog could not be read.", "error")], [Bit(words.line(str(error)))]]))
        else:
            super().failed(name, error)

    def counts(self) -> list[tuple[str, str]]:
        """Version, how many entries, how many findings."""
        if self.outline is None:
            return list(super().counts())
        found = self.outline
        findings = len(found.findings)
        return [
            (f"version {found.version}", "text"),
            (words.plural(found.services, "service"), "dim"),
            (words.plural(found.touchpoints, "touchpoint"), "dim"),
            (words.plural(findings, "finding"), "warning" if findings else "dim"),
        ]

    def _paint_tree(self) -> None:
        if self.outline is not None:
            width = max(self.branches.scrollable_content_region.width - 1, 20)
            self.branches.show(catalog_sheet.tree(self.outline, self.opened, self.searched, width))

    def _paint_entry(self, top: bool = False) -> None:
        width = max(self.side.scrollable_content_region.width - 2, 30)
        if self.wanted == HEALTH and self.outline is not None:
            self.side.show(catalog_sheet.findings(self.outline, width, self.every_finding), top=top)
        elif self.wanted == PROPOSALS:
            self.side.show(catalog_sheet.proposals(self.proposals, width), top=top)
        elif (page := self.version_page(width)) is not None:
            self.side.show(page, top=top)
        elif self.entry is not None:
            self.side.show(catalog_sheet.entry(self.entry, width), top=top)

    @on(CellLines.Resized)
    def _resized_lines(self) -> None:
        self._paint_tree()
        self._paint_entry()

    def themed(self) -> None:
        """Paint in the new ink."""
        super().themed()
        self.branches.ink = self.side.ink = self.session.ink
        self.branches.refresh()
        self.side.refresh()

    # Going about -------------------------------------------------------------------------------------

    def _show(self, what: str) -> None:
        """Show an entry (table:id) or the findings."""
        fresh = what != self.wanted
        self.wanted = what
        table, _, ident = what.partition(":")
        if what in (HEALTH, PROPOSALS) or self.outline is None:
            self._paint_entry(top=fresh)
            if what == PROPOSALS:
                self._read_proposals()
            return
        if self.shows_versions(what):
            self._paint_entry(top=fresh)
            return
        desk, findings = self.session.desk, self.outline.findings

        def job() -> EntryView | None:
            from triage.desk.browse import entry_view

            return entry_view(desk, table, ident, findings)

        def then(view: EntryView | None) -> None:
            if view is not None:
                self.entry = view
                self._paint_entry(top=fresh)

        self.work("entry", ACT, job, then)

    @on(CellLines.Moved, "#tree")
    def _moved(self, message: CellLines.Moved) -> None:
        message.stop()
        if message.what and not message.what.startswith(":"):
            self._show(message.what)

    @property
    def _here(self) -> CellLines:
        return self.side if self.focused is self.side else self.branches

    def action_move(self, steps: str) -> None:
        """The next line."""
        self._here.move(int(steps))

    def action_move_page(self, steps: str) -> None:
        """Ten lines."""
        self._here.move(int(steps) * 10)

    def action_move_end(self, way: str) -> None:
        """The first or the last."""
        self._here.to_end(int(way))

    def action_sideways(self, steps: str) -> None:
        """Open or close a branch in the tree; the cell beside in the entry."""
        if self._here is self.side:
            if not self.side.sideways(int(steps)) and int(steps) < 0:
                self.branches.focus()
            return
        key = self.branches.opens
        has = self.outline is not None and any(node.key == key for node in catalog_sheet.branches(self.outline.nodes))
        if has and (key in self.opened) != (int(steps) > 0):
            self.opened ^= {key}
            self._paint_tree()
        elif int(steps) > 0:
            self._go_side()

    def action_open(self) -> None:
        """Open or close the branch, or go to what is named."""
        if self._here is self.side:
            self._go_to(self.side.opens)
            return
        key = self.branches.opens
        if self.outline is not None and any(node.key == key for node in catalog_sheet.branches(self.outline.nodes)):
            self.opened ^= {key}
            self._paint_tree()
        elif key:
            self._go_side()

    @on(CellLines.Opened)
    def _opened(self, message: CellLines.Opened) -> None:
        message.stop()
        self.action_open()

    def _go_to(self, what: str) -> None:
        if what == "more":
            self.every_finding = True
            self._paint_entry()
        elif what.startswith(catalog_sheet.PROPOSAL):
            self.say("a puts it into the catalog, x turns it down")
        elif what.startswith("queue "):
            self.session.wanted_filter = what.removeprefix("queue ")
            self.action_mode(commands.DESK)
        elif what:
            self.came_from.append(self.wanted)
            self._show(what)

    def _go_side(self) -> None:
        self.set_class(True, "-side")
        self.call_after_refresh(self.side.focus)

    def action_page(self) -> None:
        """The other half."""
        if self.focused is self.side:
            self.set_class(False, "-side")
            self.call_after_refresh(self.branches.focus)
        else:
            self._go_side()

    def show_page(self, what: str) -> None:
        """Show a page beside the tree, and go there."""
        self._show(what)
        self._go_side()

    def paint_page(self, *, top: bool = False) -> None:
        """Paint what is shown beside the tree."""
        self._paint_entry(top)

    def action_health(self) -> None:
        """What should be settled."""
        self._show(HEALTH)

    def action_proposals(self) -> None:
        """What corrections propose."""
        self.show_page(PROPOSALS)

    def _read_proposals(self) -> None:
        desk = self.session.desk

        def job() -> list[Numbered]:
            from triage.desk.proposals import proposals

            return proposals(desk)

        def then(found: list[Numbered]) -> None:
            self.proposals = found
            if self.wanted == PROPOSALS:
                self._paint_entry()

        self.work("proposals", SCAN, job, then)

    def action_accept(self) -> None:
        """Put the proposal under the cursor into the catalog."""
        desk = self.session.desk

        def job(key: str) -> str:
            from triage.desk.proposals import accept

            return f"version {accept(desk, [key])} of the catalog is in force"

        self._settle(job)

    def action_turn_down(self) -> None:
        """Turn the proposal under the cursor down."""
        desk = self.session.desk

        def job(key: str) -> str:
            from triage.desk.proposals import reject

            reject(desk, [key])
            return "turned down; it is not proposed again"

        self._settle(job)

    def _settle(self, job: Callable[[str], str]) -> None:
        what = self.side.opens if self.wanted == PROPOSALS else ""
        if not what.startswith(catalog_sheet.PROPOSAL):
            self.say("no proposal stands here; p shows what there is", "warning")
            return
        key = what.removeprefix(catalog_sheet.PROPOSAL)

        def then(message: str) -> None:
            self.say(message)
            self.proposals = [each for each in self.proposals or () if each.key != key]
            self.changed()

        self.work_always("settle", ACT, lambda: job(key), then)

    def action_tickets(self) -> None:
        """The queue filtered to the entry."""
        table, _, ident = self.wanted.partition(":")
        if table in ("services", "touchpoints"):
            self._go_to(f"queue {'service' if table == 'services' else 'touchpoint'}:{ident}")
        else:
            self.say("only services and touchpoints have tickets of their own", "warning")

    def action_filter(self) -> None:
        """Search by name."""
        self.set_class(False, "-side")
        self.set_focus(self.query_one("#find", Input))

    def key(self, event: events.Key) -> bool:
        """Leave the line of the search before the next key is looked at."""
        line = self.query_one("#find", Input)
        if self.focused is not line or event.key != "enter":
            return super().key(event)
        self._search_for(line.value)
        self.set_focus(self.branches)
        self.branches.move(0)
        return True

    @on(Input.Changed, "#find")
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self._search_for(self.query_one("#find", Input).value)  # the message may be older than what stands there

    def _search_for(self, text: str) -> None:
        if text != self.searched:
            self.searched = text
            self._paint_tree()

    def action_back(self) -> None:
        """Out of the search, back to where one came from, out of the entry, then to the desk."""
        line = self.query_one("#find", Input)
        if self.searched or self.focused is line:
            line.value = ""
            self._search_for("")
            self.set_focus(self.branches)
        elif self.came_from:
            self._show(self.came_from.pop())
        elif self.focused is self.side:
            self.set_class(False, "-side")
            self.call_after_refresh(self.branches.focus)
        else:
            self.action_mode(commands.DESK)
