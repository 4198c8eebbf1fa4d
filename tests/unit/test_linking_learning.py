"""What a confirmation changes, how it is stored, what is fitted, what figures mean."""

from __future__ import annotations

import pytest

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog, Service
from triage.errors import StoreError
from triage.linking import evaluate
from triage.linking.calibration import word
from triage.linking.evaluate import Judged
from triage.linking.linker import Linker
from triage.linking.memory import Decision, Memory, pack, unpack
from triage.linking.message import Message
from triage.linking.proposed import decide
from triage.linking.snapshots import pack_fitted, unpack_fitted


def linker() -> Linker:
    services = [
        Service(id="anchor", name="Anchor"),
        Service(id="lodestar", name="Lodestar"),
        Service(id="mail", name="E-mail"),
    ]
    return Linker(CatalogIndex(Catalog(services=services)), Memory())


LESSONS = [
    ("the blue ledger will not open", "anchor"),
    ("ledger entries are gone", "anchor"),
    ("where is my ledger page", "anchor"),
    ("ledger again, blue screen of figures", "anchor"),
    ("compass points the wrong way", "lodestar"),
    ("the compass is stuck", "lodestar"),
    ("recalibrate my compass", "lodestar"),
    ("compass needle spins", "lodestar"),
]


def test_one_confirmation_counts_at_once() -> None:
    reader = linker()
    message = Message("", "the blue ledger will not open")
    assert decide(reader.read(message))[0] is None
    assert reader.memory is not None
    reader.memory.learn(reader.decision(message, ticket=1, kind="service", target="anchor"))
    assert decide(reader.read(Message("", "blue ledger will not open today")))[0] == "anchor"


def test_forgetting_restores_the_reading() -> None:
    reader = linker()
    message = Message("", "the blue ledger will not open")
    before = reader.read(message)
    decision = reader.decision(message, ticket=1, kind="service", target="anchor")
    assert reader.memory is not None
    reader.memory.learn(decision)
    assert reader.read(message) != before
    assert reader.memory.forget(decision)
    assert not reader.memory.forget(decision)
    assert reader.read(message) == before


def test_a_fit_generalises_and_does_not_depend_on_order() -> None:
    first, second = linker(), linker()
    for reader, order in ((first, LESSONS * 3), (second, list(reversed(LESSONS * 3)))):
        assert reader.memory is not None
        for number, (text, target) in enumerate(sorted(order * 1, key=order.index)):
            reader.memory.learn(reader.decision(Message("", text), ticket=number % 8, kind="service", target=target))
        assert reader.fit()
    one, two = (reader.memory.fitted["service"].snapshot for reader in (first, second) if reader.memory)
    assert one.labels == two.labels
    assert (one.weights == two.weights).all()
    assert decide(first.read(Message("", "my compass and its needle")))[0] == "lodestar"


def test_how_one_speaks_of_a_thing_tells_entries_apart_that_share_its_word() -> None:
    reader = linker()
    assert reader.memory is not None
    taught = [
        ("how long does the parcel take", "anchor"),
        ("when will my parcel be here", "anchor"),
        ("the parcel arrived broken", "lodestar"),
        ("parcel damaged, it does not work", "lodestar"),
    ]
    for number, (text, target) in enumerate(taught * 5):
        reader.memory.learn(reader.decision(Message("", text), ticket=number, kind="service", target=target))
    assert reader.fit()
    assert reader.read(Message("", "What day may I expect the parcel?")).services[0].target == "anchor"
    assert reader.read(Message("", "The parcel is dead, it never worked.")).services[0].target == "lodestar"


def test_the_terms_of_a_long_mail_stay_few() -> None:
    body = " ".join(f"the tower{number} cannot print since monday, how long?" for number in range(400))
    hashes, counts = unpack(linker().terms(Message("", body)))
    assert len(hashes) < 8_000
    assert max(counts) <= 255


def test_forgetting_what_was_fitted_makes_the_snapshot_stale() -> None:
    reader = linker()
    assert reader.memory is not None
    decisions = [
        reader.decision(Message("", text), ticket=n, kind="service", target=target)
        for n, (text, target) in enumerate(LESSONS * 3)
    ]
    for decision in decisions:
        reader.memory.learn(decision)
    assert reader.memory.fit_due
    reader.fit()
    assert not reader.memory.fit_due
    reader.memory.forget(decisions[0])
    assert reader.memory.stale
    assert reader.memory.fit_due


def test_learned_conditions_sharpen_the_cues() -> None:
    reader = linker()
    message = Message("", "the needle does its little dance")
    assert reader.memory is not None
    for number in range(3):
        reader.memory.learn(reader.decision(message, ticket=number, kind="condition", target="degraded"))
    assert reader.read(message).condition.value == "degraded"


