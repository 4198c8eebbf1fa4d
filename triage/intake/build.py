"""Records → tickets: what is wrong with a record, and the ticket that is made of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from functools import lru_cache

from triage.intake.dates import NotADate, parse_date
from triage.intake.plan import Key, Plan, cell_of, first_of
from triage.intake.presets import DATES, Preset
from triage.intake.presets.base import STATUS_HINT
from triage.intake.records import Record, Rejected, Sheet
from triage.intake.words import normal, status_of
from triage.text import did_you_mean, one_line, sanitise
from triage.tickets.models import NONE, Condition, IncomingTicket, Reach, Status

MAX_BODY = 1_000_000
MAX_SUBJECT = 2_000
MAX_WORD = 500
MAX_EXTRA = 64_000
MAX_ID = 250
MAX_TAGS = 200
_CUT = "\n[cut here: the text is longer than triage keeps]"
_ADDRESS = re.compile(r"[^\s<>\"',;:()\[\]]{1,200}@[^\s<>\"',;:()\[\]]{1,250}")
_ID_ONLY = re.compile(r"[0-9]+|[0-9a-f]{20,}")
_VALUES = {"condition": tuple(Condition), "reach": tuple(Reach)}


_SILENT = frozenset(
    ("subject", "body", "requester", "organisation", "site", "channel", "updated_at", "due_at", "status",
     "priority", "tags", "url")
)  # fmt: skip
Origins = dict[tuple[str, str], Rejected]
"""Source and external id → where the ticket's record stands and its raw form."""


def build(
    sheet: Sheet, plan: Plan, zone: tzinfo, origins: Origins | None = None
) -> tuple[list[IncomingTicket], list[Rejected]]:
    """The tickets of a sheet, and the records that make none, each with the reason. Empties the sheet.

    `origins` is filled with the records behind the tickets, for those that are refused later.
    """
    tickets: list[IncomingTicket] = []
    rejected: list[Rejected] = []
    places: dict[str, str] = {}
    repeated: dict[str, int] = {}
    has_id = "id" in plan.fields and sheet.kind != "mail"
    silent = frozenset() if sheet.kind == "mail" else _SILENT.difference(plan.fields)
    for record in sheet.records:
        file = record.file or sheet.file
        reason = record.fault
        if reason is None:
            try:
                ticket = _ticket(record, plan, zone, sheet.kind == "mail")
                if not ticket.external_id and has_id:
                    raise ValueError("has no id; give it one")
                ticket.external_id = ticket.external_id or _content_id(ticket, repeated)
                if ticket.external_id in places:
                    raise ValueError(_twice(ticket, places[ticket.external_id]))
                places[ticket.external_id] = f"line {record.line}" if record.line else file
                if origins is not None:
                    origins[ticket.source, ticket.external_id] = Rejected(file, record.line, "", record.raw, sheet.file)
                ticket.silent = silent
                tickets.append(ticket)
                continue
            except ValueError as error:
                reason = str(error)
        rejected.append(Rejected(file, record.line, one_line(reason), record.raw, sheet.file))
    sheet.records = []
    return tickets, rejected


def _twice(ticket: IncomingTicket, first: str) -> str:
    second = f"line {ticket.line}" if ticket.line else "this one"
    return f"the id '{ticket.external_id[:80]}' comes twice: {first} stands, {second} is left out"


def _content_id(ticket: IncomingTicket, repeated: dict[str, int]) -> str:
    """An id made from what the ticket says, the same at every import; equal tickets are numbered."""
    when = ticket.created_at.isoformat() if ticket.created_at else ""
    words = "\x1f".join((ticket.subject, ticket.body, ticket.requester or "", when))
    made = "c" + hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:15]
    repeated[made] = repeated.get(made, 0) + 1
    return made if repeated[made] == 1 else f"{made}-{repeated[made]}"


def _ticket(record: Record, plan: Plan, zone: tzinfo, mail: bool) -> IncomingTicket:
    """The ticket of a record. Raises ValueError with the reason where it cannot be one."""
    preset = plan.preset
    found, extra = _cells(record, plan)
    word, hint = found.get("status", ""), extra.pop(STATUS_HINT, "")
    status = _status(word, hint, plan)
    if word and word != status.value and normal(word) != normal(status.value):
        _keep(extra, "status", _line(word))
    for name, codes in preset.translate.items():
        if found.get(name) in codes:
            _keep(extra, name, found[name])
            found[name] = codes[found[name]]
    requester, called = _person(found.get("requester", ""), found.get("requester_name", ""), extra)
    body = found.get("body", "")
    times = {each: _date(found.get(each, ""), each, zone, plan) for each in DATES}
    return IncomingTicket(
        source=plan.source,
        external_id=_bounded_id(one_line(found.get("id", ""))),
        subject=one_line(found.get("subject", ""))[:MAX_SUBJECT],
        body=_bounded(sanitise(body if mail else preset.body(body)).strip("\n")),
        requester=requester,
        requester_name=called,
        organisation=_word(found, "organisation"),
        site=_word(found, "site"),
        channel=_word(found, "channel"),
        created_at=times["created_at"],
        updated_at=times["updated_at"],
        resolved_at=times["resolved_at"],
        due_at=times["due_at"],
        status=status,
        priority=_word(found, "priority"),
        assignee=_word(found, "assignee"),
        tags=_tags(found.get("tags", ""), preset),
        url=_word(found, "url", MAX_SUBJECT),
        attachments=tuple(one_line(each)[:MAX_WORD] for each in record.attachments),
        extra=extra,
        confirmed=_confirmed(record, plan),
        line=record.line,
    )


