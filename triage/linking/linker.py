"""Reading a ticket against a catalog: candidates of services and touchpoints with true probabilities."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from triage.catalog.index import CatalogIndex
from triage.linking import cues
from triage.linking.entries import CONCEPT, Entries
from triage.linking.lexicon import Lexicon, Mark
from triage.linking.matching import Matcher, Meeting
from triage.linking.memory import UNIT, Memory, hash_term, pack
from triage.linking.message import Message
from triage.linking.phrases import Found
from triage.linking.scoring import Scored, Scorer, negative_hits
from triage.linking.terms import BREAK, Words, words_of
from triage.tickets.models import Candidate, Evidence, Kind, Reading

SHOWN = 8
_TEMPERATURE = 1.6
_NONE = 2.6
_AGREEMENT = 0.5
_NEGATIVE = 4.0


class Linker:
    """Reads tickets against one version of a catalog, with what was learned so far. One a thread."""

    def __init__(self, index: CatalogIndex, memory: Memory | None = None, *, lexicon: Lexicon | None = None) -> None:
        self.index = index
        self.memory = memory
        self.lexicon = lexicon or Lexicon.default()
        self.entries = Entries(index, self.lexicon)
        self.matcher = Matcher(self.entries)
        self.scorer = Scorer(self.entries, self.matcher)

    def read(self, message: Message) -> Reading:
        """All that can be read from a ticket. Never fails; an empty ticket reads as nothing."""
        words = words_of(message)
        self.matcher.silence_names(words)
        found = self.lexicon.phrases.find(self.matcher.stems_for_phrases(words))
        met = self.matcher.meet(words, found)
        scored = self.scorer.score(words, met, self.scorer.candidates(met))
        services, none_service, touchpoints, none_touchpoint = self._ranked(words, met, scored)
        return Reading(
            services=services,
            touchpoints=touchpoints,
            none_service=none_service,
            none_touchpoint=none_touchpoint,
            condition=cues.read_condition(words, found),
            reach=cues.read_reach(words, found, self.lexicon),
            flags=cues.read_flags(words, found),
            language=cues.language_of(words, self.lexicon),
            known_error=self._known_error(scored, services),
        )

    def read_many(self, messages: Iterable[Message]) -> list[Reading]:
        """The readings of many tickets, in their order."""
        return [self.read(message) for message in messages]

    def terms(self, message: Message) -> bytes:
        """The hashed terms of a ticket as a decision keeps them: words, pairs of words, concepts."""
        words = words_of(message)
        self.matcher.silence_names(words)
        found = self.lexicon.phrases.find(self.matcher.stems_for_phrases(words))
        return pack(hashed_terms(words, found))

    def _ranked(
        self, words: Words, met: dict[int, Meeting], scored: Scored
    ) -> tuple[tuple[Candidate, ...], float, tuple[Candidate, ...], float]:
        score = scored.score.astype(np.float64)
        numbers = scored.entries.tolist()
        for place, number in enumerate(numbers):
            if number in negative_hits(self.entries, words, (number,)):
                score[place] -= _NEGATIVE
        rows = {number: place for place, number in enumerate(numbers)}
        agreed = self._agree(score, rows)
        result: list[tuple[tuple[Candidate, ...], float]] = []
        for kind in (Kind.SERVICE, Kind.TOUCHPOINT):
            mine = [rows[number] for number in numbers if self.entries.entries[number].kind is kind]
            result.append(self._candidates(kind, mine, agreed, scored, words, met))
        return (*result[0], *result[1])

    def _agree(self, score: NDArray[np.float64], rows: dict[int, int]) -> NDArray[np.float64]:
        """Adds to a touchpoint what its best service has, and to a service what its best touchpoint has."""
        agreed = score.copy()
        for number, place in rows.items():
            needed = self.entries.services_of.get(number)
            above = needed if needed is not None else self.entries.touchpoints_of.get(number, ())
            best = max((score[rows[other]] for other in above if other in rows), default=0.0)
            agreed[place] += _AGREEMENT * max(best, 0.0)
        return agreed

    def _candidates(
        self,
        kind: Kind,
        places: Sequence[int],
        score: NDArray[np.float64],
        scored: Scored,
        words: Words,
        met: dict[int, Meeting],
    ) -> tuple[tuple[Candidate, ...], float]:
        if not places:
            return (), 1.0
        ordered = sorted(places, key=lambda place: (-score[place], int(scored.entries[place])))
        top = float(score[ordered[0]])
        masses = [math.exp((float(score[place]) - top) * _TEMPERATURE) for place in ordered]
        none = math.exp((_NONE - top) * _TEMPERATURE)
        total = sum(masses) + none
        found = []
        for place, mass in list(zip(ordered, masses, strict=True))[:SHOWN]:
            features = {
                "cover": round(float(scored.cover[place]), 4),
                "reverse": round(float(scored.reverse[place]), 4),
                "gram": round(float(scored.gram[place]), 4),
                "whole": round(float(scored.whole[place]), 4),
            }
            found.append(
                Candidate(
                    kind=kind,
                    target=self.entries.entries[int(scored.entries[place])].id,
                    probability=mass / total,
                    score=round(float(score[place]), 4),
                    method="words",
                    evidence=self._evidence(int(scored.phrase[place]), words, met),
                    features=features,
                )
            )
        return tuple(found), none / total

    def _evidence(self, phrase: int, words: Words, met: dict[int, Meeting]) -> tuple[Evidence, ...]:
        """The ticket's words that filled the phrase, the strongest first."""
        entries = self.entries
        names = self._term_names()
        found: dict[tuple[int, int], Evidence] = {}
        mass = float(entries.phrase_mass[phrase])
        for slot in range(entries.slot_ptr[phrase], entries.slot_ptr[phrase + 1]):
            best: tuple[float, int] | None = None
            for place in range(entries.fill_ptr[slot], entries.fill_ptr[slot + 1]):
                meeting = met.get(int(entries.fill_term[place]))
                if meeting:
                    value = meeting.similarity * float(entries.fill_sim[place])
                    if best is None or value > best[0]:
                        best = (value, int(entries.fill_term[place]))
            if best is None or best[0] < 0.2:
                continue
            meeting = met[best[1]]
            weight = best[0] * float(entries.slot_weight[slot]) / mass
            key = (meeting.start, meeting.end)
            before = found.get(key)
            found[key] = Evidence(
                text=words.text(meeting.start, meeting.end),
                term=before.term if before else names[best[1]].lstrip("^" + CONCEPT),
                similarity=round(max(best[0], before.similarity if before else 0.0), 3),
                weight=round(weight + (before.weight if before else 0.0), 3),
                field=words.field_name(meeting.start),
                start=words.starts[meeting.start],
                end=words.ends[meeting.end - 1],
            )
        return tuple(sorted(found.values(), key=lambda each: (-each.weight, each.start))[:6])

    def _term_names(self) -> list[str]:
        if not hasattr(self, "_names"):
            self._names = list(self.entries.terms)
        return self._names

    def _known_error(self, scored: Scored, services: Sequence[Candidate]) -> str | None:
        """The known error whose cue is what spoke for the likeliest service."""
        for place in np.argsort(-scored.score)[:3]:
            phrase = self.entries.phrases[int(scored.phrase[place])]
            if phrase.known_error and float(scored.cover[place]) > 0.8:
                return phrase.known_error
        return None


