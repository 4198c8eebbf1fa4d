"""What the screens of one application share: the desk, the lanes, names, keys, ink and remembered state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from triage.desk.queue import Header, Names
from triage.ui import words
from triage.ui.commands import Keymap
from triage.ui.ink import INKS, Ink
from triage.ui.lanes import Lanes
from triage.ui.state import State

if TYPE_CHECKING:
    from concurrent.futures import Future

    from triage.desk.alarm import Heard
    from triage.desk.keeper import Keeper
    from triage.desk.office import Desk
    from triage.ui.start import First


@dataclass(eq=False, repr=False)
class Session:
    """One person at one desk. Handlers of messages change it, threads never do."""

    desk: Desk
    lanes: Lanes
    state: State
    keys: Keymap
    first: Future[First] | None = None
    names: Names = field(default_factory=Names)
    header: Header | None = None
    swarms: Mapping[int, int] = field(default_factory=dict)
    ink: Ink = INKS["dark"]
    seen: int | None = None
    heard: Heard | None = None
    """Of which P1 the bell has no need to ring; None until the first look."""
    wanted_filter: str | None = None
    last_marks: frozenset[int] = frozenset()
    links: Mapping[str, object] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    keeper: Keeper | None = None
    """Made with the first tick; the application closes it."""
    helped: bool = False
    """Whether a second process is started after the first paint (`Desk.helper`)."""
    files: bool = True
    """Whether this person may name files of the machine that triage runs on; not in a browser behind a proxy."""

    def now(self) -> datetime:
        """The desk's time."""
        return self.desk.now()

    def seconds(self) -> int:
        """The desk's time in seconds since 1970."""
        return int(self.desk.now().timestamp())

    @property
    def zone(self) -> tzinfo:
        """The zone in which times are shown: the catalog's."""
        return words.zone(self.names.timezone)
