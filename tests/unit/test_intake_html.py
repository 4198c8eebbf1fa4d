"""HTML and ADF become text."""

import pytest

from tests.yardstick import millions_of_additions
from triage.intake.adf import adf_to_text, is_adf
from triage.intake.html import html_to_text, looks_like_html, readable, unescaped_once


def test_paragraphs_lists_links_and_tables_stay_readable():
    html = (
        "<html><head><title>t</title><style>p{color:red}</style></head><body><p>Hello&nbsp;desk,</p>"
        "<p>open <a href='https://shop.example/x?a=1&amp;b=2'>the shop</a><br>and see:</p>"
        "<ul><li>one</li><li>two<ol><li>a</li><li>b</li></ol></li></ul>"
        "<table><tr><th>Code</th><th>Text</th></tr><tr><td>401</td><td>denied</td></tr></table>"
        "<script>alert('x')</script><pre>  a\n  b</pre></body></html>"
    )
    text = html_to_text(html)
    assert text.startswith("Hello desk,\n\nopen the shop (https://shop.example/x?a=1&b=2)\nand see:")
    assert "- one\n- two\n  1. a\n  2. b" in text
    assert "Code\tText\n401\tdenied" in text
    assert "  a\n  b" in text
    assert "alert" not in text and "color" not in text and "<" not in text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a < b and 3 > 2</p>", "a < b and 3 > 2"),
        ("<p>x<script>bad()</script >y</p>", "xy"),
        ("<p>x<SCRIPT>bad()", "x"),
        ("<p>x<!-- <b>no</b> -->y</p>", "xy"),
        ("<p>x<!-- never closed", "x"),
        ("<div>one<div>two</div>three</div>", "one\ntwo\nthree"),
        ("<blockquote>said<br>so</blockquote><p>fresh</p>", "> said\n> so\n\nfresh"),
        ('<a href="javascript:x()">go</a>', "go"),
        ('<a href="mailto:bob@x.example">bob@x.example</a>', "bob@x.example"),
        ('<img alt="a chart" src="cid:1">', "[a chart]"),
        ('<p title="a > b">text</p>', "text"),
        ("&lt;b&gt; is &amp;lt;", "<b> is &lt;"),
        ("<p>İ<script>x</script>y</p>", "İy"),
        ("<", "<"),
        ("", ""),
    ],
)
def test_single_marks(html, text):
    assert html_to_text(html) == text


def test_prose_that_speaks_of_tags_is_not_html():
    assert not looks_like_html("The page shows </div> at the bottom and a < b")
    assert not looks_like_html("Use <p> for a paragraph")
    assert looks_like_html("<div>Hello<br>world</div>")
    assert looks_like_html("<!DOCTYPE html><p>x")
    assert readable("if a < b then <b>") == "if a < b then <b>"


def test_glpi_content_is_unescaped_once_and_then_stripped():
    assert unescaped_once("&#60;p&#62;Bonjour,&#60;/p&#62;&#60;p&#62;a &#38;lt; b&#60;/p&#62;") == "Bonjour,\n\na < b"
    assert unescaped_once("plain &amp; simple") == "plain &amp; simple"


@pytest.mark.parametrize(
    "piece",
    ["<", "<!", "</", "<a ", "<a href='", '<a "', "<!--", "<script>", "<li>", "<a>", "<blockquote>", "&", "<td>"],
)
def test_hostile_repetition_takes_linear_time(piece):
    with millions_of_additions(150):
        html_to_text(piece * (400_000 // len(piece)))


def test_adf_keeps_breaks_lists_links_and_unknown_nodes():
    def text(words, **marks):
        return {"type": "text", "text": words, **marks}

    link = {"marks": [{"type": "link", "attrs": {"href": "https://x.example"}}]}
    item = {"type": "listItem", "content": [{"type": "paragraph", "content": [text("one")]}]}
    document = {
        "type": "doc",
        "content": [
            {"type": "paragraph", "content": [text("open"), {"type": "hardBreak"}, text("app", **link)]},
            {"type": "orderedList", "content": [item, item]},
            {"type": "panel", "content": [{"type": "paragraph", "content": [text("note")]}]},
            {"type": "paragraph", "content": [{"type": "mention", "attrs": {"text": "@bob"}}]},
            {"type": "somethingNew", "content": [text("kept")]},
        ],
    }
    assert is_adf(document)
    assert adf_to_text(document) == "open\napp (https://x.example)\n1. one\n2. one\nnote\n@bob\nkept"
    assert adf_to_text({"type": "doc", "content": [None, 3, {"content": "no"}]}) == ""