def hashed_terms(words: Words, found: Sequence[Found[Mark]]) -> dict[int, int]:
    """Hash to count (in units of a body word) of the words, the pairs of words and the concepts."""
    counts: dict[int, float] = {}
    previous = BREAK
    for stem, weight in zip(words.stems, words.weights, strict=True):
        if stem and weight > 0:
            key = hash_term(stem)
            counts[key] = counts.get(key, 0.0) + weight
            if previous:
                key = hash_term(f"{previous} {stem}")
                counts[key] = counts.get(key, 0.0) + weight
        previous = stem
    for mark in found:
        if mark.payload.kind == "concept" and words.weights[mark.start] > 0:
            key = hash_term(CONCEPT + mark.payload.value)
            counts[key] = counts.get(key, 0.0) + words.weights[mark.start]
    return {key: min(255, max(1, round(value * UNIT))) for key, value in counts.items()}


def decide(reading: Reading) -> tuple[str | None, str | None]:
    """The service and the touchpoint that a reading proposes; None where nothing fits better."""
    service = reading.services[0] if reading.services else None
    touchpoint = reading.touchpoints[0] if reading.touchpoints else None
    return (
        service.target if service and service.probability > reading.none_service else None,
        touchpoint.target if touchpoint and touchpoint.probability > reading.none_touchpoint else None,
    )
