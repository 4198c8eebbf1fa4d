"""What people do with tickets: each act one function, one transaction, one entry of the log.

An act takes a desk and ticket ids and gives an `Outcome`; what cannot be is a `Refused`. Every value
before is written down, so `undo` and `redo` (undoing.py) serve all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from triage.catalog.index import CatalogIndex
from triage.desk.auto_link import ASKED, blind_kinds, brake_after
from triage.desk.clock import LAST_YEAR
from triage.desk.derive import derive
from triage.desk.facts import facts_of, link_of, only_guesses, preselected, proposes_the_same
from triage.desk.learning import teach
from triage.desk.office import Desk
from triage.errors import NotFound, Overtaken, Refused, Taken, UsageError
from triage.store import audit
from triage.store import tickets as ticket_store
from triage.store.audit import Change
from triage.store.tickets import StoredTicket
from triage.text import did_you_mean, fold, nearest, one_line, sanitise
from triage.tickets.models import FLAGS, NONE, OVERRIDE_REASONS, PRIORITIES, Condition, Reach, Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act did: its number in the log (0 where nothing changed), the tickets, a line to show."""

    act: int
    tickets: list[int] = field(default_factory=list)
    message: str = ""


Plan = Callable[[StoredTicket], dict[str, Any]]


def carry_out(
    desk: Desk, ids: Sequence[int], what: str, plan: Plan, message: str, detail: dict[str, Any] | None = None
) -> Outcome:
    """Write the fields that `plan` gives for each ticket, log the act, derive the queue: all or nothing."""
    desk.writable()
    now = desk.now()
    at = int(now.timestamp() * 1000)
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise Refused("no ticket was named")
    with desk.act() as connection:
        changes: list[Change] = []
        for ticket in ticket_store.fetch(connection, wanted):
            for name, after in plan(ticket).items():
                before = audit.current(connection, ticket.id, name)
                if before != after:
                    changes.append(Change(ticket.id, name, before, after))
        if not changes:
            return Outcome(0, wanted, "nothing to change")
        _not_overtaken(desk, changes)
        for change in changes:
            audit.write(connection, change.ticket, change.field, change.after, desk.user, at)
        act = audit.record(connection, at=at, who=desk.user, what=what, detail=detail, changes=changes)
        touched = list(dict.fromkeys(change.ticket for change in changes))
        teach(desk, changes, act)
        brake_after(desk, changes, now)
        derive(desk, touched, now)
    return Outcome(act, touched, message if len(touched) == 1 else f"{message} ({len(touched)} tickets)")


GROWING = ("notes",)
"""Fields to which everybody adds: nobody's is overwritten."""


def _not_overtaken(desk: Desk, changes: Sequence[Change]) -> None:
    """Overtaken where somebody else changed one of these fields after this person looked."""
    seen = desk.seen_act
    if seen is None:
        return
    for change in changes:
        if change.field in GROWING:
            continue
        later = audit.changed_since(desk.database.connection, change.ticket, change.field, seen, desk.user)
        if later is not None:
            from triage.desk.show import in_words

            now = one_line(str(in_words(change.field, change.before) or "nothing"))[:80]
            raise Overtaken(
                f"ticket {change.ticket}: {later.who} changed its {change.field.replace('_', ' ')} meanwhile, to {now}",
                "look again and decide then",
            )


def target_of(desk: Desk, kind: str, target: str) -> str:
    """The id of a catalog entry, or `none`; NotFound with the nearest otherwise."""
    entries: Any = {"service": desk.index.services, "touchpoint": desk.index.touchpoints}.get(kind)
    if entries is None:
        raise UsageError(f"'{kind}' is not a kind of link", "write it like service:ID or touchpoint:ID")
    if target == NONE or target in entries:
        return target
    raise NotFound(f"there is no {kind} '{target}'", _near_entry(target, entries))


