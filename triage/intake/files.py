"""Files of tickets → tickets and rejected records. A file is read whole before anything is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from pathlib import Path

from triage.collecting import uncollected
from triage.errors import InputError, Problem
from triage.intake.build import Origins, build
from triage.intake.decode import check_encoding, refuse
from triage.intake.documents import flatten, key_paths, read_json
from triage.intake.plan import check_names, decide_dates, make_plan
from triage.intake.presets import Preset, detect, preset_named
from triage.intake.records import Record, Rejected, Sheet
from triage.intake.tables import read_csv, read_xlsx
from triage.text import one_line
from triage.tickets.models import IncomingTicket

_SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".mbox": "mbox", ".mbx": "mbox", ".eml": "eml",
}  # fmt: skip
_MAIL_START = re.compile(
    rb"(?i)^(?:return-path|received|delivered-to|from|to|subject|date|message-id|mime-version|x-[a-z-]+):"
)
_SAMPLE = 200


@dataclass(slots=True)
class TicketFile:
    """What files of tickets hold.

    `read` counts the records that stand for a ticket: `len(tickets) + len(rejected)`. `joined` counts what
    became part of another: replies in a thread, articles, older versions from another file. `columns` maps
    fields to the column each is read from, `kept` are the other columns. `notes` are for the person.
    """

    tickets: list[IncomingTicket] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    preset: str = "file"
    read: int = 0
    joined: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    origins: Origins = field(default_factory=dict)

    def reject(self, ticket: IncomingTicket, reason: str) -> Rejected:
        """Count a ticket that was read and is refused by what the catalog knows among the rejected.

        Its record can be written to the file of rejected rows where past decisions were read.
        """
        return self.reject_all([(ticket, reason)])[0]

    def reject_all(self, refused: Iterable[tuple[IncomingTicket, str]]) -> list[Rejected]:
        """As `reject`, for many at once: (ticket, reason)."""
        gone: set[int] = set()
        added: list[Rejected] = []
        for ticket, reason in refused:
            gone.add(id(ticket))
            origin = self.origins.get((ticket.source, ticket.external_id), Rejected(ticket.source, ticket.line, ""))
            added.append(replace(origin, reason=one_line(reason)))
        self.tickets = [each for each in self.tickets if id(each) not in gone]
        self.rejected += added
        return added


def read_tickets(
    paths: Sequence[Path],
    *,
    preset: str | None = None,
    mapping: Mapping[str, str] = {},
    confirmed: Mapping[str, str] = {},
    source: str | None = None,
    timezone: tzinfo = UTC,
    encoding: str | None = None,
    day_first: bool | None = None,
) -> TicketFile:
    """The tickets of files and folders: CSV, TSV, JSON, JSON lines, XLSX, mbox, maildir and `.eml`.

    `preset` names the system (else each file's header or keys tell), `mapping` field → column, `confirmed`
    kind → column of past decisions, `source` the source of the tickets (else the preset's name), `timezone`
    that of times without one, `encoding` that of text, `day_first` how `3/4/2026` is read (else its column
    tells). Raises InputError, with every file that cannot be read at all; then nothing is taken.
    """
    with uncollected():
        return _read(paths, preset, mapping, confirmed, source, timezone, encoding, day_first)


def _read(
    paths: Sequence[Path],
    preset: str | None,
    mapping: Mapping[str, str],
    confirmed: Mapping[str, str],
    source: str | None,
    timezone: tzinfo,
    encoding: str | None,
    day_first: bool | None,
) -> TicketFile:
    chosen = preset_named(preset) if preset is not None else None
    check_names(mapping, confirmed)
    if encoding is not None:
        check_encoding(encoding)
    if source is not None and not one_line(source):
        raise InputError("--source is empty", hint="name one, or leave it out")
    loaded = _load_all(paths, timezone, encoding, chosen)
    taken = TicketFile(sheets=[sheet for sheet, _ in loaded], joined=sum(joined for _, joined in loaded))
    taken.joined += _prepare(taken.sheets, chosen)
    problems: list[Problem] = []
    kept: dict[str, None] = {}
    for sheet in taken.sheets:
        used = preset_named(sheet.preset or "file")
        try:
            plan = make_plan(sheet, used, one_line(source or used.name)[:100], mapping, confirmed)
        except InputError as error:
            problems += error.problems
            continue
        decide_dates(plan, sheet, day_first)
        tickets, rejected = build(sheet, plan, timezone, taken.origins if confirmed else None)
        taken.tickets += tickets
        taken.rejected += rejected
        taken.notes += sheet.notes
        taken.columns |= {name: column for name, column in plan.columns().items() if name not in taken.columns}
        kept |= dict.fromkeys(plan.names[key] for key in plan.spare if plan.names[key])
    if problems:
        raise InputError(problems)
    taken.kept = tuple(kept)
    taken.preset = ", ".join(dict.fromkeys(sheet.preset or "file" for sheet in taken.sheets))
    taken.joined += _newest(taken)
    taken.read = len(taken.tickets) + len(taken.rejected)
    return taken


def _load_all(
    paths: Sequence[Path], zone: tzinfo, encoding: str | None, chosen: Preset | None
) -> list[tuple[Sheet, int]]:
    """Every sheet of every file, with how many records joined another; all unreadable files are told at once."""
    loaded: list[tuple[Sheet, int]] = []
    problems: list[Problem] = []
    if not paths:
        raise InputError("no file of tickets was named")
    for path in dict.fromkeys(paths):
        try:
            loaded += _load(path, zone, encoding, chosen)
        except InputError as error:
            problems += error.problems
        except MemoryError:
            problems.append(Problem("does not fit into memory", one_line(str(path)), hint="split it"))
    if problems:
        raise InputError(problems)
    return loaded


def _load(path: Path, zone: tzinfo, encoding: str | None, chosen: Preset | None) -> list[tuple[Sheet, int]]:
    from triage.intake import mailbox

    file = one_line(str(path))
    if path.is_dir():
        return _load_folder(path, zone, encoding, chosen)
    kind = _kind(path)
    if kind == "mbox":
        return [mailbox.read_mbox(path, file, zone)]
    if kind == "eml":
        if path.stat().st_size == 0:
            raise refuse(file, "is empty")
        return [mailbox.read_messages([path], file, zone)]
    if kind == "xlsx":
        sheets = read_xlsx(path, file, lambda columns: _is_header(columns, chosen))
        return [(sheet, 0) for sheet in sheets]
    if kind in ("json", "jsonl"):
        return [(read_json(path, file, encoding, kind == "jsonl"), 0)]
    return [(read_csv(path, file, encoding, lambda columns: (chosen or detect(columns)).plain_tabs), 0)]


def _load_folder(path: Path, zone: tzinfo, encoding: str | None, chosen: Preset | None) -> list[tuple[Sheet, int]]:
    """A maildir, or the files of a folder: its mails as one mailbox, everything else a file each."""
    from triage.intake import mailbox

    if mailbox.is_maildir(path):
        return [mailbox.read_maildir(path, one_line(str(path)), zone)]
    try:
        inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in _SUFFIXES and each.is_file())
        folders = sorted(each.parent for each in path.rglob("cur") if each.is_dir())
    except OSError as error:
        raise refuse(one_line(str(path)), f"cannot be read: {error.strerror or error}") from None
    inside = [each for each in inside if ".rejected" not in each.name and not each.name.startswith(".")]
    mails = [each for each in inside if each.suffix.lower() == ".eml"]
    loaded = [mailbox.read_messages(mails, one_line(str(path)), zone)] if mails else []
    loaded += [mailbox.read_maildir(each, one_line(str(each)), zone) for each in folders]
    problems: list[Problem] = []
    for each in inside:
        if each not in mails:
            try:
                loaded += _load(each, zone, encoding, chosen)
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    if not loaded:
        hint = f"its files would end in {', '.join(sorted(_SUFFIXES))}"
        raise refuse(one_line(str(path)), "is a folder without tickets", hint=hint)
    return loaded


def _kind(path: Path) -> str:
    """What a file is: by its content where that is plain, else by its suffix."""
    suffix = path.suffix.lower()
    try:
        if not path.is_file():
            return _SUFFIXES.get(suffix, "csv")  # a pipe is read once; a missing file is told of by its reader
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return _SUFFIXES.get(suffix, "csv")
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"From "):
        return "mbox"
    if start.startswith((b"{", b"[")):
        return "json"
    return "eml" if _MAIL_START.match(start) else "csv"


def _is_header(columns: Sequence[str], chosen: Preset | None) -> bool:
    """Whether a row of a worksheet names fields of a ticket."""
    preset = chosen or detect(columns)
    probe = Sheet("", "xlsx", [one_line(column)[:200] for column in columns], [])
    try:
        return bool(make_plan(probe, preset, "", {}, {}).fields)
    except InputError:
        return False


def _prepare(sheets: Iterable[Sheet], chosen: Preset | None) -> int:
    """Give each sheet its preset and each JSON record its cells; how many records joined another."""
    joined = 0
    parts: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        if sheet.kind in ("json", "jsonl"):
            sample = [key_paths(record.value) for record in sheet.records[:_SAMPLE] if record.value is not None]
            sheet.preset = (chosen or detect(set().union(*sample))).name
            parts.setdefault(sheet.preset, []).append(sheet)
        elif sheet.kind == "mail":
            sheet.preset = chosen.name if chosen else "file"
        else:
            sheet.preset = (chosen or detect(sheet.columns)).name
    for name, group in parts.items():
        preset = preset_named(name)
        joined += _join(group, preset)
        for sheet in group:
            columns: dict[str, None] = {}
            for record in sheet.records:
                if record.fault is None:
                    _shape(record, sheet, preset)
                    columns |= dict.fromkeys(record.cells)
            sheet.columns = [*columns]
    return joined


def _join(sheets: Sequence[Sheet], preset: Preset) -> int:
    """Put records that are part of another into it; each ticket stays where it stands."""
    if preset.join is None:
        return 0
    records = [record for sheet in sheets for record in sheet.records if record.value is not None]
    by_value = {id(record.value): record for record in records}
    kept: set[int] = set()
    for value in preset.join([record.value for record in records if record.value is not None]):
        record = by_value.get(id(value))
        if record is None:
            record = by_value[id(value["articles"][0])]
            record.value = value
        kept.add(id(record))
    for sheet in sheets:
        sheet.records = [each for each in sheet.records if each.value is None or id(each) in kept]
    return len(records) - len(kept)


def _shape(record: Record, sheet: Sheet, preset: Preset) -> None:
    try:
        record.cells = flatten(preset.reshape(record.value or {}, sheet.context))
    except (ValueError, RecursionError) as error:
        record.fault = str(error)[:200] or "cannot be read"
    except (AttributeError, KeyError, TypeError, IndexError):
        record.fault = f"has not the shape of a ticket of {preset.title}"


def _newest(taken: TicketFile) -> int:
    """Of a ticket that several files hold, keep the version last updated (a later file wins a tie)."""
    if len(taken.sheets) < 2:
        return 0
    last: dict[tuple[str, str], IncomingTicket] = {}
    for ticket in taken.tickets:
        key = (ticket.source, ticket.external_id)
        other = last.get(key)
        older = other is not None and other.updated_at and ticket.updated_at and ticket.updated_at < other.updated_at
        if not older:
            last[key] = ticket
    before = len(taken.tickets)
    stays = {id(ticket) for ticket in last.values()}
    taken.tickets = [ticket for ticket in taken.tickets if id(ticket) in stays]
    return before - len(taken.tickets)
