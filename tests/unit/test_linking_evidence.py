"""Evidence is what the score was made of: the parts sum up to it, and each is words of the ticket."""

from __future__ import annotations

import numpy as np
import pytest

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog, Service
from triage.linking.evidence import Taught, middle_of
from triage.linking.hashing import Where, hashed_terms
from triage.linking.learner import SOFT_WEIGHT
from triage.linking.linker import Linker
from triage.linking.memory import Memory
from triage.linking.message import Message
from triage.tickets.models import TAUGHT

TOLD = {
    "anchor": ("the blue ledger will not open", "ledger entries are gone", "where is my ledger page"),
    "lodestar": ("compass points the wrong way", "the compass is stuck", "compass needle spins"),
    "mail": ("no message since noon", "an attachment is missing", "the inbox is empty"),
}


@pytest.fixture(scope="module")
def reader() -> Linker:
    """A linker that was taught words which no name of its catalog holds."""
    services = [Service(id=each, name=each.capitalize()) for each in TOLD]
    found = Linker(CatalogIndex(Catalog(services=services)), Memory())
    assert found.memory is not None
    lessons = [(text, target) for target, texts in TOLD.items() for text in texts * 3]
    for number, (text, target) in enumerate(lessons):
        found.memory.learn(found.decision(Message("", text), ticket=number, kind="service", target=target))
    assert found.fit()
    return found


def test_what_the_words_add_sums_up_to_what_was_learned(reader: Linker) -> None:
    assert reader.memory is not None
    snapshot = reader.memory.fitted["service"].snapshot
    look = reader._look(Message("Ledger", "The ledger will not open, and the compass spins again"))
    where: Where = {}
    assert hashed_terms(look.words, look.found, reader.lexicon, where) == look.counts
    assert where.keys() == look.counts.keys()
    hashes, counts = look.terms
    logits, _ = snapshot.logits(np.array(hashes, dtype=np.uint32), np.array(counts, dtype=np.float32))
    plain = logits - snapshot.bias / 1024
    taught = Taught(snapshot, middle_of(snapshot), look.terms, where, SOFT_WEIGHT)
    for column in range(len(snapshot.labels)):
        assert taught.of_words(column).sum() == pytest.approx(SOFT_WEIGHT * (plain[column] - plain.mean()), abs=1e-3)


def test_a_learned_link_shows_the_words_that_were_learned_with_what_they_added(reader: Linker) -> None:
    message = Message("Ledger", "My ledger will not open")
    best = reader.read(message).services[0]
    assert (best.target, best.method) == ("anchor", "learned")
    told = [piece for piece in best.evidence if piece.term == TAUGHT]
    assert "ledger" in told[0].text.lower()
    assert [piece.weight for piece in best.evidence] == sorted((p.weight for p in best.evidence), reverse=True)
    for piece in told:
        text = message.subject if piece.field == "subject" else message.body
        assert text[piece.start : piece.end] == piece.text and piece.weight > 0
    without = {one.target: one.score for one in reader.read(Message("", "My will not open")).services}
    assert without["anchor"] < best.score


def test_what_a_name_adds_is_what_its_words_are_said_to_add() -> None:
    plain = Linker(
        CatalogIndex(Catalog(services=[Service(id="a", name="Anchor Ledger"), Service(id="b", name="Mail")]))
    )
    best = plain.read(Message("", "anchor ledger is gone")).services[0]
    assert sum(piece.weight for piece in best.evidence) == pytest.approx(best.score, abs=0.01)


def test_a_recent_decision_speaks_as_a_whole(reader: Linker) -> None:
    fresh = Linker(reader.index, Memory())
    assert fresh.memory is not None
    message = Message("", "the hourglass leaks sand")
    fresh.memory.learn(fresh.decision(message, ticket=1, kind="service", target="mail"))
    best = fresh.read(message).services[0]
    assert best.target == "mail"
    assert [(p.text, p.term, p.start) for p in best.evidence] == [("", TAUGHT, -1)]
    assert best.evidence[0].similarity == pytest.approx(1.0) and best.evidence[0].weight == pytest.approx(
        best.score, abs=0.01
    )