def _near_entry(target: str, entries: Mapping[str, Any]) -> str:
    """The hint of an unknown id: the nearest id, or else those with a word like it in id, name or alias."""
    close = did_you_mean(target, entries)
    if close:
        return close
    words: dict[str, list[str]] = {}
    for ident, entry in entries.items():
        for name in (ident, entry.name, *getattr(entry, "aliases", ())):
            for word in re.split(r"[\W_]+", fold(name)):
                if len(word) > 3:
                    words.setdefault(word, []).append(ident)
    word = nearest(target, words, cutoff=70.0)
    if word is None:
        return "see `triage catalog export`"
    return f"did you mean one of {', '.join(dict.fromkeys(words[word][:5]))}?"


def confirm(
    desk: Desk,
    ids: Sequence[int],
    *,
    guesses: bool = False,
    shown: Mapping[int, str] | None = None,
    said: Mapping[str, str] | None = None,
) -> Outcome:
    """Confirm all that is preselected: service, touchpoint, condition and reach. One's own decisions stay.

    `said` is a condition or a reach that the person says instead of what was read, in the same act.

    `shown` is the reading of a ticket that the person was shown: where something else is proposed now, because it was
    read again meanwhile, the act is Overtaken and nothing is confirmed.

    A link that is less than likely is a guess and is taken with `guesses` only, never waved through; Refused where
    there is nothing else.

    Of a kind that the catalog has no entries of nothing is decided: that nothing fits would be learned from a
    person who had nothing to choose from, and would stand when the catalog grows.
    """
    index = desk.index
    words = _said(said or {})

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        facts = facts_of(ticket, index)
        before = shown.get(ticket.id) if shown else None
        if before and ticket.reading and not proposes_the_same(before, ticket.reading):
            raise Overtaken(f"ticket {ticket.id}: something else is proposed meanwhile", "look again and decide then")
        # Who confirms what is not shown asks for it: such a decision is not made blind.
        fields: dict[str, Any] = {ASKED: True} if blind_kinds(desk, ticket) else {}
        for kind, target, entries in (
            ("service", facts.service, index.services),
            ("touchpoint", facts.touchpoint, index.touchpoints),
        ):
            if entries and link_of(ticket, kind) is None and (guesses or preselected(ticket, kind, target)):
                fields[kind] = {"target": target or NONE, "others": []}
        if not guesses and only_guesses(ticket, facts, index):
            raise nothing_likely(ticket.id)
        if "condition" not in ticket.decisions:
            fields["condition"] = str(facts.condition)
        if "reach" not in ticket.decisions:
            fields["reach"] = str(facts.reach)
        return {**fields, **words, **_first_response(desk, ticket)}

    return carry_out(desk, ids, "confirm", plan, ", ".join([*_in_words(words), "confirmed"]))


def nothing_likely(ident: int) -> Refused:
    """What confirming says of a ticket that has nothing but guesses."""
    return Refused(
        f"ticket {ident}: nothing likely is proposed", "1 takes the guess, p picks, 0 says that nothing fits"
    )


