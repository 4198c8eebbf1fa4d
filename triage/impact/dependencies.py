"""What a service takes over from those that cannot work without it, for the whole catalog at once.

Criticality comes from `CatalogIndex.inheritance`; here are the windows and the touchpoints. Each flows
down the dependencies once, iteratively, in time linear in the dependencies.
Retired and proposed services pass nothing on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import cached_property

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Window


class Flow:
    """The inherited windows and touchpoints of every service of one catalog."""

    def __init__(self, index: CatalogIndex) -> None:
        self.index = index

    @cached_property
    def moments(self) -> dict[str, str]:
        """Service to the nearest moment of truth that needs one of its dependants."""
        return self._nearest(ident for ident, entry in self.index.touchpoints.items() if entry.moment_of_truth)

    @cached_property
    def touchpoints(self) -> dict[str, str]:
        """Service to the nearest touchpoint of any kind that needs one of its dependants."""
        return self._nearest(self.index.touchpoints)

    @cached_property
    def service_windows(self) -> dict[str, list[Window]]:
        """Service to the windows on its dependants."""
        return self._windows((window, window.services) for window in self.index.catalog.windows)

    @cached_property
    def touchpoint_windows(self) -> dict[str, list[Window]]:
        """Service to the windows on touchpoints that need its dependants."""
        touchpoints = self.index.touchpoints
        return self._windows(
            (
                window,
                [
                    service
                    for ident in window.touchpoints
                    if ident in touchpoints
                    for service in touchpoints[ident].services
                ],
            )
            for window in self.index.catalog.windows
        )

    def _sources(self, services: Iterable[str]) -> list[str]:
        known = self.index.services
        return [ident for ident in services if ident in known and known[ident].lifecycle in ("active", "retiring")]

    def _below(self, service: str) -> list[str]:
        return [ident for ident in self.index.services[service].depends_on if ident in self.index.services]

    def _pour(self, sources: list[str], value: str, found: dict[str, str]) -> None:
        """Give `value` to everything below the sources that has none yet."""
        queue = deque(needed for source in sources for needed in self._below(source))
        while queue:
            ident = queue.popleft()
            if ident not in found:
                found[ident] = value
                queue.extend(self._below(ident))

    def _nearest(self, touchpoints: Iterable[str]) -> dict[str, str]:
        """Breadth first from all services of the touchpoints at once, so that the nearest one arrives first."""
        own: dict[str, str] = {}
        for ident in touchpoints:
            for service in self._sources(self.index.touchpoints[ident].services):
                own.setdefault(service, ident)
        found: dict[str, str] = {}
        queue = deque(own.items())
        while queue:
            service, touchpoint = queue.popleft()
            for needed in self._below(service):
                if needed not in found:
                    found[needed] = touchpoint
                    if needed not in own:  # one that has its own has already passed that on, from nearer
                        queue.append((needed, touchpoint))
        return found

    def _windows(self, places: Iterable[tuple[Window, list[str]]]) -> dict[str, list[Window]]:
        result: dict[str, list[Window]] = {}
        for window, services in places:
            found: dict[str, str] = {}
            self._pour(self._sources(services), window.id, found)
            for ident in found:
                result.setdefault(ident, []).append(window)
        return result
