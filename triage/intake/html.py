"""HTML → text: paragraphs and lists as lines, links kept, scripts and styles never.

Written over a scanner of its own that runs once over the text, because `html.parser` needs quadratic
time for an unclosed mark, and what comes in here was written by anybody.
"""

from __future__ import annotations

import re
from html import unescape

_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:-]{0,30}")
_ATTRIBUTE = re.compile(r"""\b(href|src|alt|title)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f\u00a0]+")
_GAPS = re.compile(r"\n{3,}")
_SILENT = frozenset({"script", "style", "head", "title", "noscript", "template", "svg", "object", "select"})
_BREAKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "header",
        "main",
        "nav",
        "section",
        "tr",
        "table",
        "tbody",
        "thead",
        "caption",
    ]
)
_PARAGRAPHS = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre"])
_MARKUP = re.compile(
    r"<(?:!doctype html|html|body|head|p|div|br|table|tr|td|ul|ol|li|span|h[1-6]|blockquote|font|meta|style)\b"
    r"[^<>]{0,400}/?>",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"&(?:lt|#60|#x3c);/?(?:p|div|br|ul|ol|li|table|span|b|strong|a|h[1-6])\b", re.IGNORECASE)


def looks_like_html(text: str) -> bool:
    """Whether `text` is a page or a part of one, and not prose that speaks of a tag."""
    if "<" not in text:
        return False
    start = text.lstrip()[:400]
    found = _MARKUP.match(start)
    if found:
        return "</" in text or "<br" in text.lower() or found[0].lower().startswith("<!doctype")
    return sum(1 for _, _ in zip(_MARKUP.finditer(text), range(3), strict=False)) == 3 and "</" in text


def readable(text: str) -> str:
    """`text` as it is, or as text where it is HTML."""
    return html_to_text(text) if looks_like_html(text) else text


def unescaped_once(text: str) -> str:
    """The text of entity-escaped HTML (GLPI keeps `&#60;p&#62;`): unescaped once, then stripped of its tags."""
    if "<" not in text and _ESCAPED.search(text):
        text = unescape(text)
    return readable(text)


def html_to_text(html: str) -> str:
    """The text of `html`: a line a paragraph, `- ` and `1. ` before items, `> ` before quoted lines,
    ` (address)` after a link, tab between cells. Time is linear in the length."""
    out = _Lines()
    position, end = 0, len(html)
    while position < end:
        start = html.find("<", position)
        if start < 0:
            out.text(html[position:])
            break
        if start > position:
            out.text(html[position:start])
        position = _markup(html, start, out)
    return out.result()


def _markup(html: str, start: int, out: _Lines) -> int:
    """Take in what stands at `start`, a `<`; the place after it."""
    if html.startswith("<!--", start):
        stop = out.find(html, "-->", start + 4)
        return len(html) if stop < 0 else stop + 3
    if html.startswith(("<!", "<?"), start):
        stop = out.find(html, ">", start)
        return len(html) if stop < 0 else stop + 1
    name = _NAME.match(html, start + 1)
    if name is None:
        out.text("<")
        return start + 1
    stop = out.find(html, ">", start)
    if stop < 0:
        out.text(html[start:])
        return len(html)
    if html.count('"', start, stop) % 2:  # a `>` inside a quoted attribute
        quote = out.find(html, '"', stop)
        further = out.find(html, ">", quote) if quote >= 0 else -1
        stop = further if 0 <= further < stop + 2_000 else stop
    tag = name[0].lower()
    if tag in _SILENT and html[stop - 1] != "/":
        closing = out.find_closing(html, tag, stop)
        return len(html) if closing < 0 else closing
    out.tag(tag, html[start : min(stop, start + 4_000)])
    return stop + 1


class _Lines:
    """The lines that are being made: where they stand in lists, quotes, preformatted text and a link."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.at_start = True
        self.blank = False
        self.lists: list[int | None] = []
        self.quotes = 0
        self.pre = 0
        self.links: list[tuple[str, int]] = []
        self.missing: dict[str, int] = {}
        self.lowered: str | None = None

    def find(self, html: str, what: str, start: int) -> int:
        """`html.find`, which remembers what is not there any more."""
        if start >= self.missing.get(what, len(html) + 1):
            return -1
        found = html.find(what, start)
        if found < 0:
            self.missing[what] = min(start, self.missing.get(what, start))
        return found

    def find_closing(self, html: str, tag: str, start: int) -> int:
        """The place after the closing tag, -1 where there is none: then the rest is silent too."""
        if self.lowered is None:
            self.lowered = html.lower() if html.isascii() else re.sub("[A-Z]+", lambda m: m[0].lower(), html)
        found = self.find(self.lowered, f"</{tag}", start)
        if found < 0:
            return -1
        stop = self.find(html, ">", found)
        return -1 if stop < 0 else stop + 1

    def text(self, raw: str) -> None:
        """Put in text between tags."""
        words = unescape(raw) if "&" in raw else raw
        if self.pre:
            for number, line in enumerate(words.replace("\r\n", "\n").split("\n")):
                if number:
                    self.line()
                if line:
                    self.put(line)
            return
        words = _BLANKS.sub(" ", words)
        if self.at_start:
            words = words.lstrip(" ")
        if words:
            self.put(words)

    def put(self, words: str) -> None:
        if self.at_start and self.quotes:
            self.parts.append("> " * min(self.quotes, 8))
        self.at_start = False
        self.parts.append(words)

    def line(self) -> None:
        self.parts.append("\n")
        self.at_start = True

    def block(self, blank: bool = False) -> None:
        """Begin a new line, after an empty one where `blank`."""
        if not self.at_start:
            self.line()
        if blank and self.parts and self.parts[-2:] != ["\n", "\n"]:
            self.parts.append("\n")

    def tag(self, tag: str, whole: str) -> None:
        """What an opening or closing tag does to the lines."""
        name = tag.lstrip("/")
        closing = tag[0] == "/"
        if name == "br":
            self.line()
        elif name == "hr":
            self.block()
            self.put("----")
            self.line()
        elif name == "li":
            self.item(closing)
        elif name in ("ul", "ol"):
            self.block(blank=not self.lists)
            if closing:
                del self.lists[-1:]
            elif len(self.lists) < 50:
                self.lists.append(0 if name == "ol" else None)
        elif name == "blockquote":
            self.block(blank=True)
            self.quotes = max(self.quotes - 1, 0) if closing else self.quotes + 1
        elif name in ("td", "th"):
            if not closing and not self.at_start:
                self.put("\t")
        elif name == "a":
            self.link(closing, whole)
        elif name == "img":
            shown = _attributes(whole).get("alt", "").strip()
            if shown:
                self.text(f"[{shown[:200]}]")
        elif name in _PARAGRAPHS:
            self.block(blank=True)
            if name == "pre":
                self.pre = max(self.pre - 1, 0) if closing else self.pre + 1
        elif name in _BREAKS:
            self.block()

    def item(self, closing: bool) -> None:
        self.block()
        if closing:
            return
        depth = max(len(self.lists) - 1, 0)
        number = self.lists[-1] if self.lists else None
        if number is not None:
            self.lists[-1] = number + 1
        self.put("  " * min(depth, 8) + (f"{number + 1}. " if number is not None else "- "))
        self.at_start = False

    def link(self, closing: bool, whole: str) -> None:
        if not closing:
            if len(self.links) < 50:
                self.links.append((_attributes(whole).get("href", "").strip(), len(self.parts)))
            return
        if not self.links:
            return
        target, start = self.links.pop()
        shown = "".join(self.parts[start:]).strip()
        address = target.removeprefix("mailto:")
        if not address or address.startswith(("#", "javascript:", "data:", "cid:")) or address in shown:
            return
        self.put(f" ({address[:2_000]})" if shown else address[:2_000])

    def result(self) -> str:
        lines = [line.rstrip() for line in "".join(self.parts).split("\n")]
        return _GAPS.sub("\n\n", "\n".join(lines)).strip("\n")


def _attributes(whole: str) -> dict[str, str]:
    return {found[1].lower(): unescape(found[2] or found[3] or found[4] or "") for found in _ATTRIBUTE.finditer(whole)}