def ask(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Ask for the proposal of tickets that are shown blind; from then on it is shown, to everybody."""

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        return {ASKED: True} if blind_kinds(desk, ticket) else {}

    return carry_out(desk, ids, "ask", plan, "the proposal is shown")


def _first_response(desk: Desk, ticket: StoredTicket) -> dict[str, Any]:
    if ticket.status is Status.NEW:
        return {"status": str(Status.OPEN), "responded_at": _now(desk)}
    return {}


def _now(desk: Desk) -> int:
    return int(desk.now().timestamp())


def link(desk: Desk, ids: Sequence[int], kind: str, target: str, *, also: bool = False) -> Outcome:
    """Link tickets to a service or touchpoint, or to `none`. With `also` it stands beside the primary one.

    A touchpoint that nobody contradicts brings its only service along when no service was decided.
    """
    target = target_of(desk, kind, target)

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        return link_fields(desk.index, ticket, kind, target, also=also)

    message = f"no {kind} fits" if target == NONE else f"linked to {kind}:{target}"
    return carry_out(desk, ids, "link", plan, message, {"kind": kind, "target": target})


def link_fields(
    index: CatalogIndex, ticket: StoredTicket, kind: str, target: str, *, also: bool = False
) -> dict[str, Any]:
    """What linking one ticket to an entry that exists, or to `none`, writes."""
    value = ticket.decisions.get(kind) or {"target": None, "others": []}
    if also and value["target"] not in (None, NONE, target):
        others = list(dict.fromkeys([*value["others"], target]))
        return {kind: {"target": value["target"], "others": others}}
    others = [other for other in value["others"] if other != target] if target != NONE else []
    rejected = [entry for entry in ticket.decisions.get("rejected", []) if entry != f"{kind}:{target}"]
    fields: dict[str, Any] = {kind: {"target": target, "others": others}}
    if rejected != ticket.decisions.get("rejected", []):
        fields["rejected"] = rejected or None
    if kind == "touchpoint" and target != NONE and link_of(ticket, "service") is None:
        services = index.touchpoints[target].services
        proposed = facts_of(ticket, index).service
        if len(services) == 1 and proposed not in services:
            fields["service"] = {"target": services[0], "others": []}
    return fields


def reject(desk: Desk, ids: Sequence[int], kind: str, target: str) -> Outcome:
    """Say that tickets are not about an entry: it is no longer proposed for them."""
    target = target_of(desk, kind, target)
    if target == NONE:
        raise Refused("'none' cannot be rejected", "link the ticket to what it is about instead")

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        rejected = sorted({*ticket.decisions.get("rejected", []), f"{kind}:{target}"})
        fields: dict[str, Any] = {"rejected": rejected}
        if link_of(ticket, kind) == target:
            fields[kind] = None
        return fields

    return carry_out(desk, ids, "reject", plan, f"not {kind}:{target}", {"kind": kind, "target": target})


def none_fits(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Decide that nothing in the catalog fits, neither a service nor a touchpoint."""

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        nothing = {"target": NONE, "others": []}
        return {"service": nothing, "touchpoint": nothing, **_first_response(desk, ticket)}

    return carry_out(desk, ids, "link", plan, "nothing in the catalog fits", {"target": NONE})


def set_condition(desk: Desk, ids: Sequence[int], value: str) -> Outcome:
    """Say what the condition is."""
    word = _word(value, [str(entry) for entry in Condition], "condition")
    return carry_out(desk, ids, "set", lambda _: {"condition": word}, f"condition {word}")


def set_reach(desk: Desk, ids: Sequence[int], value: str) -> Outcome:
    """Say whom it touches."""
    word = _word(value, [str(entry) for entry in Reach], "reach")
    return carry_out(desk, ids, "set", lambda _: {"reach": word}, f"reach {word}")


def say(desk: Desk, ids: Sequence[int], said: Mapping[str, str]) -> Outcome:
    """Say what the condition is and whom it touches, in one act; both are optional."""
    words = _said(said)
    return carry_out(desk, ids, "set", lambda _: dict(words), ", ".join(_in_words(words)))


SAYABLE: dict[str, type[Condition | Reach]] = {"condition": Condition, "reach": Reach}


def _said(said: Mapping[str, str]) -> dict[str, str]:
    unknown = [name for name in said if name not in SAYABLE]
    if unknown:
        raise UsageError(f"'{unknown[0]}' cannot be said beside a confirmation", "it is condition or reach")
    return {name: _word(value, [str(entry) for entry in SAYABLE[name]], name) for name, value in said.items()}


def _in_words(said: Mapping[str, str]) -> list[str]:
    return [f"{name} {value}" for name, value in said.items()]


def _word(value: str, known: Iterable[str], what: str) -> str:
    words = list(known)
    if value in words:
        return value
    raise UsageError(f"'{value}' is not a {what}", did_you_mean(value, words) or f"it is one of {', '.join(words)}")


def workaround(desk: Desk, ids: Sequence[int], known_error: str | None = None, *, on: bool = True) -> Outcome:
    """Say that a workaround helps (that of a known error, or one of the agent's own), or that none does."""
    if known_error is not None and known_error not in desk.index.known_errors:
        hint = did_you_mean(known_error, desk.index.known_errors)
        raise NotFound(f"there is no known error '{known_error}'", hint)
    value = {"known_error": known_error} if on else None
    message = "a workaround helps" if on else "no workaround"
    return carry_out(desk, ids, "set", lambda _: {"workaround": value}, message)


def flag(desk: Desk, ids: Sequence[int], value: str, due: datetime | None = None) -> Outcome:
    """Flag tickets as a matter of safety, security, law or statute; `none` takes the flag away.

    A statutory request carries a due time: `due` (aware), from which its floor rises (docs/impact.md).
    """
    word = _word(value, (*FLAGS, NONE), "flag")
    if due is not None and word != "statutory":
        raise UsageError(f"a flag '{word}' has no due time", "only a statutory request has one")
    if due is not None and due.year >= LAST_YEAR:
        raise UsageError(f"{due.year} is too far away for a due time", f"give one before {LAST_YEAR}")
    message = f"flag {word}" + (f", due {due.astimezone(desk.index.timezone):%Y-%m-%d %H:%M}" if due else "")

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        if due is not None:
            if due <= ticket.created_at:
                raise Refused(f"ticket {ticket.id} came in after that due time", "give a later one")
            return {"flag": word, "due_at": ticket_store.seconds(due)}
        return {"flag": word} if word == "statutory" else {"flag": word, "due_at": None}

    return carry_out(desk, ids, "set", plan, message)


def _flag_with_due(desk: Desk, ids: Sequence[int], value: str) -> Outcome:
    """`safety`, `none`, or `statutory:2027-01-22` with the time until which the law wants an answer."""
    word, colon, text = value.partition(":")
    if not colon:
        return flag(desk, ids, word or NONE)
    try:
        due = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"'{one_line(text)}' is not a time", "write it like flag=statutory:2027-01-22 or with a time of day"
        ) from None
    if len(text.strip()) <= 10:  # a day alone lasts to its end
        due = due.replace(hour=23, minute=59, second=59)
    return flag(desk, ids, word, due if due.tzinfo else due.replace(tzinfo=desk.index.timezone))


