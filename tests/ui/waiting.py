"""Waiting for an application as long as it works, and no longer.

Textual's own pilot sleeps 20 ms and looks whether the process was idle meanwhile, three times for each key; a storm
of a thousand keys slept through four fifths of its time. Here the loop itself is asked: nothing is ready to run, no
timer is about to, no worker is under way, all is painted.
"""

from __future__ import annotations

import asyncio
from time import monotonic, process_time
from typing import Any

import pytest
from textual._context import active_app

from triage.ui.screens.base import ModeScreen

SOON = 0.01
"""Seconds: a timer that is due earlier belongs to what is under way (a key that waits for its dialogue, a paint)."""
IDLE = 0.02
"""Seconds without a tick of the processor after which a worker that does not end is held to wait for something."""


async def idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait until the application of this context has done what it can do; in place of Textual's `wait_for_idle`."""
    loop: Any = asyncio.get_running_loop()
    app: Any = active_app.get(None)
    begun = still_since = monotonic()
    used = process_time()
    rounds = 0
    while (now := monotonic()) - begun < max_sleep:
        await asyncio.sleep(0)
        if loop._ready:
            still_since, used = now, process_time()
            continue
        if app is not None and app._screen_stack and _unpainted(app.screen):
            app.screen._on_timer_update()
            continue
        due = _next_timer(loop, app)
        if due < SOON:
            await asyncio.sleep(max(due, 0))
            continue
        if app is not None and _works(app):
            if now - still_since >= IDLE:
                if process_time() - used < IDLE / 5:
                    return
                still_since, used = now, process_time()
            await asyncio.sleep(0.001)
            continue
        rounds += 1
        if rounds > 1 and now - begun >= min_sleep:
            return
        await asyncio.sleep(0.0005)  # what other threads have handed over is looked at


def _works(app: Any) -> bool:
    """Whether one of the modes has work in a lane. What Textual's palette waits for is nobody's work."""
    return any(not worker.is_finished and isinstance(worker.node, ModeScreen) for worker in app.workers)


def _unpainted(screen: Any) -> bool:
    """Whether the screen waits for the sixtieth of a second after which it is painted."""
    return screen.is_running and screen._update_timer._active.is_set()


def _next_timer(loop: Any, app: Any) -> float:
    """Seconds until the next timer of the loop; that of a screen's paints counts where it has something to paint."""
    stacks = app._screen_stacks.values() if app is not None else ()
    tasks = [screen._update_timer._task for stack in stacks for screen in stack if screen.is_running]
    paints = [task._fut_waiter for task in tasks if task is not None and task._fut_waiter is not None]
    times = (
        handle._when
        for handle in loop._scheduled
        if not handle._cancelled and not (handle._args and any(handle._args[0] is paint for paint in paints))
    )
    return float(min(times, default=loop.time() + 1) - loop.time())


@pytest.fixture(autouse=True)
def _wait_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("app", "pilot"):
        monkeypatch.setattr(f"textual.{module}.wait_for_idle", idle)
