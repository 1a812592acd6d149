"""Turns at the model: `pytest tests/test_turns.py`."""

import threading
import time

import pytest

from proofreader import turns as module
from proofreader.turns import SLICE, SWITCH, Turns


class Clock:
    """Goes on only when told."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def start(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    return threads


def finish(threads):
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def test_the_order_is_that_of_joining():
    turns, served = Turns(), []

    def work(number, ticket):
        with ticket:
            while not ticket.wait(0.01):
                pass
            served.append(number)

    with turns.join("a") as first:
        assert first.wait(0)
        tickets = [turns.join("a") for _ in range(12)]
        late_first = [
            threading.Thread(target=work, args=(number, ticket))
            for number, ticket in reversed(list(enumerate(tickets)))
        ]
        for thread in late_first:
            thread.start()
        time.sleep(0.05)
        assert served == []
    finish(late_first)
    assert served == list(range(12))


def test_only_one_has_the_turn():
    turns, inside, most = Turns(), 0, 0

    def work():
        nonlocal inside, most
        with turns.join("a") as ticket:
            for _ in range(30):
                while not ticket.wait(0.1):
                    pass
                inside += 1
                most = max(most, inside)
                time.sleep(0.0002)
                inside -= 1
                ticket.renew()

    finish(start(*[work] * 8))
    assert most == 1


def test_a_turn_is_over_only_when_somebody_waits():
    clock = Clock()
    turns = Turns(clock)
    with turns.join("a") as holder:
        assert not holder.over
        assert holder.wait(0)
        clock.now = 100.0
        assert not holder.over
        with turns.join("a"):
            assert holder.over
        assert not holder.over


@pytest.mark.parametrize(("wanted", "limit"), [("a", SLICE), ("b", SWITCH)])
def test_who_wants_another_model_waits_longer(wanted, limit):
    clock = Clock()
    turns = Turns(clock)
    with turns.join("a") as holder, turns.join(wanted):
        assert holder.wait(0)
        clock.now = limit - 0.01
        assert not holder.over
        clock.now = limit
        assert holder.over


def test_loading_is_no_part_of_a_turn():
    clock = Clock()
    turns = Turns(clock)
    with turns.join("a") as holder, turns.join("a"):
        assert holder.wait(0)
        clock.now = 60.0
        holder.begin()
        assert not holder.over
        clock.now += SLICE
        assert holder.over


def test_a_renewed_turn_goes_behind_all_who_wait():
    clock = Clock()
    turns = Turns(clock)
    with turns.join("a") as first, turns.join("a") as second, turns.join("a") as third:
        assert first.wait(0)
        first.renew()
        assert not first.wait(0)
        clock.now = 5.0
        assert second.wait(0)
        assert not second.over
        second.renew()
        assert third.wait(0)
        third.renew()
        assert first.wait(0)


def test_who_is_alone_renews_at_once():
    with Turns().join("a") as ticket:
        assert ticket.wait(0)
        ticket.renew()
        assert ticket.wait(0)


def test_who_leaves_while_waiting_is_passed_over():
    turns = Turns()
    with turns.join("a") as first:
        assert first.wait(0)
        with turns.join("a") as second:
            assert not second.wait(0.01)
        third = turns.join("a")
    with third:
        assert third.wait(0)


def test_a_failure_gives_the_turn_back():
    turns = Turns()

    def fail():
        with turns.join("a") as ticket:
            assert ticket.wait(0)
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    with turns.join("a") as ticket:
        assert ticket.wait(0)


def test_short_works_do_not_wait_for_a_long_one(monkeypatch):
    monkeypatch.setattr(module, "SLICE", 0.02)
    turns, ended, begun = Turns(), [], threading.Event()

    def work(name, steps):
        with turns.join("a") as ticket:
            while steps:
                while not ticket.wait(0.1):
                    pass
                while steps and not ticket.over:
                    time.sleep(0.002)
                    steps -= 1
                    begun.set()
                ticket.renew()
        ended.append((name, time.monotonic()))

    threads = start(lambda: work("long", 400))
    assert begun.wait(10)
    sent = time.monotonic()
    threads += start(*[lambda: work("short", 5)] * 3)
    finish(threads)
    assert [name for name, _ in ended] == ["short", "short", "short", "long"]
    assert ended[2][1] - sent < (ended[3][1] - sent) / 2
