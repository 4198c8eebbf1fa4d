"""The helper rests while keys come: not for ever, not where somebody waits, and not with what nobody waits for."""

from __future__ import annotations

import threading

from triage.desk.stillness import AT_MOST, STILL, WORK, LastKey, Seams


class Time:
    """A clock that only sleeping moves, and a key that is pressed every `every` seconds."""

    def __init__(self, every: float = 0.1, presses: int = 1_000_000) -> None:
        self.now, self.every, self.presses = 100.0, every, presses

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def since(self) -> float:
        pressed = min(int((self.now - 100.0) / self.every), self.presses - 1)
        return self.now - (100.0 + pressed * self.every)


def seams(time: Time) -> Seams:
    made = Seams(time.since, time.clock, time.sleep)
    made.begin(1)
    return made


def test_it_rests_until_the_keys_are_still() -> None:
    time = Time(presses=4)
    assert seams(time)() is False
    assert STILL <= time.since() < 2 * STILL
    assert 100.3 + STILL <= time.now < 100.3 + 2 * STILL


def test_it_works_a_little_beside_somebody_who_does_not_stop() -> None:
    time = Time()
    seam = seams(time)
    seam()
    rested = time.now - 100
    assert AT_MOST <= rested < AT_MOST + STILL
    seam()
    assert time.now - 100 == rested, "a slice of work"
    time.now += WORK
    seam()
    assert time.now - 100 > rested + WORK + AT_MOST - 0.1


def test_what_somebody_waits_for_does_not_rest_nor_does_a_thread_that_answers_at_once() -> None:
    time = Time()
    seam = seams(time)
    seam.hurry()
    assert seam() is False
    seam.end(1)
    assert seam() is False
    assert time.now == 100


def test_what_nobody_waits_for_ends_and_rests_no_longer() -> None:
    time = Time()
    seam = seams(time)
    seam.drop(1)
    assert seam() is True
    assert time.now == 100
    seam.end(1)
    seam.begin(2)
    time.presses = 0
    assert seam() is False


def test_another_thread_has_its_own_work() -> None:
    seam = seams(Time(presses=0))
    seam.drop(1)
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(seam()))
    thread.start()
    thread.join()
    assert found == [False]


def test_two_ends_see_the_same_key() -> None:
    here = LastKey()
    there = LastKey(here.descriptor)
    before = there.since()
    here.press()
    assert there.since() < min(before, 5.0)
