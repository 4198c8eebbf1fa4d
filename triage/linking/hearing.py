"""What a batch of tickets says, in flat arrays: words and their weights, languages, cues, concepts.

Word by word everything comes from a table (`wordtable.py`); only where a word begins a longer phrase, or is a cue
itself, is it looked at alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.linking.lexicon import LANGUAGES, Mark, uncovered, without_covered
from triage.linking.message import Message
from triage.linking.pages import Ints, Page, page_of, words_of_page
from triage.linking.phrases import Found, Heads, complete, follow
from triage.linking.stems import stem as stem_of
from triage.linking.terms import CAPITAL, Words
from triage.linking.wordtable import (
    ANY,
    ARTICLE,
    COUNT,
    CUE,
    LOOSE,
    NAME,
    NUMBER,
    PARTICLE,
    PHRASAL,
    Cue,
    Single,
    WordTable,
    languages_of,
)

Kinds = dict[str, list[Found[Mark]]]
"""The cues of a ticket by their kind, in the order of their first words."""


class Heard(NamedTuple):
    """A batch: its page, what each word is (`flags`), the language of each ticket and whether that is sure, cues and
    concepts of more than one word."""

    page: Page
    table: WordTable
    words: list[Words]
    flags: NDArray[np.int32]
    languages: list[int]
    kinds: list[Kinds]
    concepts: list[list[Found[Mark]]]

    def found(self, ticket: int) -> list[Found[Mark]]:
        """Every phrase of the lexicon in a ticket, single words among them."""
        start, end = self.page.bounds[ticket : ticket + 2]
        parts = [self.table.parts[row] for row in self.page.rows[start:end].tolist()]
        language = self.languages[ticket]
        phrases = self.table.matcher.entries.lexicon.phrases
        return without_covered(
            phrases.find(
                [part.corrected for part in parts],
                [part.head for part in parts],
                LANGUAGES[language] if language < ANY else None,
            )
        )


def hear(messages: Sequence[Message], table: WordTable) -> tuple[Heard, list[str]]:
    """What some tickets say, and the language of each."""
    page = page_of(messages, table.vocabulary)
    table.grow()
    flags = table.flags.all[page.rows]
    _silence(page, table, flags)
    words = words_of_page(page, table.vocabulary)
    spoken = languages_of(_language_sums(page, table))
    languages = [language if sure else ANY for language, sure in spoken]
    kinds, concepts = _phrases(page, table, flags, languages)
    return Heard(page, table, words, flags, languages, kinds, concepts), [LANGUAGES[each] for each, _ in spoken]


def _language_sums(page: Page, table: WordTable) -> Ints:
    sums = np.zeros(len(page.messages), dtype=np.int64)
    filled = np.flatnonzero(page.sizes())
    if len(filled):
        sums[filled] = np.add.reduceat(table.languages.all[page.rows], np.array(page.bounds)[filled])
    return sums


def _silence(page: Page, table: WordTable, flags: NDArray[np.int32]) -> None:
    """Takes the weight from first names that are also words, from the writer's own name, and from what an article
    makes a noun: "a sign in the yard" is no sign-in."""
    weights = page.weights
    within = (page.fields > 0) & ~_after_break(page)
    weights[within & (flags & NAME > 0)] = 0.0
    for ticket, message in enumerate(page.messages):
        if message.requester:
            start, end = page.bounds[ticket : ticket + 2]
            own = _own_names(message.requester)
            capitals = table.vocabulary.sorts.all[page.rows[start:end]] == CAPITAL
            for place in (start + np.flatnonzero(capitals & within[start:end])).tolist():
                row = page.rows[place]
                if table.vocabulary.stems[row] in own and not table.vocabulary.raws[row].isupper():
                    weights[place] = 0.0
    for place in np.flatnonzero(flags & PHRASAL).tolist():
        around = flags[max(0, place - 1) : place + 3]
        if len(around) == 4 and around[0] & ARTICLE and around[2] & PARTICLE and around[3] & ARTICLE:
            weights[place] = weights[place + 1] = 0.0


@lru_cache(maxsize=10_000)
def _own_names(requester: str) -> frozenset[str]:
    pieces = requester.partition("@")[0].replace("_", ".").split(".")
    return frozenset(stem_of(piece) for piece in pieces if len(piece) > 2)


def _after_break(page: Page) -> NDArray[np.bool_]:
    """Which words open a sentence."""
    after = np.ones(len(page.rows), dtype=bool)
    after[1:] = page.breaks[:-1]
    return after


def _phrases(
    page: Page, table: WordTable, flags: NDArray[np.int32], languages: Sequence[int]
) -> tuple[list[Kinds], list[list[Found[Mark]]]]:
    """The cues of each ticket by kind, and its concepts of more than one word."""
    active = np.flatnonzero((flags & (LOOSE | CUE) > 0) | table.may_go_on(page.rows))
    rows = page.rows.tolist()
    places = (active - np.array(page.bounds)[page.tickets[active]]).tolist()
    ends = np.searchsorted(active, page.bounds).tolist()
    corrected = list(map(table.corrected.__getitem__, rows))
    number = flags & NUMBER > 0
    counted = np.zeros(len(rows), dtype=bool)
    for back in (1, 2, 3):
        counted[back:] |= number[:-back]
    counts = np.flatnonzero(counted & (flags & COUNT > 0)).tolist()
    count_ends = np.searchsorted(counts, page.bounds).tolist()
    kinds, concepts = [], []
    for ticket, language in enumerate(languages):
        first, last = page.bounds[ticket : ticket + 2]
        singles = table.singles[language]
        mine, long = _begun(
            corrected[first:last],
            rows[first:last],
            places[ends[ticket] : ends[ticket + 1]],
            table.cues[language],
            table.heads,
        )
        near = counts[count_ends[ticket] : count_ends[ticket + 1]]
        if near:
            _counted(mine, [(place - first, singles[rows[place]]) for place in near])
        kinds.append(mine)
        concepts.append(_longest(long) if len(long) > 1 else long)
    return kinds, concepts


def _longest(found: list[Found[Mark]]) -> list[Found[Mark]]:
    """These phrases, in the order of their first words, without those that stand inside a longer one."""
    if all(one[1] <= other[0] for one, other in pairwise(found)):
        return found
    return uncovered(found, [(each[0], each[1]) for each in found])


def _begun(
    stems: Sequence[str],
    rows: Sequence[int],
    places: Sequence[int],
    cues: Sequence[Sequence[Cue]],
    heads: Sequence[Heads[Mark] | None],
) -> tuple[Kinds, list[Found[Mark]]]:
    """The phrases that begin at some words of a ticket. `rows` number all its words; the last is a break."""
    kinds: Kinds = defaultdict(list)
    concepts = kinds["concept"]
    make = tuple.__new__
    spoken: set[str] | None = None
    for place in places:
        row = rows[place]
        for kind, mark, phrase in cues[row]:
            kinds[kind].append(make(Found, (place, place + 1, mark, phrase)))
        head = heads[row]
        if head is None:
            continue
        followed = head.followed.get(stems[place + 1])
        if followed is not None:
            # A break stands behind two words at the latest.
            if not followed.loose and stems[place + 2] not in followed.by_third:
                for _, _, mark, phrase in followed.complete:
                    kinds[mark[0]].append(make(Found, (place, place + 2, mark, phrase)))
            else:
                for end, mark, phrase in complete(stems, place, followed):
                    kinds[mark[0]].append(make(Found, (place, end, mark, phrase)))
        if head.loose:
            if spoken is None:
                spoken = set(stems)
            for needed, (rest, mark, phrase) in head.loose:
                if needed is None or needed in spoken:
                    end = follow(stems, place + 1, rest)
                    if end:
                        kinds[mark[0]].append(make(Found, (place, end, mark, phrase)))
    del kinds["concept"]
    return kinds, concepts


def _counted(kinds: Kinds, places: Sequence[tuple[int, Single]]) -> None:
    """Puts single words for people, places and measures among the longer phrases for them."""
    alone = [Found(place, place + 1, mark, phrase) for place, single in places for _, mark, phrase in single.counts]
    if alone:
        kinds["count"] = sorted(alone + kinds.get("count", []), key=lambda each: each.start)
