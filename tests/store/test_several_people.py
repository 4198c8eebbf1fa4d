"""What several people's acts teach: an undone one leaves the memory of a log that never had it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.desk import acts, undoing
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.learning import load_memory, replay
from triage.desk.office import Desk
from triage.desk.show import detail, detail_json
from triage.desk.take_in import take_in
from triage.errors import TriageError

Maker = Callable[..., Any]
TEXTS = ["The signing page is down", "wrong password", "blank pages", "umbrella", "toner"]
ACTS: dict[str, Callable[[Desk, int], object]] = {
    "confirm": lambda desk, ident: acts.confirm(desk, [ident]),
    "portal": lambda desk, ident: acts.link(desk, [ident], "service", "closing-portal"),
    "identity": lambda desk, ident: acts.link(desk, [ident], "service", "identity"),
    "also": lambda desk, ident: acts.link(desk, [ident], "service", "printing", also=True),
    "touchpoint": lambda desk, ident: acts.link(desk, [ident], "touchpoint", "sign-documents"),
    "none": lambda desk, ident: acts.none_fits(desk, [ident]),
    "bug": lambda desk, ident: acts.set_condition(desk, [ident], "bug"),
    "site": lambda desk, ident: acts.set_reach(desk, [ident], "site"),
}
STEP = st.tuples(st.sampled_from(["ana", "ben", "cy"]), st.sampled_from(list(ACTS)), st.integers(2, 5))


def office(path: Path, company: Path, ticket: Maker) -> dict[str, Desk]:
    """Three people at one database of five tickets."""
    desks = {"ana": Desk(path, user="ana")}
    apply_catalog(desks["ana"], load_files([company]))
    tickets = [ticket(text, text, external_id=str(number)) for number, text in enumerate(TEXTS, 1)]
    take_in(desks["ana"], tickets, source="file", name="five")
    return desks | {who: Desk(path, user=who) for who in ("ben", "cy")}


def carry_out(desks: dict[str, Desk], steps: list[tuple[str, str, int]]) -> None:
    for who, name, ident in steps:
        ACTS[name](desks[who], ident)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(list(ACTS)), st.lists(STEP, max_size=6), st.lists(STEP, max_size=6), st.data())
def test_an_undone_act_leaves_a_log_without_it(
    tmp_path_factory: Any, company: Path, ticket: Maker, undone: str, before: list[tuple[str, str, int]],
    between: list[tuple[str, str, int]], data: st.DataObject,
) -> None:  # fmt: skip
    # Ana acts on ticket 1; others act on other tickets; then she takes it back.
    between = [(who if who != "ana" else "ben", name, ident) for who, name, ident in between]
    folder = tmp_path_factory.mktemp("two")
    with_it, without = office(folder / "a.db", company, ticket), office(folder / "b.db", company, ticket)
    try:
        carry_out(with_it, before)
        number = ACTS[undone](with_it["ana"], 1).act  # type: ignore[attr-defined]
        carry_out(with_it, between)
        undoing.undo(with_it["ana"])
        carry_out(without, [*before, *between])
        assert number
        wanted = load_memory(without["ana"].database)[0].dump()
        assert load_memory(with_it["ana"].database)[0].dump() == wanted
        assert replay(with_it["cy"]).dump() == wanted
        with_it["ana"].catch_up(1 << 40)
        assert with_it["ana"].memory.dump() == wanted
    except TriageError as error:  # every step here can be done
        raise AssertionError(str(error)) from error
    finally:
        for desk in (*with_it.values(), *without.values()):
            desk.close()


def test_several_services_a_ticket(desk: Desk, ticket: Maker) -> None:
    take_in(desk, [ticket()], source="file", name="one")
    acts.link(desk, [1], "service", "closing-portal")
    acts.link(desk, [1], "service", "identity", also=True)
    found = detail(desk, 1)
    confirmed = [(line.target, line.chosen) for line in found.services if line.state == "confirmed"]
    assert confirmed == [("closing-portal", True), ("identity", False)]
    assert found.facts.service == "closing-portal" and found.facts.other_services == ("identity",)
    undoing.undo(desk)
    assert detail(desk, 1).facts.other_services == ()


def test_corrections_sharpen_condition_and_reach_and_the_evidence_says_so(desk: Desk, ticket: Maker) -> None:
    subject, body = "The marzipan of the vault", "It is a marzipan again."
    take_in(desk, [ticket(subject, body)], source="file", name="one")
    before = detail(desk, 1)
    bugs = [ticket(f"{subject} {n}", body, confirmed={"condition": "bug", "reach": "site"}) for n in range(24)]
    wishes = [
        ticket(f"New toner {n}", "please", confirmed={"condition": "request", "reach": "person"}) for n in range(24)
    ]
    take_in(desk, [*bugs, *wishes], source="file", name="many")
    take_in(desk, [ticket(subject, body)], source="file", name="one more")
    found = detail(desk, 50)
    for value, was, is_now in (
        ("bug", before.condition, found.condition), ("site", before.reach, found.reach),
    ):  # fmt: skip
        assert was is not None and is_now is not None
        assert is_now.probabilities[value] > 1.5 * was.probabilities[value]
    cue = detail_json(found)["cues"]["condition"]
    assert (cue["value"], cue["confirmed"]) == ("bug", False)
    assert cue["evidence"][-1]["term"] == "past decisions" and cue["evidence"][-1]["weight"] >= 0.5


def test_evidence_is_words_of_the_ticket_that_the_score_loses_without_them(desk: Desk, ticket: Maker) -> None:
    from triage.linking.message import Message

    message = Message("The e-closing is down", "Nobody can sign at the signing page since nine")
    first = desk.linker.read(message).services[0]
    assert first.target == "closing-portal" and first.evidence
    for piece in first.evidence:
        text = message.subject if piece.field == "subject" else message.body
        assert text[piece.start : piece.end] == piece.text
    whole = Message(*(" ".join(_without(text, field, first.evidence)) for field, text in _fields(message)))
    left = {one.target: one.score for one in desk.linker.read(whole).services}
    assert first.score > left.get("closing-portal", 0.0)


def _fields(message: Any) -> list[tuple[str, str]]:
    return [("subject", message.subject), ("body", message.body)]


def _without(text: str, field: str, evidence: Any) -> list[str]:
    spans = [(piece.start, piece.end) for piece in evidence if piece.field == field]
    kept = "".join(" " if any(a <= place < b for a, b in spans) else char for place, char in enumerate(text))
    return kept.split()
