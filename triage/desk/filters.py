"""The language of the filter line: words, `service:`, `priority:`, `is:uncertain`, `-` for not.

Pure text in, a condition in SQL with parameters out; a value never becomes part of the SQL. Words look
into the title through the full-text index; `body:` looks into the text as well. Light, see `queue.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from triage.desk.queue import Names, Search
from triage.text import fold

STATUSES = ("new", "open", "waiting_customer", "waiting_supplier", "resolved", "closed", "merged")
CONDITIONS = ("unavailable", "degraded", "bug", "question", "request", "restored")
REACHES = ("person", "team", "site", "segment", "all")
IS = {
    "uncertain": "(q.width > 0 OR q.sure = 0)",
    "sure": "q.sure = 1",
    "unsure": "q.sure = 0",
    "swarm": "q.swarm IS NOT NULL",
    "vip": "q.vip = 1",
    "mine": "q.assignee = :user",
    "unclaimed": "q.assignee IS NULL",
    "late": "q.first_clock <= :now",
    "breaching": "q.next_clock > :now AND q.next_clock <= :breach",
    "linked": "q.service IS NOT NULL",
    "unlinked": "q.service IS NULL",
    "overridden": (
        "EXISTS (SELECT 1 FROM decisions d WHERE d.ticket_id = q.ticket_id AND d.field = 'override'"
        " AND coalesce(json_extract(d.value, '$.until'), 9e15) > :now)"
    ),
    "confirmed": "EXISTS (SELECT 1 FROM decisions d WHERE d.ticket_id = q.ticket_id AND d.field = 'service')",
}
KEYS = (
    "service", "touchpoint", "priority", "status", "agent", "is", "condition", "reach", "site", "requester",
    "organisation", "source", "id", "body", "group", "age", "due",
)  # fmt: skip
MOST_WORDS = 100
LONGEST = 2000
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"#[\w-]*\d[\w-]*")
"""What people write for a ticket's number; `id:` is the same."""
_TOKEN = re.compile(r'(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))', re.IGNORECASE)


@dataclass(slots=True)
class Filter:
    """A filter ready for a Selection; `problems` says in words what of it could not be understood.

    `search` has the words that are looked for in titles apart, where nothing else was wanted of them than to be there.
    """

    where: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    needs_ticket: bool = False
    problems: list[str] = field(default_factory=list)
    search: Search | None = None


def _close(word: str, known: Iterable[str], most: int, cutoff: float) -> list[str]:
    from difflib import get_close_matches  # only a mistake needs it

    return get_close_matches(word, list(known), most, cutoff)


def parse_filter(text: str, names: Names) -> Filter:
    """The filter that a line means. What is not understood is a problem and filters nothing."""
    found = Filter()
    if len(text) > LONGEST or len(text.split()) > MOST_WORDS:  # SQLite bounds how deep a condition may be
        found.problems.append(f"the filter is too long; it may have {MOST_WORDS} words and {LONGEST} letters")
        return found
    clauses: list[str] = []
    words: list[str] = []
    rest: list[str] = []
    for match in _TOKEN.finditer(text.strip()):
        negated, key, quoted, bare = match.groups()
        value = quoted if quoted is not None else bare
        if not key and quoted is None and bare.endswith(":") and bare[:-1].lower() in KEYS:
            continue  # a key that waits for its value, while somebody types, filters nothing yet
        if key and key.lower() not in KEYS:
            hint = _close(key.lower(), KEYS, 1, 0.5)
            found.problems.append(f"no filter '{key}:'" + (f"; did you mean '{hint[0]}:'?" if hint else ""))
            continue
        if not key and quoted is None and _NUMBER.fullmatch(bare):
            key, value = "id", bare[1:]
        clause = _clause(key.lower() if key else "", value or "", found, names)
        if clause:
            clauses.append(f"NOT coalesce({clause}, 0)" if negated else clause)
            if not (key or negated):
                words.extend(words_of(value))
            else:
                rest.append(clauses[-1])
    found.where = _all(clauses)
    found.search = Search(tuple(words), _all(rest)) if words else None
    return found


def may_be_number(text: str) -> bool:
    """Whether a line is one bare word that may be meant as the number of a ticket."""
    return bool(re.fullmatch(r"[\w-]*\d[\w-]*", text.strip()))


