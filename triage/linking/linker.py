"""Reading a ticket against a catalog: candidates of services and touchpoints with true probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.catalog.index import CatalogIndex
from triage.collecting import uncollected
from triage.linking import cues, learner
from triage.linking.agreement import agree
from triage.linking.cue_outline import Outline, outlines_of
from triage.linking.cue_places import places_of
from triage.linking.cue_signs import condition_signs, notice_and_fault
from triage.linking.entries import Entries
from triage.linking.evidence import Phrases, Taught, middle_of, recent
from triage.linking.hashing import Where, hashed_terms
from triage.linking.hearing import Heard, hear
from triage.linking.learner import LEX, SOFT_WEIGHT, Learned
from triage.linking.lexicon import Lexicon, Mark
from triage.linking.matching import Matcher, Meeting
from triage.linking.meeting import Met, meet
from triage.linking.memory import Decision, Memory, pack
from triage.linking.message import Message
from triage.linking.pages import Vocabulary
from triage.linking.phrases import Found
from triage.linking.pooling import Pooled, pool, similarity_of
from triage.linking.scoring import NAMES, Scored, Scorer, negative_hits
from triage.linking.softmax import Snapshot
from triage.linking.terms import Words
from triage.linking.wordtable import WordTable
from triage.tickets.models import Candidate, Kind, Reading

SHOWN = 8
PROVED = 3
PROVED_FROM = 0.1
"""Evidence is given for the first few candidates of a kind, and for whatever is as likely as this."""
BATCH = 32
"""How many tickets are read in shared arrays."""
STORED = 16
"""Of how many candidates a decision keeps the lexical score."""
FEW_DECISIONS = 15
"""Below this many decisions of a kind nothing is fitted; the nearest past ticket still counts."""
SHARE_ENOUGH = 200
"""Below this many tickets the share of none is not estimated from them."""
_NEGATIVE = 8.0
_TAUGHT_SHOWN, _TAUGHT_LEAST = 3, 0.02
"""Of how many candidates the words are told that past decisions made speak for them; from which probability."""

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
_NOTHING = Scored(
    np.empty(0, dtype=np.int64),
    np.empty(0),
    np.empty(0, dtype=np.int64),
    np.empty((len(NAMES), 0), dtype=np.float32),
)
_Ranked = tuple[tuple[Candidate, ...], float]


class _Look(NamedTuple):
    """Everything that one pass over a ticket found."""

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
    def found(self) -> list[Found[Mark]]:
        """Every phrase of the lexicon in it; looked for again."""
        return self.heard.found(self.ticket)

    def meetings(self) -> dict[int, Meeting]:
        """The terms of the catalog that it speaks of, and where."""
        return self.met.of(self.ticket, self.heard.page.bounds[self.ticket]) if self.met else {}

    @property
    def terms(self) -> tuple[list[int], list[int]]:
        """Hashes and counts."""
        return list(self.counts), list(self.counts.values())


class Linker:
    """Reads tickets against one version of a catalog, with what was learned so far. One a thread."""

    def __init__(self, index: CatalogIndex, memory: Memory | None = None, *, lexicon: Lexicon | None = None) -> None:
        self.index = index
        self.memory = memory
        self.lexicon = lexicon or Lexicon.of_catalog(index.catalog.lexicon)
        with uncollected():
            self.entries = Entries(index, self.lexicon)
            self.matcher = Matcher(self.entries)
        self._table = WordTable(self.matcher, Vocabulary())
        self.scorer = Scorer(self.entries)
        self.places = places_of((site.name, *site.aliases) for site in index.catalog.sites)
        self.none_shares: dict[str, float] = {}
        self._phrases = Phrases(self.entries)
        self._middles: dict[str, tuple[Snapshot, NDArray[np.float32]]] = {}
        self._ids = [entry.id for entry in self.entries.entries]
        self._kept: dict[Message, _Look] = {}

    def read(self, message: Message) -> Reading:
        """All that can be read from a ticket. Never fails; an empty ticket reads as nothing."""
        return self._readings([self._look(message)])[0]

    def _readings(self, looks: Sequence[_Look]) -> list[Reading]:
        """Step by step for all tickets, and not ticket by ticket: code that runs again at once runs faster."""
        terms = [look.terms for look in looks]
        conditions = [self._sharpened("condition", each) for each in terms]
        reaches = [self._sharpened("reach", each) for each in terms]
        told = [
            (
                signs := condition_signs(look.words, look.outline),
                cues.read_condition(look.words, signs, condition),
                cues.read_reach(look.words, look.outline, self.lexicon, reach, self.places),
                cues.read_flags(look.words, look.outline),
            )
            for look, condition, reach in zip(looks, conditions, reaches, strict=True)
        ]
        links = [self._both(look, notice_and_fault(each[0])) for look, each in zip(looks, told, strict=True)]
        return [
            Reading(
                services=services[0],
                touchpoints=touchpoints[0],
                none_service=services[1],
                none_touchpoint=touchpoints[1],
                condition=condition,
                reach=reach,
                flags=flags,
                language=look.language,
                known_error=self._known_error(look.scored),
            )
            for look, (services, touchpoints), (_, condition, reach, flags) in zip(looks, links, told, strict=True)
        ]

    def read_many(self, messages: Iterable[Message], *, decided: bool = False) -> list[Reading]:
        """The readings of many tickets, in their order.

        With `decided` what was seen is kept until the next call, for the decisions on them that follow.
        """
        self._kept = {}
        readings: list[Reading] = []
        rest = iter(messages)
        with uncollected():
            while batch := list(islice(rest, BATCH)):
                looks = self._looks(batch)
                if decided:
                    self._kept.update(zip(batch, looks, strict=True))
                readings += self._readings(looks)
        return readings

    def terms(self, message: Message) -> bytes:
        """The packed hashed terms of a ticket, as a decision keeps them. No text can be had from them."""
        return pack(self._look(message, score=False).counts)

    def decision(
        self,
        message: Message,
        *,
        ticket: int,
        kind: str,
        target: str,
        who: str = "",
        blind: bool = False,
        imported: bool = False,
    ) -> Decision:
        """A person's decision on a ticket with all that the learner keeps of it.

        `kind` service, touchpoint, condition or reach; `target` an id, `none`, or a value. `features`
        holds the lexical scores of the best candidates, with which the pool is fitted.
        """
        return self.decisions(message, ticket=ticket, targets={kind: target}, who=who, blind=blind, imported=imported)[
            0
        ]

    def decisions(
        self,
        message: Message,
        *,
        ticket: int,
        targets: Mapping[str, str],
        who: str = "",
        blind: bool = False,
        imported: bool = False,
    ) -> list[Decision]:
        """The decisions on several kinds for one ticket, read once; `targets` maps kind to target."""
        look = self._kept.get(message) or self._look(message)
        # Reading leaves the terms out while nothing was learned; a decision always needs them.
        terms = pack(look.counts or hashed_terms(look.words, look.found, self.lexicon))
        return [
            Decision(ticket, kind, target, terms, self._features(look.scored, kind), blind, who, imported)
            for kind, target in targets.items()
        ]

    def fit(self, none_share: float | None = None) -> bool:
        """Fits a snapshot from all that the memory holds: a fixed point of the log. Seconds for ten thousand.

        True where there was something to fit. `none_share` is the real share of tickets that fit
        nothing, where it is known. The caller writes the point into the log and stores the memory.
        """
        if self.memory is None or not len(self.memory):
            return False
        fitted: dict[str, Learned] = {}
        for kind in ("service", "touchpoint", "condition", "reach"):
            decisions = list(self.memory.decisions(kind))
            names = self._name_examples(Kind(kind)) if kind in ("service", "touchpoint") else []
            learned = learner.fit(decisions, names, none_share)
            if learned is not None and len(decisions) >= FEW_DECISIONS:
                fitted[kind] = learned
        self.memory.settle(fitted)
        return True

    def estimate_none_shares(self, messages: Sequence[Message]) -> dict[str, float]:
        """The share of tickets that fit nothing, by kind, from unlabelled tickets alone.

        Expectation maximisation over the readings (Saerens, Latinne, Decaestecker 2002), for the kinds whose odds
        of none were fitted; nothing below SHARE_ENOUGH tickets. Set it as `none_shares`, or `expect` it.
        """
        fitted = {kind: learned for kind in ("service", "touchpoint") if (learned := self._learned(kind))}
        fitted = {kind: learned for kind, learned in fitted.items() if learned.none}
        if not fitted or len(messages) < SHARE_ENOUGH:
            return {}
        before, self.none_shares = self.none_shares, {kind: learned.share for kind, learned in fitted.items()}
        try:
            readings = self.read_many(messages)
        finally:
            self.none_shares = before
        return {
            kind: learner.share_of([getattr(reading, f"none_{kind}") for reading in readings], learned.share)
            for kind, learned in fitted.items()
        }

    def expect(self, shares: Mapping[str, float]) -> None:
        """Takes shares of none into what was fitted, so that they are stored with it."""
        if self.memory is not None:
            for kind, share in shares.items():
                self.memory.fitted[kind] = replace(self.memory.fitted[kind], expected=round(share, 4))

    def _look(self, message: Message, score: bool = True) -> _Look:
        return self._looks([message], score)[0]

    def _looks(self, messages: Sequence[Message], score: bool = True) -> list[_Look]:
        """One pass over some tickets; their candidates are scored in shared arrays."""
        heard, languages = hear(messages, self._table)
        outlines = outlines_of(heard, numbers_name=bool(self.places))
        met = meet(heard) if score else None
        scored = self.scorer.score(heard, met) if met else [_NOTHING] * len(messages)
        fitted = self.memory is not None and bool(self.memory.fitted)
        needed = not score or (self.memory is not None and len(self.memory) > 0)
        looks = []
        for ticket, (words, outline, language) in enumerate(zip(heard.words, outlines, languages, strict=True)):
            where: Where = {}
            counts: dict[int, int] = {}
            if needed:
                counts = hashed_terms(words, heard.found(ticket), self.lexicon, where if fitted else None)
            looks.append(_Look(words, outline, heard, met, ticket, scored[ticket], counts, where, language))
        return looks

    def _learned(self, kind: str) -> Learned | None:
        return self.memory.fitted.get(kind) if self.memory is not None else None

    def _name_examples(self, kind: Kind) -> list[tuple[bytes, str]]:
        """The names and aliases of the catalog as examples of their entries."""
        return [
            (self.terms(Message("", phrase.text)), self.entries.entries[phrase.entry].id)
            for phrase in self.entries.phrases
            if phrase.role in ("name", "alias") and self.entries.entries[phrase.entry].kind is kind
        ]

    def _features(self, scored: Scored, kind: str) -> tuple[tuple[str, int], ...]:
        """The lexical scores of a kind's best candidates, in whole thousandths."""
        if kind not in ("service", "touchpoint"):
            return ()
        mine = self.entries.kinds[scored.entries] == (kind == "touchpoint")
        rows = zip((-scored.score[mine]).tolist(), scored.entries[mine].tolist(), strict=True)
        best = sorted((negative, self._ids[number]) for negative, number in rows)[:STORED]
        return tuple((LEX + ident, round(-1000 * negative)) for negative, ident in best)

    def _sharpened(self, kind: str, terms: tuple[list[int], list[int]]) -> dict[str, float] | None:
        """What was learned of a condition or reach, as something to add to the cues."""
        learned = self._learned(kind)
        near = self.memory.recent.nearest(kind, *terms) if self.memory is not None else {}
        if learned is None and not near:
            return None
        added = {target: 4.0 * max(0.0, similarity - 0.3) for target, similarity in near.items()}
        if learned is not None:
            logits, _ = learned.snapshot.logits(
                np.array(terms[0], dtype=np.uint32), np.array(terms[1], dtype=np.float32)
            )
            trust = min(1.0, learned.snapshot.examples / 200)
            for label, value in zip(learned.snapshot.labels, logits.tolist(), strict=True):
                added[label] = added.get(label, 0.0) + trust * value
        return added

    def _both(self, look: _Look, spoken: tuple[float, float]) -> tuple[_Ranked, _Ranked]:
        """Services and touchpoints, each supported by the other."""
        scored = look.scored
        lexical = scored.score.astype(np.float64)
        numbers = scored.entries.tolist()
        for place in negative_hits(self.entries, look.words, numbers):
            lexical[place] -= _NEGATIVE
        touchpoints = self.entries.kinds[scored.entries]
        parts = {}
        for kind, chosen in ((Kind.SERVICE, ~touchpoints), (Kind.TOUCHPOINT, touchpoints)):
            places = np.flatnonzero(chosen)
            targets = [self._ids[numbers[place]] for place in places.tolist()]
            learned = self._learned(kind.value)
            share = self.none_shares.get(kind.value)
            parts[kind] = (
                places,
                pool(targets, lexical[places], kind.value, look.terms, self.memory, learned, share, spoken),
            )
        services, touch = agree(self.entries, numbers, parts[Kind.SERVICE], parts[Kind.TOUCHPOINT])
        return (
            self._candidates(Kind.SERVICE, *services, parts[Kind.SERVICE], look),
            self._candidates(Kind.TOUCHPOINT, *touch, parts[Kind.TOUCHPOINT], look),
        )

    def _candidates(
        self, kind: Kind, chances: Floats, none: float, part: tuple[Places, Pooled], look: _Look
    ) -> _Ranked:
        places, pooled = part
        if not len(places):
            return (), none
        scored = look.scored
        order = (-chances).argsort(kind="stable")[:SHOWN]
        chosen = places[order]
        found = []
        rows = zip(
            scored.entries[chosen].tolist(),
            scored.phrase[chosen].tolist(),
            chances[order].tolist(),
            pooled.scores[order].tolist(),
            pooled.soft[order].tolist(),
            pooled.near[order].tolist(),
            scored.features[:, chosen].T.tolist(),
            strict=True,
        )
        learned = self._learned(kind.value)
        factor = learned.temperature if learned else 1.0
        met = look.meetings()
        taught = self._taught(kind, learned, look) if learned else None
        for rank, (number, phrase, chance, score, soft, near, values) in enumerate(rows):
            target = self._ids[number]
            features = dict(zip(NAMES, values, strict=True))
            if soft or near:
                features["soft"], features["near"] = soft, near
            method = "learned" if soft or near else "words"
            if rank >= PROVED and chance < PROVED_FROM:
                found.append(Candidate(kind, target, chance, score, method, (), features))
                continue
            by_words = max(0.0, score - factor * (SOFT_WEIGHT * soft + near))
            evidence = self._phrases.evidence(phrase, met, look.words, by_words)
            tell = rank == 0 or (rank < _TAUGHT_SHOWN and chance >= _TAUGHT_LEAST)
            if taught is not None and learned is not None and tell and target in learned.columns:
                evidence += taught.evidence(learned.columns[target], look.words)
            if near:
                evidence.append(recent(similarity_of(near), factor * near))
            evidence.sort(key=lambda piece: -piece.weight)
            found.append(Candidate(kind, target, chance, score, method, tuple(evidence), features))
        return tuple(found), none

    def _taught(self, kind: Kind, learned: Learned, look: _Look) -> Taught:
        """What past decisions say of the ticket's words."""
        known = self._middles.get(kind.value)
        if known is None or known[0] is not learned.snapshot:
            known = self._middles[kind.value] = learned.snapshot, middle_of(learned.snapshot)
        return Taught(learned.snapshot, known[1], look.terms, look.where, learned.temperature * SOFT_WEIGHT)

    def _known_error(self, scored: Scored) -> str | None:
        """The known error whose cue is what spoke for the likeliest service."""
        for place in np.argsort(-scored.score)[:3]:
            phrase = self.entries.phrases[int(scored.phrase[place])]
            if phrase.known_error and float(scored.features[0, place]) > 0.8:
                return phrase.known_error
        return None
