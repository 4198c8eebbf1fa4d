"""What the cues need of a ticket: its cues by kind, its sentences, codes of errors and capitals."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from triage.linking.hearing import Heard, Kinds
from triage.linking.lexicon import Mark
from triage.linking.pages import Ints, Page
from triage.linking.phrases import Found
from triage.linking.terms import CAPITAL, DIGIT
from triage.linking.wordtable import ASKS, CODE, CODE_NUMBER, CODE_WORD, LOUD, OPENER

OWN = 0.5
"""From this weight on a word is what the writer says now, and not a quotation."""
FIRST = 3
"""A question word stands among so many first words of its sentence."""
_FIRST_SENTENCES = 3


@dataclass(slots=True)
class Outline:
    """Cues by kind; places of words with a capital or a digit; codes of errors; sentences that ask and that tell.

    `sentences` are those of the writer now: the first word of each, and whether it asks. `openers` are the single
    words that may open one. `own` counts the words of the writer now; `late` is the word from which on sentences count
    a little less.
    """

    kinds: Kinds
    names: list[int]
    codes: list[tuple[int, int]]
    openers: list[Found[Mark]]
    sentences: list[tuple[int, bool]]
    asked: int
    told: int
    own: int
    late: int


class _Parted:
    """Places of a page, ticket by ticket."""

    def __init__(self, page: Page, places: Ints) -> None:
        self.bounds: list[int] = np.searchsorted(places, page.bounds).tolist()
        self.places: list[int] = (places - np.array(page.bounds)[page.tickets[places]]).tolist()

    def of(self, ticket: int) -> list[int]:
        """The places in one ticket, counted from its first word."""
        return self.places[self.bounds[ticket] : self.bounds[ticket + 1]]


def outlines_of(heard: Heard, numbers_name: bool = False) -> list[Outline]:
    """The outlines of a batch. With `numbers_name` words that begin with a digit are among the names."""
    page, flags = heard.page, heard.flags
    own = page.weights >= OWN
    ends = np.flatnonzero(page.breaks)
    begins = np.concatenate((np.zeros(1, dtype=np.int64), ends[:-1] + 1)) if len(ends) else ends
    asks = flags[ends] & ASKS > 0
    mine = own[ends]
    field = page.fields[ends] > 0
    tickets, count = page.tickets[ends], len(page.messages)
    asked = np.bincount(tickets[mine & asks], minlength=count).tolist()
    told = np.bincount(tickets[mine & ~asks & (flags[ends] & LOUD > 0) & field], minlength=count).tolist()
    words = np.bincount(page.tickets[own & ~page.breaks], minlength=count).tolist()
    late = _late(page, ends[mine & field])
    opening = (begins < ends) & own[begins] if len(ends) else mine
    sentences, asking = _Parted(page, begins[opening]), asks[opening].tolist()
    near = np.zeros(len(page.rows) + FIRST, dtype=bool)
    for step in range(FIRST):
        near[begins[opening] + step] = True
    openers = _Parted(page, np.flatnonzero(near[: len(page.rows)] & (flags & OPENER > 0)))
    sorts = heard.table.vocabulary.sorts.all[page.rows]
    names = _Parted(page, np.flatnonzero((sorts == CAPITAL) | (sorts == DIGIT) if numbers_name else sorts == CAPITAL))
    codes = _codes(page, flags)
    rows = page.rows
    found = []
    for ticket, (start, _) in enumerate(pairwise(page.bounds)):
        first, last = sentences.bounds[ticket : ticket + 2]
        singles = heard.table.singles[heard.languages[ticket]]
        found.append(
            Outline(
                heard.kinds[ticket],
                names.of(ticket),
                codes.get(ticket, []),
                [
                    Found(place, place + 1, mark, phrase)
                    for place in openers.of(ticket)
                    for _, mark, phrase in singles[int(rows[start + place])].openers
                ],
                list(zip(sentences.of(ticket), asking[first:last], strict=True)),
                asked[ticket],
                told[ticket],
                words[ticket],
                late[ticket],
            )
        )
    return found


def _late(page: Page, ends: Ints) -> list[int]:
    """The end of the third sentence of each ticket's body, or the end of the ticket."""
    bounds = np.array(page.bounds)
    late = np.diff(bounds)
    firsts = np.searchsorted(ends, bounds)
    enough = np.flatnonzero(np.diff(firsts) >= _FIRST_SENTENCES)
    late[enough] = ends[firsts[enough] + _FIRST_SENTENCES - 1] - bounds[enough]
    found: list[int] = late.tolist()
    return found


def _codes(page: Page, flags: NDArray[np.int32]) -> dict[int, list[tuple[int, int]]]:
    """Codes of errors ("ERR-504", "NullReferenceException", "error 809", "SIP 503"): the spans in each ticket."""
    spoken = page.weights > 0
    after = np.zeros(len(flags), dtype=bool)
    after[1:] = flags[:-1] & CODE_WORD > 0
    found: dict[int, list[tuple[int, int]]] = {}
    for places, size in (
        (np.flatnonzero(after & (flags & CODE_NUMBER > 0) & spoken), 2),
        (np.flatnonzero((flags & CODE > 0) & spoken), 1),
    ):
        for place in places.tolist():
            ticket = int(page.tickets[place])
            here = place - page.bounds[ticket] + 1
            found.setdefault(ticket, []).append((here - size, here))
    return found