def words_of(text: str) -> list[str]:
    """The words of a text as the full-text index parts them: it has no phrases, so none may be left in one piece."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


def _all(clauses: Iterable[str]) -> str:
    return " AND ".join(f"({clause})" for clause in clauses)


def _clause(key: str, value: str, found: Filter, names: Names) -> str | None:
    if not value:
        return None
    build = _BUILDERS.get(key)
    if build is not None:
        return build(value, found, names)
    return None


def _bind(found: Filter, value: Any) -> str:
    name = f"f{len(found.parameters)}"
    found.parameters[name] = value
    return f":{name}"


def _in(found: Filter, column: str, values: Iterable[str]) -> str:
    marks = [_bind(found, value) for value in values]
    return f"{column} IN ({', '.join(marks)})"


def _entry(column: str, kind: str) -> Callable[[str, Filter, Names], str | None]:
    def build(value: str, found: Filter, names: Names) -> str | None:
        if fold(value) == "none":
            return f"{column} IS NULL"
        known: dict[str, str] = getattr(names, f"{kind}s")
        wanted = fold(value)
        hits = [ident for ident in known if ident == wanted] or [
            ident for ident, name in known.items() if wanted in ident or wanted in fold(name)
        ]
        if not hits:
            close = _close(wanted, known, 1, 0.5)
            found.problems.append(f"no {kind} '{value}'" + (f"; did you mean '{close[0]}'?" if close else ""))
            return None
        return _in(found, column, hits)

    return build


def _word_of(column: str, kind: str, words: tuple[str, ...]) -> Callable[[str, Filter, Names], str | None]:
    def build(value: str, found: Filter, names: Names) -> str | None:
        hits = [word for word in words if word.startswith(fold(value))]
        if not hits:
            found.problems.append(f"no {kind} '{value}'; it is one of {', '.join(words)}")
            return None
        return _in(found, column, hits)

    return build


def _priority(value: str, found: Filter, names: Names) -> str | None:
    digits = list(re.split(r"[,;]", value.upper().replace("P", "")))
    if not all(part in ("1", "2", "3", "4", "5") for part in digits):
        found.problems.append(f"no priority '{value}'; it is one of P1 to P5")
        return None
    return f"q.priority IN ({', '.join(digits)})"


def _agent(value: str, found: Filter, names: Names) -> str | None:
    if fold(value) in ("none", "nobody"):
        return "q.assignee IS NULL"
    if fold(value) == "me":
        return "q.assignee = :user"
    wanted = fold(value)
    hits = [ident for ident, name in names.people.items() if wanted == ident or wanted in fold(name)]
    return _in(found, "q.assignee", [*hits, value])


def _is(value: str, found: Filter, names: Names) -> str | None:
    begun = [word for word in IS if word.startswith(value.lower())]
    clause = IS.get(value.lower()) or (IS[begun[0]] if len(begun) == 1 else None)
    if clause is None and begun:
        found.problems.append(f"'is:{value}' may be {' or '.join(begun)}")
    elif clause is None:
        hint = _close(value.lower(), IS, 1, 0.4)
        found.problems.append(f"no 'is:{value}'; " + (f"did you mean 'is:{hint[0]}'?" if hint else ", ".join(IS)))
    return clause


def _like(column: str) -> Callable[[str, Filter, Names], str | None]:
    def build(value: str, found: Filter, names: Names) -> str | None:
        found.needs_ticket = True
        escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"{column} LIKE {_bind(found, f'%{escaped}%')} ESCAPE '\\'"

    return build


def _id(value: str, found: Filter, names: Names) -> str | None:
    found.needs_ticket = True
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 19 else -1
    return f"(q.ticket_id = {_bind(found, number)} OR t.external_id = {_bind(found, value)} COLLATE NOCASE)"


def _title(value: str, found: Filter, names: Names) -> str | None:
    words = words_of(value)
    if not words:
        return None
    # Every word as a prefix; the quotes keep FTS5's own operators out of it.
    query = " ".join(f'"{word}"*' for word in words)
    return f"q.ticket_id IN (SELECT rowid FROM titles WHERE titles MATCH {_bind(found, query)})"


def _body(value: str, found: Filter, names: Names) -> str | None:
    escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    name = _bind(found, f"%{escaped}%")
    return f"EXISTS (SELECT 1 FROM bodies b WHERE b.ticket_id = q.ticket_id AND b.body LIKE {name} ESCAPE '\\')"


def _site(value: str, found: Filter, names: Names) -> str | None:
    wanted = fold(value)
    hits = [ident for ident, name in names.sites.items() if wanted in ident or wanted in fold(name)]
    like = _like("t.site")(value, found, names)
    return f"({_in(found, 'q.site', hits)} OR {like})" if hits else like


def _group(value: str, found: Filter, names: Names) -> str | None:
    """Tickets of the services that a support group looks after; `none`: of those that nobody does."""
    if fold(value) == "none":
        looked_after = _in(found, "q.service", names.supported)
        return f"(q.service IS NULL OR NOT {looked_after})"
    wanted = fold(value)
    hits = [ident for ident in names.groups if ident == wanted] or [
        ident for ident, name in names.groups.items() if wanted in ident or wanted in fold(name)
    ]
    if not hits:
        found.problems.append(f"no group '{value}'; it is one of {', '.join(names.groups) or 'none'}")
        return None
    return _in(found, "q.service", [service for service, group in names.supported.items() if group in hits])


def _age(value: str, found: Filter, names: Names) -> str | None:
    """`<4h` came in within four hours, `>7d` a week ago or earlier."""
    match = re.fullmatch(r"([<>])(\d{1,5})([hd])", value.lower())
    if match is None:
        found.problems.append(f"no age '{value}'; write it like age:<4h or age:>7d")
        return None
    seconds = int(match[2]) * (3600 if match[3] == "h" else 86400)
    return f"q.created_at {'>' if match[1] == '<' else '<='} :now - {_bind(found, seconds)}"


def _due(value: str, found: Filter, names: Names) -> str | None:
    """`2026-12-28T15`: the next clock ends in that hour; without the hour, on that day; in the catalog's zone."""
    try:
        day, hour, word = value.upper().partition("T")
        starts = datetime.combine(date.fromisoformat(day), time(int(word or 0)), names.zone)
        span = timedelta(hours=1) if hour else timedelta(days=1)
        first, last = int(starts.timestamp()), int((starts + span).timestamp())
    except (ValueError, OverflowError, OSError):
        found.problems.append(f"no time '{value[:30]}'; write it like due:2026-12-28 or due:2026-12-28T15")
        return None
    return f"q.next_clock > :now AND q.next_clock >= {_bind(found, first)} AND q.next_clock < {_bind(found, last)}"


