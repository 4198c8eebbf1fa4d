"""Every act of the desk: from a key to a function of `triage.desk`, on one ticket or on all that are marked."""

from __future__ import annotations

from triage.ui.screens.beginning import Beginning
from triage.ui.screens.correcting import Correcting
from triage.ui.screens.handing_on import HandingOn
from triage.ui.screens.working import Working


class DeskActs(Correcting, Working, HandingOn, Beginning, part=True):
    """The acts. A mode that has tickets gives `targets`, `detail`, `acted`, `go_on` and `picked_digit`."""
