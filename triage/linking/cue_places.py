"""Where a ticket names a site of the company: evidence of its reach.

The requester's own site is known by any telling word of its name; the other sites of the catalog only as their
names and aliases are written, so that a word that means something else makes no site.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from triage.linking.cue_outline import OWN, Outline
from triage.linking.lexicon import Mark
from triage.linking.phrases import Found
from triage.linking.stems import stem
from triage.linking.terms import Words

_GENERIC = frozenset(
    map(stem, ("branch", "office", "store", "site", "center", "centre", "headquarters", "floor", "building", "tower"))
) | frozenset(map(stem, ("filiale", "standort", "agence", "sucursal", "oficina")))

Places = Mapping[str, Sequence[tuple[int, tuple[str, ...]]]]
"""Names of sites by the word that they are looked up by: where that stands in the name, and the whole name."""


@lru_cache(maxsize=10_000)
def _words_of_name(name: str) -> frozenset[str]:
    """The words by which people call a site: those of its name that are not what every site is."""
    stems = {stem(word) for word in name.replace("-", " ").split()}
    return frozenset(word for word in stems if len(word) >= 4 and word not in _GENERIC)


def places_of(sites: Iterable[Sequence[str]]) -> Places:
    """How the catalog's sites are written, from the names and aliases of each.

    What every site is ("branch", "office") is left off; a single word that is left has to be a name ("Tustin", and
    not the "call" of a call center).
    """
    found: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for name in (name for names in sites for name in names):
        raws = name.replace("-", " ").split()
        while raws and stem(raws[-1]) in _GENERIC:
            raws.pop()
        numbered = [place for place, raw in enumerate(raws) if raw[0].isdigit()]
        if len(raws) > 1 or (raws and len(raws[0]) >= 4 and raws[0][0].isupper()):
            anchor = numbered[0] if numbered else 0
            stems = tuple(map(stem, raws))
            found.setdefault(stems[anchor], []).append((anchor, stems))
    return found


def sites_named(words: Words, outline: Outline, places: Places) -> list[Found[Mark]]:
    """Where the writer names a site: by a word of the requester's own, or one of the catalog's as it is written."""
    if not places and not words.message.site:
        return []
    own = _words_of_name(words.message.site or "")
    stems, weights = words.stems, words.weights
    found = []
    for position in outline.names:
        if weights[position] < OWN:
            continue
        begin, end = position, position + 1 if stems[position] in own else position
        for anchor, name in places.get(stems[position], ()):
            first = max(0, position - anchor)
            if tuple(stems[first : first + len(name)]) == name:
                begin, end = first, max(end, first + len(name))
        if end > position:
            found.append(Found(begin, end, Mark("reach", "site-named", 2.0, "en"), "site"))
    return found