def _status(word: str, hint: str, plan: Plan) -> Status:
    """What the source's word means; where it is not known, what its category says."""
    found = plan.statuses.get((word, hint))
    if found is None:
        found, known = status_of(one_line(word), plan.preset.words)
        if hint and not known:
            found = status_of(hint, {})[0]
        plan.statuses[word, hint] = found
    return found


def _cells(record: Record, plan: Plan) -> tuple[dict[str, str], dict[str, str]]:
    """The words of each field, and everything else by the name of its column."""
    found: dict[str, str] = {}
    taken: set[Key] = set()
    extra: dict[str, str] = {}
    lookup, blank = cell_of(record), plan.preset.blank
    for name, keys in plan.fields.items():
        for key in keys:
            words = lookup(key)
            if words and not words.isspace() and (words not in blank or name in ("subject", "body")):
                found[name] = words
                taken.add(key)
                break
    for key in plan.spare:
        words = lookup(key)
        if words:
            _keep_column(extra, plan.names[key], words)
    for key in plan.names if plan.shared - taken else ():
        if key in plan.shared and key not in taken and (words := lookup(key)) and words not in blank:
            _keep_column(extra, plan.names[key], words)
    if len(plan.fields.get("tags", ())) > 1:
        _repeated_tags(found, extra, lookup, plan)
    return found, extra


def _repeated_tags(found: dict[str, str], extra: dict[str, str], lookup: Callable[[Key], str], plan: Plan) -> None:
    """Jira repeats the heading `Labels`, a column a label: all of them are tags."""
    keys = [key for key in plan.fields["tags"] if plan.names[key] == plan.names[plan.fields["tags"][0]]]
    if len(keys) > 1:
        found["tags"] = "\n".join(words for key in keys if (words := lookup(key)))
        extra.pop(plan.names[keys[0]], None)


def _keep_column(extra: dict[str, str], name: str, words: str) -> None:
    safe = sanitise(words).strip()
    if not safe:
        return
    key = _line(name)[:200] or "unnamed"
    kept = safe if len(safe) <= MAX_EXTRA else safe[:MAX_EXTRA] + _CUT
    extra[key] = f"{extra[key]}\n{kept}" if key in extra else kept


def _keep(extra: dict[str, str], name: str, words: str) -> None:
    """Keep the source's own word of a field that was translated."""
    extra[name if name not in extra else f"{name} (source)"] = words[:MAX_WORD]


@lru_cache(maxsize=20_000)
def _remembered(words: str) -> str:
    return one_line(words)


def _line(words: str) -> str:
    """`one_line`, with the short words that come again and again remembered."""
    return _remembered(words) if len(words) < 80 else one_line(words)


def _word(found: Mapping[str, str], name: str, limit: int = MAX_WORD) -> str | None:
    words = found.get(name)
    return _line(words)[:limit] or None if words else None


def _bounded(body: str) -> str:
    return body if len(body) <= MAX_BODY else body[:MAX_BODY] + _CUT


def _bounded_id(words: str) -> str:
    """An id of at most 250 characters; a longer one keeps its start and a digest of the whole."""
    if len(words) <= MAX_ID:
        return words
    return words[: MAX_ID - 17] + "-" + hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:16]


def _person(words: str, name: str, extra: dict[str, str]) -> tuple[str | None, str | None]:
    """Who asks, by address where there is one (in lower case), and by name. Further addresses are kept beside."""
    words, name = _line(words)[:MAX_SUBJECT], _line(name)[:MAX_WORD]
    if _ID_ONLY.fullmatch(name):
        name = ""
    if "@" not in words:
        return words[:MAX_WORD] or name or None, name or None
    addresses = _ADDRESS.findall(words)
    if not addresses:
        return words[:MAX_WORD], name or None
    if len(addresses) > 1:
        _keep(extra, "requesters", words)
    around = words.partition(addresses[0])[0].strip(" <\"'(:")
    shown = name if name and "@" not in name else around
    return addresses[0].lower()[:MAX_WORD], shown[:MAX_WORD] or None


def _tags(words: str, preset: Preset) -> tuple[str, ...]:
    if not words:
        return ()
    tags = dict.fromkeys(_line(each)[:200] for each in preset.tag_marks.split(words))
    return tuple(each for each in tags if each)[:MAX_TAGS]


def _date(words: str, name: str, zone: tzinfo, plan: Plan) -> datetime | None:
    if not words:
        return None
    try:
        return parse_date(words, zone, plan.day_first.get(name))
    except NotADate as error:
        raise ValueError(f"{name}: {one_line(str(error))}") from None


def _confirmed(record: Record, plan: Plan) -> dict[str, str]:
    """What somebody decided in the past; an empty cell decides nothing. Raises ValueError for a wrong word."""
    found: dict[str, str] = {}
    for kind, key in plan.confirmed.items():
        value = one_line(first_of(record, (key,)))[:MAX_WORD]
        if not value:
            continue
        if kind in _VALUES:
            value = value.lower()
            if value not in _VALUES[kind]:
                hint = did_you_mean(value, _VALUES[kind]) or f"one of {', '.join(_VALUES[kind])}"
                raise ValueError(f"{kind} '{value[:40]}' is not known; {hint}")
        found[kind] = NONE if value.lower() == NONE else value
    return found
