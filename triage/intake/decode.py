"""Bytes of a file → text, without a guesser of charsets.

UTF-8 (with or without its mark), UTF-16 by its mark, then cp1252, whose five undefined bytes become
U+FFFD. A named encoding wins over all of it. Guessers are wrong on real exports (Redmine's own is
ISO-8859-1 and says nothing), and a wrong guess is a silent loss.
"""

from __future__ import annotations

import codecs
import zlib
from pathlib import Path

from triage.errors import InputError, Problem
from triage.text import nearest, one_line

MAX_BYTES = 1 << 30
"""No file above 1 GiB is read."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Outlook file; save it as .xlsx, .csv or .eml"),
    (b"7z\xbc\xaf", "an archive; unpack it first"),
    (b"SQLite format 3\x00", "a database"),
)
# Control characters that no text has many of; tabs, line ends, form feeds and escapes it may.
_NO_TEXT = bytes([*range(9), *range(14, 27), 28, 29, 30, 31, 127])
_KNOWN = ("utf-8", "utf-16", "latin-1", "cp1252", "cp1250", "cp1251", "iso-8859-1", "iso-8859-15", "ascii")


def refuse(file: str, what: str, line: int | None = None, hint: str | None = None) -> InputError:
    """The refusal of a whole file, as one line `FILE:LINE: what; hint`."""
    return InputError([Problem(what, file, line, hint)])


def read_bytes(path: Path, file: str, limit: int = MAX_BYTES) -> bytes:
    """The bytes of `path`; raises InputError where it is missing, unreadable, empty or above `limit` bytes."""
    try:
        with path.open("rb") as opened:
            large = path.stat().st_size > limit
            # A pipe has no size; and a read of so many bytes would set the memory for all of them aside.
            data = bytearray()
            while not large and (part := opened.read(1 << 20)):
                data += part
                large = len(data) > limit
    except FileNotFoundError:
        raise refuse(file, "no such file") from None
    except OSError as error:
        raise refuse(file, f"cannot be read: {error.strerror or error}") from None
    if large:
        raise refuse(file, f"is larger than {limit >> 20:,} MB", hint="split it")
    if not data:
        raise refuse(file, "is empty")
    return bytes(data)


def check_encoding(encoding: str) -> str:
    """The encoding that is meant by the name; raises InputError with the nearest name."""
    try:
        info = codecs.lookup(encoding)
        "".encode(info.name)  # raises where it is no encoding of text, base64 for example
    except (LookupError, UnicodeError, ValueError, TypeError, AttributeError, zlib.error):
        found = nearest(encoding, _KNOWN)
        hint = f"did you mean '{found}'?" if found else f"for example {', '.join(_KNOWN[:4])}"
        raise InputError(f"unknown encoding '{one_line(encoding)[:80]}'", hint=hint) from None
    return info.name


def decode(data: bytes, file: str, encoding: str | None = None) -> tuple[str, str]:
    """The text of `data` and the encoding that it was read with; raises InputError where it is no text."""
    if encoding is not None:
        name = check_encoding(encoding)
        if name == "utf-8":
            name = "utf-8-sig"
        try:
            return data.decode(name), name
        except (UnicodeError, ValueError) as error:
            place = data.count(b"\n", 0, getattr(error, "start", 0)) + 1
            raise refuse(file, f"is not {encoding}", place, "leave --encoding out, or name another") from None
    for start, kind in _BINARY:
        if data.startswith(start):
            raise refuse(file, f"is not text but {kind}")
    for mark, name in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(name), name
            except UnicodeError as error:
                what = f"begins with the mark of {name} and is not: {error.__class__.__name__}"
                raise refuse(file, what, 1, "name its encoding with --encoding") from None
    head = data[:4096]
    if head.count(0) * 10 > len(head):
        raise refuse(file, "holds zero bytes and is no text", 1, "if it is UTF-16, say --encoding utf-16-le")
    controls = len(head) - len(head.translate(None, _NO_TEXT))
    if controls > 100 and controls * 20 > len(head):  # a few are a hostile cell, and are taken out of it
        raise refuse(file, "is no text: too much of it is control characters", 1, "save it as .csv, .json or .xlsx")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "cp1252"


def decode_part(data: bytes, charset: str | None) -> str:
    """The text of a part of a mail, whatever its charset claims.

    A claim of ISO-8859-1, cp1252 or ASCII is not believed where the bytes are good UTF-8 beyond ASCII; a claim
    of UTF-8 is not believed where they are not.
    """
    claimed = (charset or "utf-8").strip("\"' ").lower()
    weak = claimed in ("us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1", "windows-1252", "cp1252", "unknown-8bit")
    for name in ("utf-8", claimed) if weak else (claimed, "utf-8"):
        try:
            return data.decode(check_encoding(name))
        except (InputError, UnicodeError, ValueError):
            continue
    return data.decode("cp1252", errors="replace")
