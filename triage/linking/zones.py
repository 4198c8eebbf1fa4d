"""What of a mail its writer says now, and what is greeting, signature, notice or an older mail below.

Line by line, by the marks that mail programs and people leave in English, German, French and Spanish.
Nothing is cut away: a zone has a weight, so that spans keep counting in the text as it came. A
forwarded or nearly wordless mail speaks through the older text, which then counts almost whole.
"""

from __future__ import annotations

import re
from typing import NamedTuple

OWN, QUOTED, SIGNATURE, NOTICE, GREETING = "own", "quoted", "signature", "notice", "greeting"
_WEIGHTS = {OWN: 1.0, QUOTED: 0.2, SIGNATURE: 0.0, NOTICE: 0.0, GREETING: 0.0}
_QUOTED_ALONE = 0.8
_FEW_WORDS = 8
_LONG_SIGNATURE = 14

_FORWARD = re.compile(r"^\s*(?:\[[^\]]{1,20}\]\s*)?(?:fwd?|wg|tr|rv|i)\s*:", re.I)
_INTRO = re.compile(
    r"^\s*(?:[-_*]{2,}\s*)?(?:"
    r"(?:begin )?(?:original message|forwarded (?:message|by)|urspr(?:ü|ue?)ngliche nachricht|weitergeleitete nachricht"
    r"|message (?:d['’]origine|transf[ée]r[ée]|original)|mensaje (?:original|reenviado))"
    r"|(?:on|am|le|el|il)\b.{5,160}(?:wrote|schrieb\b.{0,80}|a [ée]crit|escribi[óo])\s*:?\s*$)",
    re.I,
)
_HEADER = re.compile(r"^\s*\*?(?:from|von|de|gesendet von)\*?\s*:\*?\s+\S", re.I)
_HEADER_NEXT = re.compile(
    r"^\s*\*?(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoy[ée]|[àa]|objet|enviado(?: el)?|fecha"
    r"|para|asunto)"
    r"\*?\s*:",
    re.I,
)
_GREETING = re.compile(
    r"^\s*(?:hi|hello|dear|hey|hiya|good (?:morning|afternoon|evening|day)|morning|greetings|hallo|guten (?:tag"
    r"|morgen|abend)"
    r"|moin|servus|liebe[rs]?|sehr geehrte[rs]?|bonjour|bonsoir|salut|ch[eè]re?s?|hola|buen[oa]s(?: d[ií]as"
    r"| tardes| noches)?"
    r"|estimad[oa]s?|querid[oa]s?)\b(?P<name>[^,.!?:;\n–-]{0,40})[,.!:;–-]*\s*",
    re.I,
)
_SIGN_OFF = re.compile(
    r"^\s*(?:(?:(?:with )?(?:best|kind|warm|kindest|many)?\s*(?:regards|wishes)|best"
    r"|(?:many )?thanks(?: (?:so much|a lot|again|in advance))?"
    r"|thank you(?: (?:so much|very much|in advance))?|cheers|thx|ty|sincerely(?: yours)?|yours (?:sincerely"
    r"|truly|faithfully)|br|rgds"
    r"|mit (?:freundlichen|besten|vielen) gr(?:ü|ue)(?:ß|ss)en|(?:viele|liebe|beste|freundliche|sch(?:ö"
    r"|oe)ne) gr(?:ü|ue)(?:ß|ss)e"
    r"|gr(?:u|ü)(?:ß|ss)e?|mfg|lg|vg|danke(?: (?:im voraus|schon mal|und gru(?:ß|ss)))?"
    r"|vielen dank(?: im voraus)?|besten dank"
    r"|(?:bien )?cordialement|bien (?:à|a) vous|merci(?: d['’]avance| beaucoup)?|salutations(?: distingu[ée]es)?"
    r"|(?:un )?saludos?(?: cordial(?:es)?)?|(?:muchas )?gracias(?: de antemano)?|atentamente|cordialmente)"
    r"(?=\s*[,.!–-]|\s*$|\s+[A-ZÄÖÜÉ]))(?P<name>.{0,40})$",
    re.I,
)
_SENT_FROM = re.compile(
    r"^\s*(?:sent from my|get outlook for|von meinem .{2,20} gesendet|gesendet (?:von|mit)|envoy[ée] (?:de"
    r"|depuis) mon|enviado desde mi)",
    re.I,
)
_NOTICE = re.compile(
    r"(?:this (?:e-?mail|message|communication)[^.]{0,80}(?:confidential|intended|privileged)"
    r"|confidentiality notice|intended (?:solely|only) for"
    r"|if you (?:are not|have received this)[^.]{0,40}(?:intended|in error)|originated from outside"
    r"|external (?:e-?mail|sender)"
    r"|please consider the environment|diese (?:e-?mail|nachricht) (?:enth|ist vertraulich|kann vertraul)"
    r"|vertrauliche? information"
    r"|ce (?:message|courriel)[^.]{0,60}confidentiel|este (?:mensaje|correo)[^.]{0,60}confidencial|unsubscribe"
    r"|all rights reserved)",
    re.I,
)
_POSTSCRIPT = re.compile(r"^\s*p\.?\s?s\.?\s*[:.\-–]?\s", re.I)


