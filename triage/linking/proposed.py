"""What a reading proposes. Apart from the linker, so that showing a ticket needs none of what reading one does."""

from __future__ import annotations

from triage.tickets.models import Reading


def decide(reading: Reading) -> tuple[str | None, str | None]:
    """The service and the touchpoint that a reading proposes; None where nothing fits better."""
    service = reading.services[0] if reading.services else None
    touchpoint = reading.touchpoints[0] if reading.touchpoints else None
    return (
        service.target if service and service.probability > reading.none_service else None,
        touchpoint.target if touchpoint and touchpoint.probability > reading.none_touchpoint else None,
    )
