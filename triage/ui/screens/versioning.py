"""The versions of the catalog, and the way back from what one did to it. The rules are the desk's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.ui import versions_sheet
from triage.ui.lanes import ACT, SCAN
from triage.ui.screens.base import ModeScreen

if TYPE_CHECKING:
    from triage.catalog.plan import Plan
    from triage.desk.catalog import CatalogVersion
    from triage.ui.widgets.cells import Sheet

VERSIONS = ":versions"


class Versioning(ModeScreen, part=True):
    """Versions beside the tree. The mode gives `wanted`, `show_page` and `paint_page`."""

    wanted = ""
    versions: list[CatalogVersion] | None = None
    version: tuple[CatalogVersion, Plan] | None = None

    def show_page(self, what: str) -> None:
        """Show a page beside the tree, and go there."""
        raise NotImplementedError

    def paint_page(self, *, top: bool = False) -> None:
        """Paint what is shown beside the tree."""
        raise NotImplementedError

    def action_versions(self) -> None:
        """All versions of the catalog."""
        self.show_page(VERSIONS)

    def shows_versions(self, what: str) -> bool:
        """Whether a page is one of these; it is read then."""
        table, _, ident = what.partition(":")
        if what == VERSIONS:
            self._read_versions()
        elif table == versions_sheet.VERSION:
            self._read_version(int(ident))
        return what == VERSIONS or table == versions_sheet.VERSION

    def version_page(self, width: int) -> Sheet | None:
        """The page that is wanted, where it is one of these and was read."""
        zone = self.session.zone
        if self.wanted == VERSIONS:
            return versions_sheet.versions(self.versions, width, zone)
        if self.version is not None and self.wanted == f"{versions_sheet.VERSION}:{self.version[0].version}":
            return versions_sheet.changes(*self.version, width, zone)
        return None

    def _read_versions(self) -> None:
        desk = self.session.desk

        def job() -> list[CatalogVersion]:
            from triage.desk.catalog import versions

            return versions(desk)

        def then(found: list[CatalogVersion]) -> None:
            self.versions = found
            self.paint_page()

        self.work("versions", SCAN, job, then)

    def _read_version(self, number: int) -> None:
        desk = self.session.desk

        def job() -> tuple[CatalogVersion, Plan]:
            from triage.desk.catalog import version_view

            return version_view(desk, number)

        def then(found: tuple[CatalogVersion, Plan]) -> None:
            self.version = found
            self.paint_page(top=True)

        self.work("version", SCAN, job, then)

    def action_undo(self) -> None:
        """Take back what one did to the catalog last."""
        desk = self.session.desk

        def job() -> str:
            from triage.desk.take_back import take_back

            return take_back(desk)

        def then(message: str) -> None:
            self.say(message)
            self.changed()

        self.work_always("undo", ACT, job, then)
