"""The words of many tickets at once, as numbers in flat arrays.

People write the same words, so what a piece of text between two blanks is cut into, and what each word is, is
found out once and has a number from then on. What `terms.words_of` says of one ticket stands here for a
batch of them, and says the same (`tests/unit/test_linking_pages.py`).
"""

from __future__ import annotations

from collections.abc import Sequence, Sized
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.linking.message import Message
from triage.linking.terms import (
    BREAK,
    LATER_WEIGHT,
    LONG_BODY,
    LONG_PIECE,
    PLAIN,
    Words,
    is_shouted,
    pieces_of,
    segments_of,
    tokens_of,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_MOST = 400_000
"""So many words of pieces are remembered; then everything is forgotten and begun again."""
_LARGEST = 1 << 62
_END = 0
"""The number of the piece, and of the word, that ends a stretch of text."""


class Growing:
    """An array that grows at its end."""

    def __init__(self, dtype: Any) -> None:
        self._data: NDArray[Any] = np.empty(1_024, dtype=dtype)
        self._size = 0

    @property
    def all(self) -> NDArray[Any]:
        """What stands in it."""
        return self._data[: self._size]

    def extend(self, values: Sequence[Any] | NDArray[Any]) -> None:
        """Puts values at the end."""
        size = self._size + len(values)
        if size > len(self._data):
            larger = np.empty(2 * size, dtype=self._data.dtype)
            larger[: self._size] = self.all
            self._data = larger
        self._data[self._size : size] = values
        self._size = size


_counting = np.arange(1 << 16)


def ranges(starts: NDArray[np.integer[Any]], sizes: NDArray[np.integer[Any]]) -> Ints:
    """The numbers of many spans, one span after the other."""
    global _counting
    numbers: NDArray[Any] = (starts - (np.cumsum(sizes, dtype=np.int64) - sizes)).repeat(sizes)
    known = _counting
    if len(known) < len(numbers):
        known = _counting = np.arange(2 * len(numbers))
    # A second new array of this size would cost more than the sum.
    numbers += known[: len(numbers)]
    return numbers


def in_order(major: Ints, minor: Ints) -> Ints:
    """The places of numbers by the first of two, then by the second, equal ones as they stand. None is negative."""
    size = len(major)
    if not size:
        return np.empty(0, dtype=np.int64)
    step = int(minor.max()) + 1
    if (int(major.max()) + 1) * step * size >= _LARGEST:
        return np.lexsort((minor, major))
    # One sort of single numbers, with the place in the last digits, is five times as fast.
    keys: Ints = (major * step + minor) * size + np.arange(size)
    keys.sort()
    keys %= size
    return keys


class Spans:
    """Rows of different length, one after the other: where each begins is in `starts`, how long it is in `sizes`."""

    def __init__(self, *dtypes: Any) -> None:
        self._sizes, self._starts = Growing(np.int64), Growing(np.int64)
        self._columns = [Growing(dtype) for dtype in dtypes]
        self._end = 0

    def add(self, rows: Sequence[Sized], *columns: Sequence[Any] | NDArray[Any]) -> None:
        """Puts rows at the end; `columns` hold their values, row after row."""
        sizes = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
        ends = self._end + np.cumsum(sizes)
        self._sizes.extend(sizes)
        self._starts.extend(ends - sizes)
        for column, values in zip(self._columns, columns, strict=True):
            column.extend(values)
        self._end = int(ends[-1]) if len(ends) else self._end

    def take(self, rows: Ints) -> tuple[Ints, list[NDArray[Any]]]:
        """The sizes of some rows, and the values of each column, row after row."""
        sizes: Ints = self._sizes.all[rows]
        places = ranges(self._starts.all[rows], sizes)
        return sizes, [column.all[places] for column in self._columns]

    def __len__(self) -> int:
        return self._end


class Vocabulary:
    """The pieces of text that were seen, the words in them, and their numbers. One a linker."""

    def __init__(self) -> None:
        self.generation = 0
        self._begin()

    def _begin(self) -> None:
        self._pieces: dict[str, int] = {}
        self._numbers: dict[str, int] = {"": _END}
        self.raws: list[str] = [""]
        self.stems: list[str] = [BREAK]
        self.sorts = Growing(np.int8)
        self.sorts.extend([PLAIN])
        self.breaks = Growing(np.bool_)
        self.breaks.extend([True])
        self.sizes = Growing(np.int64)
        self.sizes.extend([0])
        self.words = Spans(np.int64, np.int64, np.int64)
        """Of each piece its words: number, where each begins in the piece, where it ends."""
        self.words.add([(0,)], [_END], [0], [0])

    def tidy(self) -> None:
        """Forgets everything once it is much. Between two batches: numbers change their meaning."""
        if len(self.words) > _MOST:
            self._begin()
            self.generation += 1

    def numbers(self, pieces: Sequence[str]) -> list[int]:
        """The numbers of pieces; unknown ones are taken in."""
        known = list(map(self._pieces.get, pieces))
        if None in known:
            for place, number in enumerate(known):
                if number is None:
                    known[place] = self._piece(pieces[place])
        return known  # type: ignore[return-value]

    def _piece(self, text: str) -> int:
        number = self._pieces.get(text)
        if number is not None:
            return number
        tokens = tokens_of(text)
        number = len(self.sizes.all)
        self.sizes.extend([len(text)])
        starts, ends = [token[3] for token in tokens], [token[4] for token in tokens]
        self.words.add([tokens], [self._word(token[0], token[1], token[2]) for token in tokens], starts, ends)
        if len(text) < LONG_PIECE:
            self._pieces[text] = number
        return number

    def _word(self, raw: str, stem: str, sort: int) -> int:
        number = self._numbers.get(raw)
        if number is None:
            number = self._numbers[raw] = len(self.raws)
            self.raws.append(raw)
            self.stems.append(stem)
            self.sorts.extend([sort])
            self.breaks.extend([stem == BREAK])
        return number


class Page(NamedTuple):
    """The words of some tickets, one ticket after the other; where each begins is in `bounds`.

    `rows` are the numbers of the words, `fields`, `weights`, `starts` and `ends` as in `Words`. Every ticket that has
    words ends with a break, so nothing is next to a word of another ticket.
    """

    messages: Sequence[Message]
    rows: Ints
    fields: NDArray[np.int8]
    weights: Floats
    starts: Ints
    ends: Ints
    breaks: NDArray[np.bool_]
    tickets: Ints
    bounds: list[int]

    def sizes(self) -> Ints:
        """How many words each ticket has, breaks among them."""
        return np.diff(np.array(self.bounds))


def page_of(messages: Sequence[Message], vocabulary: Vocabulary) -> Page:
    """The words of some tickets."""
    vocabulary.tidy()
    pieces: list[int] = []
    firsts: list[int] = []
    offsets: list[int] = []
    fields: list[int] = []
    weights: list[float] = []
    owners: list[int] = []
    for ticket, message in enumerate(messages):
        for text, offset, field, weight in segments_of(message):
            firsts.append(len(pieces))
            offsets.append(offset)
            fields.append(field)
            weights.append(weight)
            owners.append(ticket)
            pieces += vocabulary.numbers(pieces_of(text))
            pieces.append(_END)
    return _page(messages, vocabulary, np.array(pieces, dtype=np.int64), firsts, offsets, fields, weights, owners)


def _page(
    messages: Sequence[Message],
    vocabulary: Vocabulary,
    pieces: Ints,
    firsts: list[int],
    offsets: list[int],
    fields: list[int],
    weights: list[float],
    owners: list[int],
) -> Page:
    segment = np.repeat(np.arange(len(firsts)), np.diff([*firsts, len(pieces)]))
    # A blank stands between two pieces.
    lengths = vocabulary.sizes.all[pieces] + 1
    before = np.cumsum(lengths) - lengths
    if len(firsts):
        before += (np.array(offsets) - before[firsts])[segment]
    sizes, (rows, starts, ends) = vocabulary.words.take(pieces)
    shift = before.repeat(sizes)
    starts += shift
    ends += shift
    segment = segment.repeat(sizes)
    breaks = vocabulary.breaks.all[rows]
    follows = np.ones(len(rows), dtype=bool)
    follows[1:] = breaks[:-1]
    closing = rows == _END
    # The end of a stretch is a break where there is none yet.
    kept = np.flatnonzero(~(closing & follows))
    rows, starts, ends, segment, breaks = rows[kept], starts[kept], ends[kept], segment[kept], breaks[kept]
    field = np.array(fields, dtype=np.int8)[segment]
    weight = np.array(weights, dtype=np.float64)[segment]
    owner = np.array(owners, dtype=np.int64)[segment]
    closing = np.flatnonzero(rows == _END)
    weight[closing] = 0.0
    starts[closing] = ends[closing] = ends[closing - 1]
    bounds: Ints = np.searchsorted(owner, np.arange(len(messages) + 1))
    _fade(weight, field, owner, bounds)
    return Page(messages, rows, field, weight, starts, ends, breaks, owner, bounds.tolist())


def words_of_page(page: Page, vocabulary: Vocabulary) -> list[Words]:
    """The words of each ticket in lists, for what looks at single words."""
    rows = page.rows.tolist()
    stems = list(map(vocabulary.stems.__getitem__, rows))
    starts, ends = page.starts.tolist(), page.ends.tolist()
    fields, weights = page.fields.tolist(), page.weights.tolist()
    found = []
    for message, (first, last) in zip(page.messages, pairwise(page.bounds), strict=True):
        here = slice(first, last)
        found.append(
            Words(
                message,
                stems[here],
                starts[here],
                ends[here],
                fields[here],
                weights[here],
                is_shouted(message),
            )
        )
    return found


def _fade(weights: Floats, fields: NDArray[np.int8], owners: Ints, bounds: Ints) -> None:
    """What stands late in a long mail counts less than how it begins."""
    telling = (fields > 0) & (weights > 0)
    count: Ints = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(telling)))
    later = telling & (count[1:] - count[bounds[owners]] > LONG_BODY)
    weights[later] *= LATER_WEIGHT
