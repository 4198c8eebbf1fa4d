"""Taking back what was done to tickets, and doing it again: from the log, so that it serves every act alike.

A person's own acts only, newest first, across restarts; one that somebody else's act came after is Overtaken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from triage.desk.acts import Outcome
from triage.desk.auto_link import brake_after
from triage.desk.derive import derive
from triage.desk.learning import teach
from triage.desk.office import Desk
from triage.errors import Overtaken, Refused, UsageError
from triage.store import audit
from triage.store.audit import Change

SET_FIELDS = ("condition", "reach", "workaround", "flag", "status")
"""What the acts named `set` change, as far as people speak of it."""


def undo(desk: Desk, count: int = 1) -> Outcome:
    """Take back one's last acts, newest first: all of them, or none where somebody else's act came after one.

    Overtaken names that one.
    """
    return _repeat(desk, count, "undo", audit.last_undoable, "there is nothing to undo")


def redo(desk: Desk, count: int = 1) -> Outcome:
    """Do again what was undone last, while nothing else was done since."""
    return _repeat(desk, count, "redo", audit.last_redoable, "there is nothing to redo")


def _repeat(desk: Desk, count: int, what: str, find: Callable[..., audit.Act | None], nothing: str) -> Outcome:
    if count < 1:
        raise UsageError(f"'{count}' is not a number of acts", "it is 1 or more")
    outcome = Outcome(0, [], nothing)
    touched: list[int] = []
    words: list[str] = []
    desk.writable()
    with desk.act() as connection:
        while len(words) < count and (act := find(connection, desk.user)) is not None:
            outcome = _reverse(desk, act, what)
            touched.extend(outcome.tickets)
            words.append(outcome.message)
    if not words:
        raise Refused(nothing)
    if len(words) == 1:
        return outcome
    message = f"{len(words)} acts {words[0].split(':')[0]}: {_listed(words)}"
    return Outcome(outcome.act, list(dict.fromkeys(touched)), message)


def _listed(messages: Sequence[str], most: int = 5) -> str:
    """What several acts were, newest first, in few words."""
    acts = [message.split(": ", 1)[1] for message in messages]
    more = [f"and {len(acts) - most} more"] if len(acts) > most else []
    return ", ".join([*acts[:most], *more])


def _reverse(desk: Desk, act: audit.Act, what: str) -> Outcome:
    connection = desk.database.connection
    now = desk.now()
    at = int(now.timestamp() * 1000)
    changes = audit.changes_of(connection, act.id)
    overtaken = audit.overtaken_by(connection, act.id, changes)
    if overtaken:
        change, later = overtaken
        raise Overtaken(
            f"ticket {change.ticket}: {later.who} changed its {change.field} since ({later.what})",
            "undo would overwrite that; change it by hand",
        )
    back = [Change(change.ticket, change.field, change.after, change.before) for change in changes]
    for change in back:
        audit.write(connection, change.ticket, change.field, change.after, desk.user, at)
    number = audit.record(
        connection, at=at, who=desk.user, what=what, detail={"of": _named(act, changes)}, changes=back, undoes=act.id
    )
    touched = list(dict.fromkeys(change.ticket for change in back))
    teach(desk, back, number)
    brake_after(desk, back, now)
    derive(desk, touched, now)
    of = _named(act, changes)
    word = "undone" if what == "undo" else "done again"
    more = f" ({len(touched)} tickets)" if len(touched) > 1 else ""
    return Outcome(number, touched, f"{word}: {of}{more}")


def _named(act: audit.Act, changes: Sequence[Change]) -> str:
    """What an act was, for whoever takes it back: of what was only set the field, of a redo what it did again."""
    of = str(act.detail.get("of", act.what))
    fields = dict.fromkeys(change.field for change in changes if change.field in SET_FIELDS) if of == "set" else ()
    return " and ".join(fields) or of
