"""One mail → the cells of a record: headers decoded, body as text, attachments named, auto-replies told.

Charsets lie, headers are hostile and `email.policy.default` raises on some of them; whatever fails here
fails for one message, with a reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import getaddresses

from triage.intake.dates import NotADate, parse_date
from triage.intake.decode import decode_part
from triage.intake.html import html_to_text
from triage.text import one_line

MAX_MESSAGE = 64 << 20
_MAX_PARTS = 500
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,500})>")
_HEADERS = 100_000
_CONTENT_HEADER = 1_000
_SENDER = 2_000
_CONTENT = re.compile(rb"(?mi)^content-")
_MAX_CONTENT = 3_000
_BOUNCERS = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|mdaemon)@", re.IGNORECASE)
_NO_REPLY = re.compile(r"no[-_.]?reply|do[-_.]?not[-_.]?reply", re.IGNORECASE)
_KEPT = ("to", "cc", "reply-to", "in-reply-to", "references", "list-id", "sender", "delivered-to")


class _Bounded(policy.EmailPolicy):
    """The default policy, whose parser of Content-Type and its like needs seconds for a long one: they are cut."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[: _CONTENT_HEADER if name.lower().startswith("content-") else _HEADERS]


_BOUNDED = _Bounded()


@dataclass(slots=True)
class Mail:
    """A mail as triage reads it. `thread` are the Message-IDs that it answers, the oldest first."""

    cells: dict[str, str]
    message_id: str
    thread: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    automatic: str | None = None
    sent: datetime | None = None
    sender: str = ""
    extra: dict[str, str] = field(default_factory=dict)


def read_mail(data: bytes, zone: tzinfo) -> Mail:
    """The mail in `data`. Raises ValueError with the reason where it is none, or its date cannot be."""
    if len(data) > MAX_MESSAGE:
        raise ValueError(f"is larger than {MAX_MESSAGE >> 20} MB")
    try:
        if len(_CONTENT.findall(data)) > _MAX_CONTENT:
            raise ValueError("has more parts than a mail that somebody wrote")
        message = BytesParser(policy=_BOUNDED).parsebytes(data)
        assert isinstance(message, EmailMessage)  # the policy makes those
        return _read(message, zone)
    except ValueError:
        raise
    except RecursionError:
        raise ValueError("is nested too deeply to be read") from None
    except Exception as error:
        # The parser of headers has raised IndexError, AttributeError, TypeError and more on spoilt ones.
        raise ValueError(f"is a mail that cannot be read ({error.__class__.__name__})") from None


def _read(message: EmailMessage, zone: tzinfo) -> Mail:
    headers = _headers(message)
    if not any(name in headers for name in ("from", "subject", "date", "message-id", "received", "to")):
        raise ValueError("is not a mail: it has no From, Subject, Date or Message-ID")
    sent = _sent(headers, zone)
    name, address = _sender(headers)
    ids = _MESSAGE_ID.findall(headers.get("message-id", ""))
    thread = _MESSAGE_ID.findall(headers.get("references", "")) + _MESSAGE_ID.findall(headers.get("in-reply-to", ""))
    body, attachments = _content(message)
    cells = {
        "id": ids[0] if ids else "",
        "subject": headers.get("subject", ""),
        "body": body,
        "requester": address or name,
        "requester_name": name,
        "channel": "email",
        "created_at": sent.isoformat() if sent else "",
        "priority": headers.get("importance", "") or headers.get("x-priority", ""),
    }
    cells |= {key: headers[key] for key in _KEPT if headers.get(key)}
    return Mail(
        {key: words for key, words in cells.items() if words},
        cells["id"],
        tuple(dict.fromkeys(each for each in thread if each != cells["id"])),
        attachments,
        _automatic(message, headers, address),
        sent,
        name or address,
    )


def _headers(message: EmailMessage) -> dict[str, str]:
    """The first of each header, decoded, on one line."""
    found: dict[str, str] = {}
    for name, raw in message.raw_items():
        key = name.lower()
        if key not in found and len(found) < 300:
            found[key] = _decoded(str(raw)[:_HEADERS])
        elif key == "received":
            continue
    return found


def _decoded(raw: str) -> str:
    text = raw.encode("utf-8", "surrogateescape")
    plain = decode_part(text, None) if not raw.isascii() else raw
    plain = re.sub(r"\r?\n[ \t]*", " ", plain)
    if "=?" in plain:
        try:
            plain = str(make_header(decode_header(plain)))
        except Exception:
            plain = _words_by_hand(plain)
    return one_line(plain)


def _words_by_hand(plain: str) -> str:
    """Encoded words whose charset lies or is unknown, one by one."""

    def word(found: re.Match[str]) -> str:
        try:
            raw, charset = decode_header(found[0])[0]
        except Exception:
            return found[0]
        return decode_part(raw, charset) if isinstance(raw, bytes) else raw

    return re.sub(r"=\?[^?\s]{1,40}\?[bBqQ]\?[^?]{0,2000}\?=", word, plain)


