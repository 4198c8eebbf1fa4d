"""Where a mail's own words end and what it quotes begins.

The whole body is kept on the ticket; this is for the screen, which folds what is quoted. Two cases are not
folded, because the quoted part *is* what the ticket says: an answer written between the quoted lines, and a
forward. The lines that open a quotation ("On … wrote:", "Von: … Gesendet: …") are those that the package
mail-parser-reply knows in English, German, French and Spanish.
"""

from __future__ import annotations

import re
from collections import deque
from functools import cache

LANGUAGES = ["en", "de", "fr", "es"]
_MAX_BODY = 60_000
_MAX_LINE = 240
_FORWARD = re.compile(
    r"^[ >*]*-{0,12} ?(?:forwarded message|begin forwarded message|weitergeleitete nachricht|"
    r"anfang der weitergeleiteten (?:nachricht|e-mail)|message transf[ée]r[ée]|"
    r"d[ée]but du message (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|"
    r"mensaje reenviado|inicio del mensaje reenviado)\b.{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS_BLOCK = re.compile(r"^[ >*]*(?:From|Von|De|Absender|Expéditeur)\s?:", re.IGNORECASE | re.MULTILINE)
_BARE = re.compile(r"\w+")
_SIGN_OFF = re.compile(r"^-- ?$", re.MULTILINE)
FORWARD_WORDS = 12
"""With no more words than these above an address block, the block is a forward and not an answer."""


@cache
def _header() -> re.Pattern[str]:
    from mailparser_reply.parser import EmailMessage

    known: re.Pattern[str] = EmailMessage(text="", languages=list(LANGUAGES)).HEADER_REGEX
    # The package's Spanish form asks for two blanks before "escribió"; Gmail writes one.
    return re.compile(rf"{known.pattern}|(^(?:> ?)*El\s[^\n]{{1,200}}\sescribió:$)", known.flags)


def split_quoted(body: str) -> tuple[str, str]:
    """`(fresh, quoted)`: what the writer wrote, and what stands below it from earlier messages or as signature.

    `fresh + quoted == body`. `quoted` is empty where the answer stands between the quoted lines, where the
    message forwards another one, and where nothing is quoted. Where nothing would be left, all is fresh.
    """
    if _FORWARD.search(body):
        return body, ""
    start = _quote_start(body)
    sign = _signature(body, len(body) if start is None else start)
    cut = min(place for place in (start, sign, len(body)) if place is not None)
    if cut >= len(body) or not body[:cut].strip():
        return body, ""
    if start is not None and _answers_inline(body[start:]):
        return body, ""
    return body[:cut], body[cut:]


def _quote_start(body: str) -> int | None:
    """Where the first quotation begins: its opening line, or the first of a run of `>` lines up to the end."""
    places = []
    found = next((match for match in _header().finditer(_measured(body)) if match[0].strip()), None)
    if found is not None:
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        address_block = _ADDRESS_BLOCK.match(body, start) is not None
        if not (address_block and len(_BARE.findall(body[:start])) <= FORWARD_WORDS):
            places.append(start)
        elif address_block:
            return None
    marked = re.search(r"^>", body, re.MULTILINE)
    if marked is not None:
        places.append(marked.start())
    return min(places, default=None)


def _measured(body: str) -> str:
    """`body` of the same length for the package's patterns, whose time grows with the square of a line."""
    text = body[:_MAX_BODY]
    if max(map(len, text.split("\n"))) <= _MAX_LINE:
        return text
    return "\n".join(line if len(line) <= _MAX_LINE else "x" * len(line) for line in text.split("\n"))


def _answers_inline(quoted: str) -> bool:
    """Whether somebody wrote between or under the `>` lines."""
    lines = quoted.split("\n")
    marks = [number for number, line in enumerate(lines) if line.startswith(">")]
    if not marks:
        return False
    after = lines[marks[0] :]
    for number, line in enumerate(after):
        if line.strip() in ("--", "-- "):
            return False
        between = number > 0 and after[number - 1].startswith(">") and after[number + 1 : number + 2]
        wrapped = bool(between) and after[number + 1].startswith(">")
        if line.strip() and not line.startswith(">") and not wrapped and not _header().match(_measured(line)):
            return True
        if wrapped and line.strip() and (len(line) > 20 or line.rstrip().endswith((".", "!", "?"))):
            return True
    return False


def _signature(body: str, end: int) -> int | None:
    """Where a signature after the usual line of two hyphens begins, if it is short."""
    last = next(iter(deque(_SIGN_OFF.finditer(body, 0, end), maxlen=1)), None)
    if last is None or body.count("\n", last.end(), end) > 12:
        return None
    return last.start()
