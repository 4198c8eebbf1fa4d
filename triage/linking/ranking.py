"""From what was heard of a batch of tickets to ranked candidates with their probabilities and evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.linking.agreement import Part, agree
from triage.linking.cue_outline import Outline
from triage.linking.entries import Entries
from triage.linking.evidence import Phrases, Taught, middle_of, recent
from triage.linking.hashing import Where
from triage.linking.hearing import Heard
from triage.linking.learner import SOFT_WEIGHT, Learned
from triage.linking.lexicon import Mark
from triage.linking.meeting import Met
from triage.linking.memory import Memory
from triage.linking.phrases import Found
from triage.linking.pooling import Pooled, pool, similarity_of
from triage.linking.scoring import Scored, negative_hits
from triage.linking.softmax import Snapshot
from triage.linking.terms import Words
from triage.tickets.models import Candidate, Evidence, Kind

SHOWN = 8
PROVED = 3
PROVED_FROM = 0.1
"""Evidence is given for the first few candidates of a kind, and for whatever is as likely as this."""
_NEGATIVE = 8.0
_TAUGHT_SHOWN, _TAUGHT_LEAST = 3, 0.02
"""Of how many candidates the words are told that past decisions made speak for them; from which probability."""

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
_NOTHING_LEARNED = [0.0] * SHOWN
_NOTHING = Pooled(np.empty(0), 1.0, np.empty(0), np.empty(0), np.empty(0))
Ranked = tuple[tuple[Candidate, ...], float]
"""The candidates of a kind, best first, and the probability that nothing fits."""


class Look(NamedTuple):
    """Everything that one pass over a ticket found; `ticket` is its place in the batch that was `heard`."""

    words: Words
    outline: Outline
    heard: Heard
    met: Met | None
    ticket: int
    scored: Scored
    counts: dict[int, int]
    where: Where
    language: str = "en"

    @property
    def terms(self) -> tuple[list[int], list[int]]:
        """Hashes and counts."""
        return list(self.counts), list(self.counts.values())

    @property
    def found(self) -> list[Found[Mark]]:
        """Every phrase of the lexicon in it; looked for again."""
        return self.heard.found(self.ticket)


class _Owed(NamedTuple):
    """A candidate whose words are still to be told: its phrase, what they added, and the evidence it has already."""

    candidate: Candidate
    ticket: int
    phrase: int
    added: float
    others: list[Evidence]


class Ranker:
    """Ranks the candidates of tickets against one catalog."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self._phrases = Phrases(entries)
        self._middles: dict[str, tuple[Snapshot, NDArray[np.float32]]] = {}
        self._ids = [entry.id for entry in entries.entries]
        self._errors = any(phrase.known_error for phrase in entries.phrases)
        self._only = Kind.SERVICE if not entries.kinds.any() else Kind.TOUCHPOINT if entries.kinds.all() else None

    def rank(
        self,
        looks: Sequence[Look],
        spoken: Sequence[tuple[float, float]],
        memory: Memory | None,
        none_shares: Mapping[str, float],
    ) -> list[tuple[Ranked, Ranked]]:
        """Services and touchpoints of the tickets of one batch, each supported by the other.

        `spoken` says how far a ticket is a notice and tells of a fault (`notice_and_fault`).
        """
        owed: list[_Owed] = []
        ranked = [self._both(look, each, memory, none_shares, owed) for look, each in zip(looks, spoken, strict=True)]
        if owed and looks[0].met is not None:
            told = self._phrases.evidence(
                looks[0].heard, looks[0].met, [(each.ticket, each.phrase, each.added) for each in owed]
            )
            for each, pieces in zip(owed, told, strict=True):
                if each.others:
                    pieces += each.others
                    pieces.sort(key=lambda piece: -piece.weight)
                each.candidate.evidence = tuple(pieces)
        return ranked

    def _both(
        self,
        look: Look,
        spoken: tuple[float, float],
        memory: Memory | None,
        none_shares: Mapping[str, float],
        owed: list[_Owed],
    ) -> tuple[Ranked, Ranked]:
        scored = look.scored
        lexical = scored.score.astype(np.float64)
        numbers = scored.entries.tolist()
        for place in negative_hits(self.entries, look.words, numbers):
            lexical[place] -= _NEGATIVE
        terms = look.terms
        parts: dict[Kind, Part] = {}
        learned: dict[Kind, Learned | None] = {}
        for kind in Kind:
            places = self._of_kind(scored, kind)
            mine = numbers if len(places) == len(numbers) else [numbers[place] for place in places.tolist()]
            targets = [self._ids[number] for number in mine]
            learned[kind] = memory.fitted.get(kind.value) if memory is not None else None
            share = none_shares.get(kind.value)
            scores = lexical if len(places) == len(numbers) else lexical[places]
            parts[kind] = (
                places,
                pool(targets, scores, kind.value, terms, memory, learned[kind], share, spoken) if targets else _NOTHING,
            )
        chances = zip(Kind, agree(self.entries, numbers, parts[Kind.SERVICE], parts[Kind.TOUCHPOINT]), strict=True)
        services, touchpoints = (
            self._candidates(kind, *after, parts[kind], learned[kind], look, owed) for kind, after in chances
        )
        return services, touchpoints

    def _of_kind(self, scored: Scored, kind: Kind) -> Places:
        if self._only is not None:
            return np.arange(len(scored.entries) if kind is self._only else 0)
        touchpoints = self.entries.kinds[scored.entries]
        return np.flatnonzero(touchpoints if kind is Kind.TOUCHPOINT else ~touchpoints)

    def _candidates(
        self,
        kind: Kind,
        chances: Floats,
        none: float,
        part: Part,
        learned: Learned | None,
        look: Look,
        owed: list[_Owed],
    ) -> Ranked:
        places, pooled = part
        if not len(places):
            return (), none
        scored = look.scored
        order = (-chances).argsort(kind="stable")[:SHOWN]
        chosen = places[order]
        spoken_for = pooled.soft is not pooled.near  # both the same zeros where nothing was learned
        found = []
        rows = zip(
            scored.entries[chosen].tolist(),
            scored.phrase[chosen].tolist(),
            chances[order].tolist(),
            pooled.scores[order].tolist(),
            pooled.soft[order].tolist() if spoken_for else _NOTHING_LEARNED,
            pooled.near[order].tolist() if spoken_for else _NOTHING_LEARNED,
            scored.features[:, chosen].T.tolist(),
            strict=False,
        )
        factor = learned.temperature if learned else 1.0
        taught = self._taught(kind, learned, look) if learned else None
        for rank, (number, phrase, chance, score, soft, near, values) in enumerate(rows):
            target = self._ids[number]
            cover, concept, exact, root, gram, whole = values
            features = {
                "cover": cover, "concept": concept, "exact": exact, "root": root, "gram": gram, "whole": whole
            }  # fmt: skip
            if soft or near:
                features["soft"], features["near"] = soft, near
            candidate = Candidate(kind, target, chance, score, "learned" if soft or near else "words", (), features)
            found.append(candidate)
            if rank >= PROVED and chance < PROVED_FROM:
                continue
            others: list[Evidence] = []
            tell = rank == 0 or (rank < _TAUGHT_SHOWN and chance >= _TAUGHT_LEAST)
            if taught is not None and learned is not None and tell and target in learned.columns:
                others = taught.evidence(learned.columns[target], look.words)
            if near:
                others.append(recent(similarity_of(near), factor * near))
            by_words = max(0.0, score - factor * (SOFT_WEIGHT * soft + near))
            owed.append(_Owed(candidate, look.ticket, phrase, by_words, others))
        return tuple(found), none

    def _taught(self, kind: Kind, learned: Learned, look: Look) -> Taught:
        """What past decisions say of the ticket's words."""
        known = self._middles.get(kind.value)
        if known is None or known[0] is not learned.snapshot:
            known = self._middles[kind.value] = learned.snapshot, middle_of(learned.snapshot)
        return Taught(learned.snapshot, known[1], look.terms, look.where, learned.temperature * SOFT_WEIGHT)

    def known_error(self, scored: Scored) -> str | None:
        """The known error whose cue is what spoke for the likeliest service."""
        if not self._errors:
            return None
        for place in np.argsort(-scored.score)[:3]:
            phrase = self.entries.phrases[int(scored.phrase[place])]
            if phrase.known_error and float(scored.features[0, place]) > 0.8:
                return phrase.known_error
        return None
