"""What a mail says itself, and what it quotes."""

import pytest

from tests.yardstick import millions_of_additions
from triage.intake.quotes import split_quoted

WORDS = "We still cannot log in to the portal and forty people in the whole office wait for it."


@pytest.mark.parametrize(
    "opening",
    [
        "On Mon, Nov 23, 2026 at 8:01 AM Bob <bob@x.example> wrote:\n> did you restart?",
        "On Mon, Nov 23, 2026 at 8:01 AM Bob Longname <bob@x.example>\nwrote:\n> did you restart?",
        "Am 23.11.2026 um 08:01 schrieb Bob Müller:\n> neu gestartet?",
        "Le lun. 23 nov. 2026 à 08:01, Bob <b@x.example> a écrit :\n> redémarré ?",
        "El lun, 23 nov 2026 a las 8:01, Bob (<b@x.example>) escribió:\n> ¿reinició?",
        "From: Desk\nSent: Monday\nTo: Bob\nSubject: RE: portal\n\nDid you restart?",
        "Von: Desk\nGesendet: Montag\nAn: Bob\nBetreff: AW: Portal\n\nNeu gestartet?",
        "-----Original Message-----\nFrom: Desk\nSent: Monday\nTo: Bob\nSubject: portal\n\nhello",
        "> did you restart?\n> and then?",
    ],
)
def test_what_is_quoted_below_is_told_from_what_is_fresh(opening):
    fresh, quoted = split_quoted(f"{WORDS}\n\n{opening}\n")
    assert fresh.strip() == WORDS
    assert quoted.startswith(opening.split("\n")[0])


@pytest.mark.parametrize(
    "body",
    [
        "On Monday Bob wrote:\n> is it down?\nYes, since eight.\n> for all?\nOnly in Leeds.\n",
        "Answers below.\nOn Monday Bob wrote:\n> is it down?\nYes, since eight today.\n> for all?\nOnly Leeds.\n",
    ],
)
def test_answers_between_the_lines_are_kept(body):
    assert split_quoted(body) == (body, "")


@pytest.mark.parametrize(
    "body",
    [
        "FYI\n\nFrom: Customer\nSent: Monday\nTo: Bob\nSubject: portal\n\nThe portal is down for all of us",
        "---------- Forwarded message ---------\nFrom: Customer <c@x.example>\n\nThe portal is down",
        "Bitte ansehen\n\n-------- Weitergeleitete Nachricht --------\nBetreff: Portal\n\nGeht nicht",
        "Begin forwarded message:\n\nFrom: Customer\nSubject: x\n\nThe portal is down",
    ],
)
def test_a_forward_is_the_ticket(body):
    assert split_quoted(body) == (body, "")


def test_a_signature_goes_with_the_quotation_and_a_list_does_not():
    assert split_quoted("Printer jams.\n\n-- \nBob\nACME") == ("Printer jams.\n\n", "-- \nBob\nACME")
    assert split_quoted("We need\n- paper\n- toner") == ("We need\n- paper\n- toner", "")


@pytest.mark.parametrize("body", ["", "\n", "> only a quotation", "a > b\nand c", "On the whole it works."])
def test_nothing_is_folded_where_nothing_would_be_left(body):
    assert split_quoted(body) == (body, "")


@pytest.mark.parametrize(
    "body",
    [
        ("On " + "a " * 119 + "\n") * 5_000,
        "On " + "a " * 300_000,
        "From: x\n" * 20_000,
        "From: \n \n To: \n" * 4_000,
        ("Le " + "a écrit" * 30 + "\n") * 3_000,
        "> " * 100_000,
        ("_" * 40 + "\n") * 2_000,
        "\n" * 200_000,
        "-- \n" * 50_000,
    ],
)
def test_a_hostile_body_takes_no_time(body):
    with millions_of_additions(90):
        fresh, quoted = split_quoted(body)
        assert fresh + quoted == body