class Zone(NamedTuple):
    """A piece of the body: its span, what it is, how much its words count."""

    start: int
    end: int
    kind: str
    weight: float


def is_forward(subject: str) -> bool:
    """Whether the subject says that the mail was passed on."""
    return bool(_FORWARD.match(subject))


def zones_of(subject: str, body: str) -> list[Zone]:
    """The body in zones, in order, without gaps but for line ends."""
    if "\n" not in body:
        return _single(body)
    lines = list(_lines(body))
    kinds = _kinds(body, lines)
    own_words = sum(
        len(body[start:end].split()) for (start, end), (kind, _) in zip(lines, kinds, strict=True) if kind == OWN
    )
    quoted = _QUOTED_ALONE if is_forward(subject) or own_words < _FEW_WORDS else _WEIGHTS[QUOTED]
    found: list[Zone] = []
    for (start, end), (kind, cut) in zip(lines, kinds, strict=True):
        if cut > start:
            found.append(Zone(start, cut, GREETING, 0.0))
            start = cut
        if start >= end:
            continue
        weight = quoted if kind == QUOTED else _WEIGHTS[kind]
        if found and found[-1].kind == kind and kind != GREETING:
            found[-1] = Zone(found[-1].start, end, kind, weight)
        else:
            found.append(Zone(start, end, kind, weight))
    return found


def _single(body: str) -> list[Zone]:
    if not body:
        return []
    greeting = _GREETING.match(body)
    if greeting and _is_name(greeting["name"]) and greeting.end() < len(body):
        return [
            Zone(0, greeting.end(), GREETING, 0.0),
            Zone(greeting.end(), len(body), OWN, 1.0),
        ]
    return [Zone(0, len(body), OWN, 1.0)]


def _is_name(text: str) -> bool:
    """Whether what stands after "Hi" is how one calls people and not the beginning of the matter."""
    words = text.split()
    return len(words) <= 1 or (len(words) <= 4 and all(word[:1].isupper() or len(word) <= 4 for word in words))


def _lines(body: str) -> list[tuple[int, int]]:
    spans = []
    start = 0
    for line in body.split("\n"):
        spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def _kinds(body: str, lines: list[tuple[int, int]]) -> list[tuple[str, int]]:
    """For each line what it is, and where its greeting ends (its own start where it has none)."""
    kinds: list[tuple[str, int]] = []
    state = OWN
    greeted = False
    for number, (start, end) in enumerate(lines):
        line = body[start:end]
        kind, cut = state, start
        if line.lstrip().startswith((">", "|")) and state != SIGNATURE:
            kind = QUOTED
        elif _INTRO.match(line) or (_HEADER.match(line) and _is_header(body, lines, number)):
            state = kind = QUOTED
        elif state == QUOTED:
            kind = NOTICE if _NOTICE.search(line) else QUOTED
        elif _NOTICE.search(line):
            kind = NOTICE
        elif line.rstrip() == "--" or line.startswith("-- ") or _SENT_FROM.match(line):
            state = kind = SIGNATURE
        elif state == SIGNATURE and _POSTSCRIPT.match(line):
            state = kind = OWN
        elif state == OWN:
            sign_off = _SIGN_OFF.match(line)
            if sign_off and number and _ends_here(body, lines, number):
                state = kind = SIGNATURE
            elif not greeted and line.strip():
                greeted = True
                greeting = _GREETING.match(line)
                if greeting and _is_name(greeting["name"]):
                    cut = start + greeting.end()
        kinds.append((kind, cut))
    return kinds


def _is_header(body: str, lines: list[tuple[int, int]], number: int) -> bool:
    return any(_HEADER_NEXT.match(body[start:end]) for start, end in lines[number + 1 : number + 4])


def _ends_here(body: str, lines: list[tuple[int, int]], number: int) -> bool:
    """Whether only a signature follows this line, up to the end or to an older mail."""
    written = 0
    for start, end in lines[number + 1 :]:
        line = body[start:end]
        if _INTRO.match(line) or _HEADER.match(line) or line.startswith(">"):
            break
        if len(line.split()) > 14 and not _NOTICE.search(line):
            return False
        written += bool(line.strip())
    return written <= _LONG_SIGNATURE