_BUILDERS: dict[str, Callable[[str, Filter, Names], str | None]] = {
    "": _title,
    "service": _entry("q.service", "service"),
    "touchpoint": _entry("q.touchpoint", "touchpoint"),
    "priority": _priority,
    "status": _word_of("q.status", "status", STATUSES),
    "condition": _word_of("q.condition", "condition", CONDITIONS),
    "reach": _word_of("q.reach", "reach", REACHES),
    "agent": _agent,
    "is": _is,
    "site": _site,
    "requester": _like("t.requester"),
    "organisation": _like("t.organisation"),
    "source": _like("t.source"),
    "id": _id,
    "body": _body,
    "group": _group,
    "age": _age,
    "due": _due,
}


def completions(text: str, names: Names) -> list[str]:
    """What the last word of the line could become, best first, at most eight."""
    head, _, last = text.rpartition(" ")
    prefix = head + " " if head else ""
    negated = "-" if last.startswith("-") else ""
    key, colon, value = last.removeprefix("-").partition(":")
    if not colon:
        return [f"{prefix}{negated}{name}:" for name in KEYS if name.startswith(key.lower())][:8] if key else []
    values: Iterable[str] = {
        "service": [*names.services, "none"],
        "touchpoint": [*names.touchpoints, "none"],
        "priority": ("P1", "P2", "P3", "P4", "P5"),
        "status": STATUSES,
        "condition": CONDITIONS,
        "reach": REACHES,
        "is": IS,
        "agent": [*names.people, *names.groups, "me", "none"],
        "site": names.sites,
        "group": [*names.groups, "none"],
        "age": ("<4h", "<1d", ">1d", ">7d", ">28d"),
    }.get(key.lower(), ())
    wanted = fold(value)
    starts = [option for option in values if fold(option).startswith(wanted)]
    inside = [option for option in values if wanted in fold(option) and option not in starts]
    return [f"{prefix}{negated}{key}:{option}" for option in [*starts, *inside]][:8]


def half_typed(text: str, names: Names) -> str | None:
    """The line without its last word, where that one may still become a key, or the value of one; else None.

    While somebody types such a word it is no mistake yet, and where no title has it the list stays as it was.
    """
    head, _, last = text.rpartition(" ")
    word = last.removeprefix("-").lower()
    if not word or text.count('"') % 2 or '"' in last:
        return None
    key, colon, value = word.partition(":")
    if not colon:
        return head if any(name.startswith(word) for name in KEYS) else None
    if not value or key not in KEYS or not parse_filter(word, names).problems:
        return None  # a key without a value filters nothing, one that does not exist is a mistake
    offers = (offer.partition(":")[2] for offer in completions(word, names))
    return head if any(fold(offer).startswith(fold(value)) for offer in offers) else None
