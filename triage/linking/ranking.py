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
from triage.linking.pooling import WITHOUT, pool, pool_cold, similarity_of
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
        numbers = [look.scored.entries.tolist() for look in looks]
        lexical = [self._lexical(look, mine) for look, mine in zip(looks, numbers, strict=True)]
        parts = {
            kind: self._parts(kind, looks, numbers, lexical, spoken, memory, none_shares.get(kind)) for kind in Kind
        }
        agreed = [
            agree(self.entries, mine, services, touchpoints)
            for mine, services, touchpoints in zip(numbers, parts[Kind.SERVICE], parts[Kind.TOUCHPOINT], strict=True)
        ]
        services, touchpoints = (
            self._candidates(kind, chances, parts[kind], looks, memory, owed)
            for kind, chances in zip(Kind, zip(*agreed, strict=True), strict=True)
        )
        if owed and looks[0].met is not None:
            told = self._phrases.evidence(
                looks[0].heard, looks[0].met, [(each.ticket, each.phrase, each.added) for each in owed]
            )
            for each, pieces in zip(owed, told, strict=True):
                if each.others:
                    pieces += each.others
                    pieces.sort(key=lambda piece: -piece.weight)
                each.candidate.evidence = tuple(pieces)
        return list(zip(services, touchpoints, strict=True))

    def _lexical(self, look: Look, numbers: Sequence[int]) -> Floats:
        """The lexical scores of a ticket's candidates, less what negative terms take from them."""
        lexical = look.scored.score.astype(np.float64)
        for place in negative_hits(self.entries, look.words, numbers):
            lexical[place] -= _NEGATIVE
        return lexical

    def _parts(
        self,
        kind: Kind,
        looks: Sequence[Look],
        numbers: Sequence[Sequence[int]],
        lexical: Sequence[Floats],
        spoken: Sequence[tuple[float, float]],
        memory: Memory | None,
        none_share: float | None,
    ) -> list[Part]:
        """The candidates of a kind of each ticket, and what is thought of them before the kinds have met."""
        places = [self._of_kind(look.scored, kind) for look in looks]
        scores = [
            mine if len(mine) == len(chosen) else mine[chosen] for mine, chosen in zip(lexical, places, strict=True)
        ]
        if memory is None or not (memory.fitted or len(memory)):
            return list(zip(places, pool_cold(scores, kind.value, none_share, spoken), strict=True))
        learned = memory.fitted.get(kind.value)
        parts: list[Part] = []
        for ticket, (look, chosen) in enumerate(zip(looks, places, strict=True)):
            pooled = WITHOUT
            if len(chosen):
                mine = numbers[ticket]
                targets = [self._ids[mine[place]] for place in chosen.tolist()]
                pooled = pool(
                    targets, scores[ticket], kind.value, look.terms, memory, learned, none_share, spoken[ticket]
                )
            parts.append((chosen, pooled))
        return parts

    def _of_kind(self, scored: Scored, kind: Kind) -> Places:
        if self._only is not None:
            return np.arange(len(scored.entries) if kind is self._only else 0)
        touchpoints = self.entries.kinds[scored.entries]
        return np.flatnonzero(touchpoints if kind is Kind.TOUCHPOINT else ~touchpoints)

    def _candidates(
        self,
        kind: Kind,
        agreed: Sequence[tuple[Floats, float]],
        parts: Sequence[Part],
        looks: Sequence[Look],
        memory: Memory | None,
        owed: list[_Owed],
    ) -> list[Ranked]:
        """The best candidates of a kind of each ticket; whose words are still to be told goes to `owed`."""
        learned = memory.fitted.get(kind.value) if memory is not None else None
        factor = learned.temperature if learned else 1.0
        rows, shown = _shown([chances for chances, _ in agreed], parts, looks)
        ranked: list[Ranked] = []
        for ticket, (look, (_, none), (_, pooled)) in enumerate(zip(looks, agreed, parts, strict=True)):
            first, last = shown[ticket : ticket + 2]
            taught = self._taught(kind, learned, look) if learned and first < last else None
            found = []
            for rank, (number, phrase, chance, place, score, values) in enumerate(rows[first:last]):
                target = self._ids[number]
                cover, concept, exact, root, gram, whole = values
                features = {
                    "cover": cover, "concept": concept, "exact": exact, "root": root, "gram": gram, "whole": whole
                }  # fmt: skip
                soft = near = 0.0
                if pooled.soft is not pooled.near:  # both the same zeros where nothing was learned
                    soft, near = float(pooled.soft[place]), float(pooled.near[place])
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
            ranked.append((tuple(found), none))
        return ranked

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


_Row = tuple[int, int, float, int, float, list[float]]
"""Of a candidate: entry, phrase, probability, place among those of its kind, score, features."""


def _shown(chances: Sequence[Floats], parts: Sequence[Part], looks: Sequence[Look]) -> tuple[list[_Row], list[int]]:
    """The likeliest candidates of each ticket, best first, and where those of each ticket begin."""
    sizes = np.fromiter(map(len, chances), dtype=np.int64, count=len(chances))
    if not sizes.any():
        return [], [0] * (len(sizes) + 1)
    table = np.full((len(sizes), int(sizes.max())), np.inf)
    every = np.concatenate(chances)
    table[np.arange(table.shape[1]) < sizes[:, None]] = -every
    order = table.argsort(axis=1, kind="stable")[:, :SHOWN]
    shown = np.minimum(sizes, SHOWN)
    within = np.arange(order.shape[1]) < shown[:, None]
    order_of_kind = order[within]
    flat = (order + (np.cumsum(sizes) - sizes)[:, None])[within]
    scored = [look.scored for look in looks]
    starts = np.cumsum([0, *(len(each.entries) for each in scored[:-1])])
    places = (np.concatenate([places for places, _ in parts]) + starts.repeat(sizes))[flat]
    rows = zip(
        np.concatenate([each.entries for each in scored])[places].tolist(),
        np.concatenate([each.phrase for each in scored])[places].tolist(),
        every[flat].tolist(),
        order_of_kind.tolist(),
        np.concatenate([pooled.scores for _, pooled in parts])[flat].tolist(),
        np.concatenate([each.features for each in scored], axis=1)[:, places].T.tolist(),
        strict=True,
    )
    return list(rows), [0, *np.cumsum(shown).tolist()]
