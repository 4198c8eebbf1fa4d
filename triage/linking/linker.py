"""Reading a ticket against a catalog: candidates of services and touchpoints with true probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from triage.catalog.index import CatalogIndex
from triage.collecting import uncollected
from triage.linking import cues, learner
from triage.linking.cue_outline import outlines_of
from triage.linking.cue_places import places_of
from triage.linking.cue_signs import condition_signs, notice_and_fault
from triage.linking.entries import Entries
from triage.linking.hashing import Where, hashed_terms
from triage.linking.hearing import hear
from triage.linking.learner import LEX, Learned
from triage.linking.lexicon import Lexicon
from triage.linking.matching import Matcher
from triage.linking.meeting import meet
from triage.linking.memory import Decision, Lesson, Memory, pack
from triage.linking.message import Message
from triage.linking.pages import Vocabulary
from triage.linking.ranking import Look, Ranker
from triage.linking.scoring import NAMES, Scored, Scorer
from triage.linking.wordtable import WordTable
from triage.tickets.models import Kind, Reading

BATCH = 128
"""How many tickets are read in shared arrays."""
_MOST_TEXT = 200_000
"""Characters of a batch, more or less: long mails are read fewer at a time."""
_ROOM = 16 << 20
"""Bytes. Once so much was taken and given back, the C library keeps what arrays give back and does not ask the system
for memory with every large one."""
STORED = 16
"""Of how many candidates a decision keeps the lexical score."""
FEW_DECISIONS = 15
"""Below this many decisions of a kind nothing is fitted; the nearest past ticket still counts."""
SHARE_ENOUGH = 200
"""Below this many tickets the share of none is not estimated from them."""

_NOTHING = Scored(
    np.empty(0, dtype=np.int64),
    np.empty(0),
    np.empty(0, dtype=np.int64),
    np.empty((len(NAMES), 0), dtype=np.float32),
)


class Linker:
    """Reads tickets against one version of a catalog, with what was learned so far. One a thread."""

    def __init__(self, index: CatalogIndex, memory: Memory | None = None, *, lexicon: Lexicon | None = None) -> None:
        self.index = index
        self.memory = memory
        self.lexicon = lexicon or Lexicon.of_catalog(index.catalog.lexicon)
        with uncollected():
            self.entries = Entries(index, self.lexicon)
            self.matcher = Matcher(self.entries)
        np.empty(_ROOM, dtype=np.uint8)
        self._table = WordTable(self.matcher, Vocabulary())
        self.scorer = Scorer(self.entries)
        self.places = places_of((site.name, *site.aliases) for site in index.catalog.sites)
        self.none_shares: dict[str, float] = {}
        self._ranker = Ranker(self.entries)
        self._ids = [entry.id for entry in self.entries.entries]
        self._kept: dict[Message, Look] = {}

    def read(self, message: Message) -> Reading:
        """All that can be read from a ticket. Never fails; an empty ticket reads as nothing."""
        return self._readings([self._look(message)])[0]

    def _readings(self, looks: Sequence[Look]) -> list[Reading]:
        """Step by step for all tickets, and not ticket by ticket: code that runs again at once runs faster."""
        conditions = [self._sharpened("condition", look) for look in looks]
        reaches = [self._sharpened("reach", look) for look in looks]
        told = [
            (
                signs := condition_signs(look.words, look.outline),
                cues.read_condition(look.words, signs, condition),
                cues.read_reach(look.words, look.outline, self.lexicon, reach, self.places),
                cues.read_flags(look.words, look.outline),
            )
            for look, condition, reach in zip(looks, conditions, reaches, strict=True)
        ]
        links = self._ranker.rank(looks, [notice_and_fault(each[0]) for each in told], self.memory, self.none_shares)
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
                known_error=self._ranker.known_error(look.scored),
            )
            for look, (services, touchpoints), (_, condition, reach, flags) in zip(looks, links, told, strict=True)
        ]

    def read_many(self, messages: Iterable[Message], *, decided: bool = False) -> list[Reading]:
        """The readings of many tickets, in their order.

        With `decided` what was seen is kept until the next call, for the decisions on them that follow.
        """
        self._kept = {}
        readings: list[Reading] = []
        with uncollected():
            for batch in _batches(messages):
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
        lesson = self.lesson(message, targets)
        return [lesson.decision(ticket, kind, target, who, imported, blind) for kind, target in targets.items()]

    def lesson(self, message: Message, kinds: Iterable[str] = ("service", "touchpoint")) -> Lesson:
        """What a ticket's text gives to decisions of these kinds; what was learned makes no difference to it."""
        look = self._kept.get(message) or self._look(message)
        # Reading leaves the terms out while nothing was learned; a decision always needs them.
        terms = pack(look.counts or hashed_terms(look.words, look.found, self.lexicon))
        return Lesson(terms, {kind: self._features(look.scored, kind) for kind in kinds})

    def fit(self, none_share: float | None = None) -> bool:
        """Fits a snapshot from all that the memory holds: a fixed point of the log. Seconds for ten thousand.

        True where there was something to fit. `none_share` is the real share of tickets that fit
        nothing, where it is known. The caller writes the point into the log and stores the memory.
        """
        if self.memory is None:
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

    def _look(self, message: Message, score: bool = True) -> Look:
        return self._looks([message], score)[0]

    def _looks(self, messages: Sequence[Message], score: bool = True) -> list[Look]:
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
            looks.append(Look(words, outline, heard, met, ticket, scored[ticket], counts, where, language))
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

    def _sharpened(self, kind: str, look: Look) -> dict[str, float] | None:
        """What was learned of a condition or reach, as something to add to the cues."""
        if self.memory is None:
            return None
        terms = look.terms
        learned = self._learned(kind)
        near = self.memory.recent.nearest(kind, *terms)
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


def _batches(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """The messages in batches that are neither many nor much."""
    batch: list[Message] = []
    size = 0
    for message in messages:
        batch.append(message)
        size += len(message.body)
        if len(batch) == BATCH or size > _MOST_TEXT:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