def _sender(headers: dict[str, str]) -> tuple[str, str]:
    """Name and address of who wrote; of Reply-To where a form sent it from an address that takes no answer."""
    sender = headers.get("from", "") or headers.get("sender", "")
    answer = headers.get("reply-to", "")
    if answer and _NO_REPLY.search(sender) and not _NO_REPLY.search(answer):
        sender = answer
    sender = sender[:_SENDER]
    name, address = next(iter(getaddresses([sender])), ("", ""))
    if "@" not in address:
        loose = re.search(r"[^\s<>\"',;:]+@[^\s<>\"',;:]+", sender)
        name, address = name or sender, loose[0] if loose else ""
    return one_line(name), one_line(address).lower()


def _sent(headers: dict[str, str], zone: tzinfo) -> datetime | None:
    """When it was sent: its Date, else the time of its last delivery. Raises ValueError where neither can be."""
    received = headers.get("received", "").rpartition(";")[2].strip()
    written = headers.get("date", "").strip()
    for words in (written, received):
        if words:
            try:
                return parse_date(words, zone, None)
            except NotADate:
                continue
    if written:
        raise ValueError(f"its date '{written[:40]}' is not a date that can be")
    return None


def _automatic(message: EmailMessage, headers: dict[str, str], address: str) -> str | None:
    """Why a mail is an answer of a machine; None where a person wrote it.

    Auto-Submitted is RFC 3834; X-Auto-Response-Suppress is Exchange's; `Precedence: list` is not one, since
    a group's address forwards what people wrote.
    """
    if message.get_content_type() == "multipart/report" or "x-failed-recipients" in headers:
        return "is a delivery report, not a ticket"
    if _BOUNCERS.match(address) or headers.get("return-path", "x").strip() == "<>":
        return "is a bounce or an automatic reply (no return path)"
    submitted = headers.get("auto-submitted", "no").partition(";")[0].strip().lower()
    if submitted not in ("no", ""):
        return f"is an automatic reply (Auto-Submitted: {submitted[:40]})"
    for name in ("x-auto-response-suppress", "x-autoreply", "x-autorespond", "x-auto-reply"):
        if headers.get(name, "").strip().lower() not in ("", "none", "no"):
            return f"is an automatic reply ({name})"
    precedence = headers.get("precedence", "").strip().lower()
    if precedence in ("bulk", "junk", "auto_reply", "auto-reply"):
        return f"is an automatic reply (Precedence: {precedence})"
    return None


def _content(message: EmailMessage) -> tuple[str, tuple[str, ...]]:
    """The text of a mail and the names of what is attached; an attached mail is text, since it is a forward."""
    plain: list[str] = []
    html: list[str] = []
    attached: list[str] = []
    names: list[str] = []
    for part in _parts(message):
        kind = part.get_content_type()
        name = _file_name(part)
        inline = not name and _disposition(part) != "attachment"
        if kind == "message/rfc822":
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                attached.append(_forwarded(inner[0]))
        elif inline and kind == "text/plain":
            plain.append(_text(part))
        elif inline and kind == "text/html":
            html.append(_text(part))
        elif not part.is_multipart():
            names.append(name or kind)
    text = "\n\n".join(words for words in plain if words.strip())
    if not text and html:
        text = "\n\n".join(html_to_text(words) for words in html)
    return "\n\n".join([text, *attached]).strip("\n") if attached else text, tuple(names[:200])


def _parts(message: Message) -> list[Message]:
    """The parts in order, those of an attached mail left to it."""
    found: list[Message] = []
    waiting = [message]
    while waiting and len(found) < _MAX_PARTS:
        part = waiting.pop()
        found.append(part)
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting.extend(reversed([each for each in inner if isinstance(each, Message)]))
    return found


def _forwarded(message: Message) -> str:
    assert isinstance(message, EmailMessage)
    headers = _headers(message)
    head = [f"{name.capitalize()}: {headers[name]}" for name in ("from", "date", "to", "subject") if headers.get(name)]
    body, _ = _content(message)
    return "\n".join(["---------- Forwarded message ----------", *head, "", body])


def _file_name(part: Message) -> str:
    try:
        return one_line(_decoded(part.get_filename() or ""))[:200]
    except Exception:
        return "unnamed"


def _disposition(part: Message) -> str:
    try:
        return part.get_content_disposition() or ""
    except Exception:
        return ""


def _text(part: Message) -> str:
    try:
        data = part.get_payload(decode=True)
        charset = part.get_content_charset()
    except Exception:
        data, charset = str(part.get_payload()).encode("utf-8", "surrogateescape"), None
    return decode_part(data, charset).replace("\r\n", "\n") if isinstance(data, bytes) else ""


def reply_head(mail: Mail) -> str:
    """The line that stands above a reply in the body of its ticket."""
    at = f"{mail.sent.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if mail.sent else "later"
    return f"[{at}, {one_line(mail.sender)[:100] or 'unknown'}]"
