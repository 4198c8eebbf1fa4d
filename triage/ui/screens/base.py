"""What every mode is: a screen with a line of modes, a line of keys, work in lanes, and the common commands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from triage.desk import queue
from triage.errors import TriageError
from triage.ui import bar_pieces, commands, words
from triage.ui.ink import NAMES as THEME_NAMES
from triage.ui.lanes import KEEP, LOOK, SCAN
from triage.ui.room import SMALLEST
from triage.ui.session import Session
from triage.ui.tidy import tidy
from triage.ui.widgets.bars import LineWidget

if TYPE_CHECKING:
    from triage.desk.pulse import Pulse
    from triage.ui.screens.dialogues import Dialogue

T = TypeVar("T")
POLL = 1.0
AGAIN = 8.0
"""Seconds in which the same sentence is not said twice."""
TICK = 30.0
CALM = 0.5
"""Seconds without a key from which the work of every half minute begins; it waits a quarter of one at most."""
TIDY = 0.5
"""Seconds after a dialogue or a search in which no other was closed: then what is left of it is taken away."""


class ModeScreen(Screen[None], inherit_bindings=False):
    """One of the three modes. Database work runs in `work`, which comes back as a message."""

    PLACE: ClassVar[str] = ""
    AUTO_FOCUS = ""
    BLANK = True  # its widgets cover it
    DEFAULT_CSS = """
    ModeScreen { background: $background; }
    ModeScreen #tiny { display: none; width: 100%; height: 100%; content-align: center middle; color: $warning; }
    ModeScreen.-tiny > * { display: none; }
    ModeScreen.-tiny > #tiny { display: block; }
    """

    class Done(Message):
        """A piece of work came to its end: `then` takes the result, or the error is told."""

        def __init__(
            self, name: str, turn: int, result: Any, error: BaseException | None, then: Callable[[Any], None]
        ) -> None:
            super().__init__()
            self.name, self.turn, self.result, self.error, self.then = name, turn, result, error, then

    def __init_subclass__(cls, part: bool = False, **given: Any) -> None:
        """A class that is only `part` of a screen needs nothing of what Textual works out for a screen.

        There are a dozen of them, and that was a third of what importing the desk took.
        """
        if part:
            cls._inherit_css = cls._inherit_bindings = True
        else:
            super().__init_subclass__(**given)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._turns: dict[str, int] = {}
        self._acts = 0
        self._said_at: dict[str, float] = {}
        self._poll_error = ""
        self._expected = ""
        self._held_back = self._was_shown = False
        self._tidy_timer: Timer | None = None

    # Painting --------------------------------------------------------------------------------------

    def _compositor_refresh(self) -> None:
        """Paint; what comes while the application holds paints back waits for their end, in place of being painted and
        thrown away as Textual does: at the start that was a whole screen."""
        if self.app._batch_count:
            self._held_back = True
        else:
            self._held_back = False
            super()._compositor_refresh()

    def paint_held_back(self) -> None:
        """Paint now what waited."""
        if self._held_back:
            self._compositor_refresh()

    # Keys ------------------------------------------------------------------------------------------

    @property
    def takes_keys(self) -> bool:
        """Whether a key would mean now what the person means by it: not while its dialogue is on its way."""
        return not self._expected

    def key(self, event: events.Key) -> bool:
        """Carry out a key before the bindings; False where it is theirs."""
        return False

    def ask(self, dialogue: Dialogue, then: Callable[[str | None], None]) -> None:
        """Open a dialogue; `then` hears its answer, None where the person left."""
        dialogue.then = then
        self.app.push_screen(dialogue)

    # Work ------------------------------------------------------------------------------------------

    def work(
        self, name: str, lane: str, job: Callable[[], T], then: Callable[[T], None], *, holds: bool = False
    ) -> None:
        """Run `job` in a lane; what comes later under the same name supersedes it.

        With `holds` keys wait for what comes of it: a dialogue, or another place to stand.
        """
        if holds:
            self._expected = name
        turn = self._turns[name] = self._turns.get(name, 0) + 1
        carry = partial(self._carry, name, turn, lane, job, then)
        # A callable, not a coroutine: one that is superseded before its turn is then never made.
        self.run_worker(carry, name=name, group=name, exclusive=True, exit_on_error=False)  # type: ignore[arg-type]

    def next_is_wanted(self, name: str) -> Callable[[], bool]:
        """Says, from any thread, whether what is given to `work` next under this name was not superseded yet."""
        turn = self._turns.get(name, 0) + 1
        return lambda: self._turns.get(name, 0) <= turn

    def supersede(self, name: str) -> None:
        """What is under way under this name comes too late."""
        self._turns[name] = self._turns.get(name, 0) + 1
        if self._expected == name:
            self._expected = ""

    def work_always(self, name: str, lane: str, job: Callable[[], T], then: Callable[[T], None]) -> None:
        """The same for what must not be superseded: acts, in the order in which they were asked for."""
        self._acts += 1
        group = f"{name}-{self._acts}"
        carry = partial(self._carry, group, 0, lane, job, then)
        self.run_worker(carry, name=name, group=group, exit_on_error=False)  # type: ignore[arg-type]

    async def _carry(self, name: str, turn: int, lane: str, job: Callable[[], T], then: Callable[[T], None]) -> None:
        result: Any = None
        error: BaseException | None = None
        try:
            result = await asyncio.wrap_future(self.session.lanes.submit(lane, job))
        except Exception as found:  # whatever it is, it becomes one line; nothing is an empty list
            error = found
        self.post_message(self.Done(name, turn, result, error, then))

    @on(Done)
    def _done(self, message: Done) -> None:
        message.stop()
        if message.turn and message.turn != self._turns.get(message.name):
            return
        if message.name == self._expected:
            self._expected = ""
        if message.error is None:
            message.then(message.result)
        elif message.name == "poll":
            # The poll comes every second: what it cannot read is told once, until it can again.
            if str(message.error) != self._poll_error:
                self._poll_error = str(message.error)
                self.failed("poll", message.error)
        else:
            self.failed(message.name, message.error)

    def failed(self, name: str, error: BaseException) -> None:
        """Tell of an error in one line."""
        if isinstance(error, TriageError):
            self.say(str(error), "error" if error.exit_code else "warning")
        else:
            self.say(f"unexpected {type(error).__name__}: {error}", "error")

    def say(self, text: str, severity: str = "information") -> None:
        """A line for the person, never read as markup."""
        safe = words.line(text)
        now = time.monotonic()
        if now - self._said_at.get(safe, -AGAIN) < AGAIN:
            return
        self._said_at = {safe: now, **{old: at for old, at in self._said_at.items() if now - at < AGAIN}}
        kind: Any = severity if severity in ("information", "warning", "error") else "information"
        self.notify(safe if len(safe) < 400 else safe[:399] + "…", severity=kind, markup=False, timeout=6)

    # What is always there ----------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The line of modes, the mode itself, the line of keys."""
        yield LineWidget(id="top")
        yield from self.body()
        yield LineWidget(id="keys")
        yield Static(f"triage needs {SMALLEST[0]} columns and {SMALLEST[1]} lines", id="tiny", markup=False)

    def body(self) -> ComposeResult:
        """The widgets of the mode."""
        yield from ()

    def on_mount(self) -> None:
        """Start to look what others change. Textual calls this beside the mode's own: no `super()` there."""
        self.set_interval(POLL, self._poll)
        self.set_interval(TICK, self._tick)
        self.paint_bars()

    @property
    def is_shown(self) -> bool:
        """Whether this is the mode in front, dialogues over it or not."""
        return bool(self.app.screen_stack) and self.app.screen_stack[0] is self

    def on_resize(self, event: events.Resize) -> None:
        """Say so where there is too little room."""
        self.set_class(event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1], "-tiny")
        self.call_after_refresh(self.paint_bars)

    @on(events.ScreenResume)
    def _resumed(self, event: events.ScreenResume) -> None:
        if not self._was_shown:  # each widget was given its style when it came, a moment ago
            self._was_shown = True
            event.refresh_styles = False
        elif not event.refresh_styles:
            # Back from a dialogue: what closes that paints this screen, and Textual would here a second time.
            event.prevent_default()
            self.stack_updates += 1
            self.app._refresh_notifications()
            self.tidy_soon()
        if self.is_mounted:
            self.look_again()

    def tidy_soon(self) -> None:
        """Something was closed that leaves much in memory: take it away when nothing else was opened for a moment."""
        if self._tidy_timer is not None:
            self._tidy_timer.stop()
        self._tidy_timer = self.set_timer(TIDY, tidy)

    def look_again(self) -> None:
        """The mode came to the front: take up what changed meanwhile."""
        self._poll()
        self.paint_bars()

    def _poll(self) -> None:
        if self.is_shown:
            desk, version, heard = self.session.desk, self.session.names.version, self.session.heard

            def job() -> Pulse:
                from triage.desk.pulse import pulse

                return pulse(desk, version, self.session.seen, heard)

            self.work("poll", LOOK, job, self._polled)

    def _polled(self, found: Pulse) -> None:
        session = self.session
        self._poll_error = ""
        changed = session.seen is not None and found.seen != session.seen
        session.seen, session.heard = found.seen, found.heard
        if found.header is not None:
            session.header, session.swarms = found.header, found.swarms
        if found.heard is not None and found.heard.rings:
            self.app.bell()
        if found.names is not None:
            session.names = found.names
        if session.header is not None:
            getattr(self.app, "title_terminal", lambda _text: None)(_title(session.header))
        if found.header is not None or found.names is not None:
            self.paint_bars()
        if changed or found.names is not None:
            self.changed()

    def _tick(self, waited: float = 0.0) -> None:
        if not self.is_shown:
            return
        if waited < TICK / 2 and time.monotonic() - getattr(self.app, "pressed_at", 0.0) < CALM:
            self.set_timer(CALM, partial(self._tick, waited + CALM))  # what follows would hold a key up
            return
        self.paint_bars()
        self.ticked()
        if not self.session.desk.read_only:
            session = self.session

            def job() -> int:
                from triage.desk.keeper import Keeper

                if session.keeper is None:
                    session.keeper = Keeper(session.desk)
                return session.keeper.keep_up()

            self.work("clock", KEEP, job, lambda _count: None)

    def may_name_files(self, instead: str) -> bool:
        """Whether this person may name files of the machine that triage runs on; says what to do `instead`."""
        if not self.session.files:
            self.say(f"files of the server are not reachable here; {instead}", "warning")
        return self.session.files

    def changed(self) -> None:
        """Somebody, perhaps this person, changed the database."""

    def ticked(self) -> None:
        """Half a minute went by."""

    def paint_bars(self) -> None:
        """Paint the lines at the top and at the bottom."""
        if not self.is_mounted:
            return
        top = self.query_one("#top", LineWidget)
        top.set_pieces(bar_pieces.top(self.session, self.PLACE, self.counts(), top.size.width))
        self.paint_keys()

    def paint_keys(self) -> None:
        """Paint the line at the bottom."""
        line = self.query_one("#keys", LineWidget)
        line.set_pieces(bar_pieces.keys(self.session.ink, self.footer_keys(), line.size.width, self.before_keys()))

    def footer_keys(self) -> list[tuple[str, str, commands.Command]]:
        """The keys that matter where one is now: key, word, command."""
        return commands.footer(self.PLACE, self.session.keys)

    def counts(self) -> Sequence[tuple[str, str]]:
        """The counts of the top line: (text, role)."""
        return bar_pieces.counts(self.session.header)

    def before_keys(self) -> str:
        """What stands in front of the keys."""
        return ""

    @on(LineWidget.Pressed)
    async def _pressed(self, message: LineWidget.Pressed) -> None:
        message.stop()
        await self.run_command(message.command)

    async def run_command(self, ident: str) -> None:
        """Carry out a command of the registry here."""
        command = commands.BY_ID[ident]
        await self.run_action(command.call.removeprefix("screen."))

    def palette_entries(self) -> list[tuple[str, str, Callable[[], Any]]]:
        """What the palette offers here beside the commands: title, explanation, what it does."""
        return []

    # The common commands -----------------------------------------------------------------------------

    def action_mode(self, mode: str) -> None:
        """Switch to a mode."""
        if mode != self.PLACE:
            self.session.state.mode = mode
            self.app.switch_mode(mode)

    def action_mode_step(self, step: str) -> None:
        """Switch to the mode beside this one."""
        place = commands.MODES.index(self.PLACE) + int(step)
        self.action_mode(commands.MODES[place % len(commands.MODES)])

    def action_theme(self) -> None:
        """The next theme."""
        if self.app.no_color:
            self.say("NO_COLOR is set: no theme has its colours; start without it to choose one", "warning")
            return
        here = self.app.theme.removeprefix("triage-")
        place = THEME_NAMES.index(here) if here in THEME_NAMES else 0
        name = THEME_NAMES[(place + 1) % len(THEME_NAMES)]
        self.session.state.theme = name
        self.app.theme = f"triage-{name}"

    def themed(self) -> None:
        """The ink changed."""
        self.paint_bars()

    def action_help(self) -> None:
        """Show every key."""
        from triage.ui.screens.help import Help

        self.app.push_screen(Help(self.PLACE, self.session.keys))

    def action_palette(self) -> None:
        """Open the palette of commands."""
        self.app.action_command_palette()

    def action_quit(self) -> None:
        """Leave."""
        self.app.exit(0)

    def action_reload(self) -> None:
        """Read everything again."""
        self.session.seen = None
        self._poll()
        self.changed()

    def action_back(self) -> None:
        """Nothing to back out of."""


def _title(header: queue.Header) -> str:
    """What stands in the terminal's title: how many P1, and how many nobody confirmed."""
    sure = f"{header.p1} P1" if header.p1 else ""
    unsure = f"{header.p1_unsure} P1?" if header.p1_unsure else ""
    return " · ".join(part for part in ("triage", sure, unsure) if part)


__all__ = ["LOOK", "SCAN", "ModeScreen", "queue"]
