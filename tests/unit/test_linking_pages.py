"""A batch of tickets in arrays is word by word what each ticket is alone."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path

import pytest

from triage.linking import pages
from triage.linking.message import Message
from triage.linking.pages import Vocabulary, page_of, words_of_page
from triage.linking.terms import words_of

MESSY = Path(__file__).parents[1] / "data" / "messy"
ODD = [
    Message(),
    Message("a", ""),
    Message("", "   "),
    Message("...", "?!"),
    Message("Re: printer", "Thanks.\n\n> the printer\n> is on fire"),
    Message("", "don't; can't\n\n; see http://x.example/y or a@b.example about ERR-504 in 10.4.1"),
    Message("IT IS DOWN", "THE WHOLE FLOOR IS WAITING!!! NOBODY CAN WORK"),
    Message("é", "ﬁ" * 90),
    Message("long", "Word after word. " * 400),
]


def _messages() -> list[Message]:
    found = list(ODD)
    for half in ("tune", "test"):
        for line in (MESSY / f"{half}.jsonl").read_text("utf-8").splitlines():
            ticket = json.loads(line)
            found.append(Message(ticket["subject"], ticket["body"]))
    return found


def test_a_batch_has_the_words_that_each_ticket_has_alone() -> None:
    messages = _messages()
    random.Random(4).shuffle(messages)
    vocabulary = Vocabulary()
    for start in range(0, len(messages), 32):
        batch = messages[start : start + 32]
        together = words_of_page(page_of(batch, vocabulary), vocabulary)
        assert [asdict(words) for words in together] == [asdict(words_of(message)) for message in batch]


def test_every_ticket_with_words_ends_with_a_break() -> None:
    vocabulary = Vocabulary()
    page = page_of(_messages(), vocabulary)
    last = [end - 1 for start, end in zip(page.bounds, page.bounds[1:], strict=False) if end > start]
    assert page.breaks[last].all()


def test_what_was_seen_is_forgotten_once_it_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_MOST", 20)
    vocabulary = Vocabulary()
    for number in range(60):
        page_of([Message("", f"word{number} and some more words")], vocabulary)
    assert vocabulary.generation > 2
    assert len(vocabulary.raws) < 30