def told(desk: Desk, ids: Sequence[int], sentence: str) -> Outcome:
    """Write down what the customer was told otherwise; an empty sentence takes it back."""
    text = one_line(sentence)[:500] or None
    message = "the customer was told otherwise" if text else "the customer was told nothing otherwise"
    return carry_out(desk, ids, "told", lambda _: {"told": text}, message)


def note(desk: Desk, ids: Sequence[int], text: str) -> Outcome:
    """Add a note."""
    safe = sanitise(text).strip()[:10000]
    if not safe:
        raise Refused("the note is empty")
    entry = {"at": _now(desk), "who": desk.user, "text": safe}
    return carry_out(desk, ids, "note", lambda t: {"notes": [*t.decisions.get("notes", []), entry]}, "noted")


def override(
    desk: Desk, ids: Sequence[int], priority: str, reason: str, text: str | None = None, until: datetime | None = None
) -> Outcome:
    """Set a priority against the score, with a reason; the computed one stays beside it."""
    value = _word(priority.upper(), PRIORITIES, "priority")
    code = _word(reason, OVERRIDE_REASONS, "reason")
    if until is not None and until <= desk.now():
        raise Refused("the override would end in the past", "give a later --until")
    stored = {
        "priority": value, "reason": code, "text": one_line(text)[:500] if text else None,
        "until": ticket_store.seconds(until), "by": desk.user,
    }  # fmt: skip
    return carry_out(desk, ids, "override", lambda _: {"override": stored}, f"priority {value} ({code})")


