"""Mailboxes → records: mbox, maildir and `.eml`, with replies joined to the ticket of their thread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from pathlib import Path

from triage.errors import InputError
from triage.intake.decode import read_bytes, refuse
from triage.intake.mail import Mail, read_mail, reply_head
from triage.intake.quotes import split_quoted
from triage.intake.records import Record, Sheet
from triage.text import one_line, sanitise

_FROM_LINE = re.compile(rb"^From [^\r\n]*[0-9]{1,2}:[0-9]{2}[^\r\n]*\r?\n|^From [^\r\n]*\r?\n(?=[!-9;-~]{1,76}:)", re.M)
_ESCAPED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_MAX_THREAD_BODY = 900_000


def is_maildir(path: Path) -> bool:
    """Whether the folder is a maildir: it holds `cur` or `new`."""
    return (path / "cur").is_dir() or (path / "new").is_dir()


def read_mbox(path: Path, file: str, zone: tzinfo) -> tuple[Sheet, int]:
    """The tickets of an mbox, and how many of its messages joined the ticket of another. Raises InputError."""
    data = read_bytes(path, file)
    if not data.lstrip(b"\r\n").startswith(b"From "):
        raise refuse(file, "is not an mbox: its first line does not begin with 'From '", 1)
    return threaded(((line, None, message) for line, message in _split(data)), file, zone)


def _split(data: bytes) -> Iterator[tuple[int, bytes]]:
    """`(line, message)` of each message; a `From ` line counts at the start or below an empty line."""
    first = len(data) - len(data.lstrip(b"\r\n"))
    starts = [found for found in _FROM_LINE.finditer(data) if found.start() == first or _below_blank(data, found)]
    line, counted = 1, 0
    for number, found in enumerate(starts):
        line += data.count(b"\n", counted, found.start())
        counted = found.start()
        end = starts[number + 1].start() if number + 1 < len(starts) else len(data)
        yield line, _ESCAPED_FROM.sub(rb"\1", data[found.end() : end])


def _below_blank(data: bytes, found: re.Match[bytes]) -> bool:
    return data[max(found.start() - 3, 0) : found.start()].endswith((b"\n\n", b"\n\r\n"))


def read_messages(paths: Iterable[Path], file: str, zone: tzinfo) -> tuple[Sheet, int]:
    """The tickets of `.eml` files or of a maildir, a message a file; as `read_mbox`."""
    return threaded(((0, path, b"") for path in paths), file, zone)


def read_maildir(path: Path, file: str, zone: tzinfo) -> tuple[Sheet, int]:
    """The tickets of a maildir; as `read_mbox`."""
    names = [each for sub in ("cur", "new") if (path / sub).is_dir() for each in (path / sub).iterdir()]
    return read_messages(sorted(each for each in names if each.is_file() and each.name[0] != "."), file, zone)


def threaded(messages: Iterable[tuple[int, Path | None, bytes]], file: str, zone: tzinfo) -> tuple[Sheet, int]:
    """Records of `(line, path, message)`, a reply put below the message whose thread it belongs to.

    The first message of a thread makes the ticket, by time; what a reply quotes is left out of it. A reply
    whose thread begins elsewhere is a ticket of its own, with the thread's id in `thread`.
    """
    faults: list[Record] = []
    mails: list[tuple[Mail, Record]] = []
    for line, path, data in messages:
        name = one_line(path.name) if path is not None else None
        try:
            raw = data if path is None else read_bytes(path, name or file)
        except InputError as error:
            faults.append(Record(line, {}, b"", error.problems[0].what, file=name))
            continue
        try:
            mail = read_mail(raw, zone)
        except ValueError as error:
            faults.append(Record(line, {}, raw, str(error), file=name))
            continue
        record = Record(line, mail.cells, raw, mail.automatic, mail.attachments, name)
        if mail.automatic:
            faults.append(record)
        else:
            mails.append((mail, record))
    records, joined = _join(mails)
    columns = sorted({key for record in records for key in record.cells})
    return Sheet(file, "mail", columns, sorted([*records, *faults], key=lambda each: each.line)), joined


def _join(mails: list[tuple[Mail, Record]]) -> tuple[list[Record], int]:
    """The records that stand for a ticket, in the order of the file, and how many mails joined one.

    Mails that name each other, or the same earlier mail, are one thread. A Message-ID that comes twice keeps
    both records: the second is rejected later, with both places named.
    """
    own: dict[str, int] = {}
    for number, (mail, _) in enumerate(mails):
        if mail.message_id:
            own.setdefault(mail.message_id, number)
    twice = {at for at, (mail, _) in enumerate(mails) if mail.message_id and own[mail.message_id] != at}
    threads: dict[str, list[int]] = {}
    leaders: dict[str, str] = {}
    for number, (mail, _) in enumerate(mails):
        if number not in twice:
            names = [mail.message_id or f"{number} no id", *mail.thread]
            found = {_leader(leaders, name) for name in names}
            chief = min(found)
            for other in found:
                leaders[other] = chief
    for number, (mail, _) in enumerate(mails):
        if number not in twice:
            threads.setdefault(_leader(leaders, mail.message_id or f"{number} no id"), []).append(number)
    kept = set(twice)
    for numbers in threads.values():
        numbers.sort(key=lambda at: (any(each in own for each in mails[at][0].thread), _time(mails[at][0]), at))
        head, *replies = numbers
        kept.add(head)
        first, record = mails[head]
        if first.thread:
            record_cells(record)["thread"] = first.thread[0]
        for at in sorted(replies, key=lambda at: (_time(mails[at][0]), at)):
            _append(record, *mails[at])
    return [record for number, (_, record) in enumerate(mails) if number in kept], len(mails) - len(kept)


def _leader(leaders: dict[str, str], name: str) -> str:
    """The name that stands for the thread of `name`."""
    chief = leaders.setdefault(name, name)
    while leaders[chief] != chief:
        leaders[chief] = leaders[leaders[chief]]
        chief = leaders[chief]
    return chief


def _time(mail: Mail) -> float:
    return mail.sent.timestamp() if mail.sent is not None else float("inf")


def record_cells(record: Record) -> dict[str, str]:
    """The cells of a record by key."""
    assert isinstance(record.cells, dict)
    return record.cells


def _append(head: Record, mail: Mail, record: Record) -> None:
    """Put a reply below what the ticket says already."""
    cells = record_cells(head)
    fresh = split_quoted(sanitise(mail.cells.get("body", "")))[0].strip()
    if fresh:
        below = f"\n\n{reply_head(mail)}\n{fresh}"
        cells["body"] = (cells.get("body", "").rstrip() + below)[:_MAX_THREAD_BODY]
    if mail.sent is not None:
        cells["updated_at"] = max(mail.sent.isoformat(), cells.get("updated_at", ""))
    head.attachments = tuple(dict.fromkeys((*head.attachments, *record.attachments)))