def test_a_decision_holds_no_text_and_survives_its_row() -> None:
    reader = linker()
    decision = reader.decision(
        Message("Zanzibar", "unmistakable wording"), ticket=7, kind="service", target="none", who="ana", blind=True
    )
    row = decision.to_row()
    assert "zanzibar" not in str(row).lower()
    assert "unmistakable" not in str(row).lower()
    assert Decision.from_row(row) == decision


def test_terms_are_packed_and_unpacked() -> None:
    assert unpack(pack({5: 3, 4_000_000_000: 255, 7: 1})) == ([5, 7, 4_000_000_000], [3, 1, 255])


def test_a_dump_that_is_none_is_refused() -> None:
    with pytest.raises(StoreError, match="learn rebuild"):
        Memory.load(b"something else")


def test_words_below_a_few_hundred_decisions() -> None:
    assert [word(p, 10) for p in (0.9, 0.5, 0.1)] == ["likely", "possible", "weak"]
    assert word(0.914, 500) == "91 %"


ROWS = [
    Judged("a", ("a", "b"), "a", 0.95),
    Judged("b", ("a", "b"), "a", 0.65),
    Judged("none", ("a",), "none", 0.85),
    Judged("c", ("a", "b", "d"), "none", 0.55),
]


def test_figures_by_hand() -> None:
    assert evaluate.metrics(ROWS) == {
        "top1": pytest.approx(1 / 3, abs=1e-4),
        "top3": pytest.approx(2 / 3, abs=1e-4),
        "mrr": 0.5,
        "none_precision": 0.5,
        "none_recall": 1.0,
        "coverage_at_95": 0.5,
        "ece": pytest.approx((0.05 + 0.65 + 0.15 + 0.55) / 4),
    }


def test_figures_of_nothing_are_none() -> None:
    assert set(evaluate.metrics([]).values()) == {None}
    assert evaluate.bootstrap([], evaluate.metrics) == {}


def test_ties_are_taken_together() -> None:
    rows = [Judged("a", ("a",), "a", 0.9)] * 10 + [Judged("a", ("b",), "b", 0.9)]
    assert evaluate.coverage_at(rows) == 0.0


def test_confusion_and_worst() -> None:
    assert evaluate.confusion(ROWS) == [("b", "a", 1), ("c", "none", 1)]
    assert evaluate.worst(ROWS) == [1, 3]


def test_a_bootstrap_interval_holds_its_figure() -> None:
    rows = ROWS * 30
    interval = evaluate.bootstrap(rows, evaluate.metrics, rounds=100)["top1"]
    assert interval is not None
    assert interval[0] <= 1 / 3 <= interval[1]


def test_a_snapshot_comes_back_as_it_was_stored() -> None:
    reader = linker()
    assert reader.memory is not None
    for number, (text, target) in enumerate(LESSONS * 30):
        reader.memory.learn(reader.decision(Message("", text), ticket=number, kind="service", target=target))
    reader.fit()
    before = reader.read(Message("", "the compass and the ledger"))
    reader.memory.fitted = unpack_fitted(pack_fitted(reader.memory.fitted))
    assert reader.read(Message("", "the compass and the ledger")) == before
    with pytest.raises(StoreError):
        unpack_fitted(b"no archive")


def _taught_none() -> Linker:
    reader = linker()
    assert reader.memory is not None
    for number in range(40):
        for text, target in (
            (f"the ledger page {number} is gone", "anchor"),
            (f"my compass needle {number} spins", "lodestar"),
            (f"lunch menu of week {number} please", "none"),
        ):
            reader.memory.learn(reader.decision(Message("", text), ticket=number, kind="service", target=target))
    assert reader.fit()
    return reader


@pytest.mark.parametrize(("real", "near"), [(0.1, 0.08), (0.5, 0.25)])
def test_the_share_of_none_is_found_from_texts_alone(real: float, near: float) -> None:
    reader = _taught_none()
    lunches = round(240 * real)
    texts = [f"what is the lunch menu on day {n}" for n in range(lunches)]
    texts += [f"ledger page {n} cannot be found" for n in range(240 - lunches)]
    shares = reader.estimate_none_shares([Message("", text) for text in texts])
    assert abs(shares["service"] - real) < near
    assert reader.estimate_none_shares([Message("", text) for text in texts[:50]]) == {}


def test_an_expected_share_of_none_is_used_and_stored() -> None:
    reader = _taught_none()
    assert reader.memory is not None
    message = Message("", "menu of the compass")
    plain = reader.read(message).none_service
    reader.expect({"service": 0.8})
    assert reader.read(message).none_service > plain
    stored = unpack_fitted(pack_fitted(reader.memory.fitted))
    assert stored["service"].expected == 0.8
    reader.none_shares = {"service": reader.memory.fitted["service"].share}
    assert reader.read(message).none_service == pytest.approx(plain)