def end_override(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Let the computed priority count again."""
    return carry_out(desk, ids, "override", lambda _: {"override": None}, "the override ended")


def claim(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Take tickets as one's own. Taken where somebody else has one, and nothing is claimed then."""

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        # A group's ticket is nobody's yet: whoever takes it up there may claim it.
        if ticket.assignee not in (None, desk.user) and ticket.assignee not in desk.index.support_groups:
            raise Taken(f"ticket {ticket.id} is {ticket.assignee}'s already", "ask, or assign it to yourself")
        _only_open(ticket, "claimed")
        return {"assignee": desk.user, **_first_response(desk, ticket)}

    return carry_out(desk, ids, "claim", plan, "claimed")


def release(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Give tickets back, so that nobody has them."""
    return carry_out(desk, ids, "release", lambda _: {"assignee": None}, "released")


def assign(desk: Desk, ids: Sequence[int], who: str) -> Outcome:
    """Give tickets to somebody."""
    name = one_line(who)[:80]
    if not name:
        raise Refused("nobody was named")
    return carry_out(desk, ids, "assign", lambda _: {"assignee": name}, f"assigned to {name}")


def _only_open(ticket: StoredTicket, done: str) -> None:
    if not ticket.status.is_open:
        raise Refused(f"ticket {ticket.id} is {ticket.status} and cannot be {done}", "reopen it first")


def _end_pause(desk: Desk, ticket: StoredTicket) -> dict[str, Any]:
    pauses = ticket.decisions.get("pauses", [])
    if pauses and pauses[-1][1] is None:
        return {"pauses": [*pauses[:-1], [pauses[-1][0], _now(desk)]]}
    return {}


def resolve(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Say that tickets are done."""

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        _only_open(ticket, "resolved")
        response = {} if ticket.responded_at else {"responded_at": _now(desk)}
        status = {"status": str(Status.RESOLVED), "resolved_at": _now(desk), "snoozed_until": None}
        return {**status, **response, **_end_pause(desk, ticket)}

    return carry_out(desk, ids, "resolve", plan, "resolved")


def reopen(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Take up again what was done, or what waited."""

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        fields: dict[str, Any] = {"status": str(Status.OPEN), "resolved_at": None, "snoozed_until": None}
        if not ticket.responded_at:
            fields["responded_at"] = _now(desk)
        return {**fields, **_no_longer_merged(ticket), **_end_pause(desk, ticket)}

    return carry_out(desk, ids, "reopen", plan, "reopened")


def wait(desk: Desk, ids: Sequence[int], for_whom: str = "customer", until: datetime | None = None) -> Outcome:
    """Wait for the customer or a supplier; until a time, when the ticket wakes by itself.

    Waiting for the customer stops the SLA and promise clocks (docs/impact.md); a supplier does not.
    """
    whom = _word(for_whom, ("customer", "supplier"), "one to wait for")
    if until is not None and until <= desk.now():
        raise Refused("that time has passed", "wait until a later one")

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        _only_open(ticket, "set to wait")
        fields: dict[str, Any] = {"status": f"waiting_{whom}", "snoozed_until": ticket_store.seconds(until)}
        if not ticket.responded_at:
            fields["responded_at"] = _now(desk)
        pauses = ticket.decisions.get("pauses", [])
        waiting = bool(pauses) and pauses[-1][1] is None
        if whom == "customer" and not waiting:
            fields["pauses"] = [*pauses, [_now(desk), None]]
        elif whom == "supplier":
            fields.update(_end_pause(desk, ticket))
        return fields

    return carry_out(desk, ids, "wait", plan, f"waiting for the {whom}{_until(desk, until)}")


def snooze(desk: Desk, ids: Sequence[int], until: datetime) -> Outcome:
    """Put tickets away until a time; their clocks run on."""
    if until <= desk.now():
        raise Refused("that time has passed", "snooze until a later one")

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        _only_open(ticket, "snoozed")
        return {"snoozed_until": ticket_store.seconds(until)}

    return carry_out(desk, ids, "snooze", plan, f"snoozed{_until(desk, until)}")


def _until(desk: Desk, until: datetime | None) -> str:
    """A time in the catalog's zone for the sentence that says what was done; 13:00 may be tomorrow's."""
    if until is None:
        return ""
    local, today = until.astimezone(desk.index.timezone), desk.now().astimezone(desk.index.timezone).date()
    days = (local.date() - today).days
    return f" until {local:{'%H:%M' if days == 0 else '%a %H:%M' if days < 7 else '%Y-%m-%d'}}"


def set_status(desk: Desk, ids: Sequence[int], value: str) -> Outcome:
    """Set the status by its word; the same as the act that leads there."""
    status = Status(_word(value, [str(entry) for entry in Status], "status"))
    if status is Status.RESOLVED:
        return resolve(desk, ids)
    if status in (Status.WAITING_CUSTOMER, Status.WAITING_SUPPLIER):
        return wait(desk, ids, str(status).removeprefix("waiting_"))
    if status is Status.OPEN:
        return reopen(desk, ids)
    if status is Status.MERGED:
        raise Refused("a ticket is merged into another one", "use `triage merge TICKET… INTO`")

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        fields: dict[str, Any] = {"status": str(status), "snoozed_until": None}
        fields["resolved_at"] = (ticket_store.seconds(ticket.resolved_at) or _now(desk)) if not status.is_open else None
        return {**fields, **_no_longer_merged(ticket), **_end_pause(desk, ticket)}

    return carry_out(desk, ids, "set", plan, f"status {status}")


def _no_longer_merged(ticket: StoredTicket) -> dict[str, Any]:
    return {"merged_into": None} if "merged_into" in ticket.decisions else {}


def merge(desk: Desk, ids: Sequence[int], into: int) -> Outcome:
    """Say that tickets are the same as another one, which goes on alone."""
    if into in ids:
        raise Refused("a ticket cannot be merged into itself")

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        resolved = ticket_store.seconds(ticket.resolved_at) or _now(desk)
        status = {"status": str(Status.MERGED), "resolved_at": resolved, "snoozed_until": None}
        return {**status, "merged_into": into, **_end_pause(desk, ticket)}

    with desk.act() as connection:
        goes_on = ticket_store.fetch(connection, [into])[0].status
        if goes_on is Status.MERGED:
            raise Refused(f"ticket {into} was merged itself", "merge into the one that goes on")
        if not goes_on.is_open and any(one.status.is_open for one in ticket_store.fetch(connection, ids)):
            raise Refused(f"ticket {into} is {goes_on}: nobody would work on what is merged into it", "reopen it first")
        return carry_out(desk, ids, "merge", plan, f"merged into {into}", {"into": into})


def acts_by_field(desk: Desk, ids: Sequence[int], field_name: str, value: str) -> Outcome:
    """Set one of the fields that `triage set` knows: condition, reach, workaround, flag, told, status, assignee."""
    if field_name == "condition":
        return set_condition(desk, ids, value)
    if field_name == "reach":
        return set_reach(desk, ids, value)
    if field_name == "workaround":
        lowered = value.lower()
        if lowered in ("yes", "true", "1", "on"):
            return workaround(desk, ids)
        if lowered in ("no", "false", "0", "off", "none", ""):
            return workaround(desk, ids, on=False)
        return workaround(desk, ids, value)
    if field_name == "flag":
        return _flag_with_due(desk, ids, value)
    if field_name == "told":
        return told(desk, ids, "" if value == NONE else value)
    if field_name == "status":
        return set_status(desk, ids, value)
    if field_name == "assignee":
        return assign(desk, ids, value) if value and value != NONE else release(desk, ids)
    known = ("condition", "reach", "workaround", "flag", "told", "status", "assignee")
    raise UsageError(
        f"'{field_name}' cannot be set", did_you_mean(field_name, known) or f"it is one of {', '.join(known)}"
    )
