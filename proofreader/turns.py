"""Turns at the one model: first come, first served, and a long text gives way to who waits.

turns = Turns()
with turns.join("embedded") as ticket:
    while not ticket.wait(0.1): ...            # seconds; somebody else has the turn
    while work and not ticket.over: ...        # a sentence more
    ticket.renew()                             # to the end of the line, for the rest of the work

threading.Lock hands itself to whichever thread asks first, and one that gives it back and asks
again nearly always gets it again; here the order is that of joining.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable

SLICE = 1.0  # seconds of a turn while somebody waits; a usual email ends in its first one
SWITCH = 10.0  # the same while the next wants another model, which takes seconds to load


class Turns:
    """The line before one thing that only one may use at a time. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.line: deque[Ticket] = deque()  # the first has the turn
        self.moved = threading.Condition()

    def join(self, model: Hashable) -> "Ticket":
        """A place at the end of the line, for work with `model`. Leave it with `with`."""
        with self.moved:
            ticket = Ticket(self, model)
            self.line.append(ticket)
            return ticket


class Ticket:
    """One place in the line. It belongs to no thread: any may wait, renew or leave with it."""

    def __init__(self, turns: Turns, model: Hashable) -> None:
        self.model = model
        self._turns = turns
        self._since: float | None = None  # when the turn began

    def wait(self, seconds: float) -> bool:
        """Whether it is this one's turn now, or becomes so within `seconds`."""
        turns = self._turns
        with turns.moved:
            mine = turns.moved.wait_for(lambda: turns.line[0] is self, seconds)
            if mine and self._since is None:
                self._since = turns.clock()
        return mine

    def begin(self) -> None:
        """Count the turn from now on: what came before, such as loading, was no work."""
        self._since = self._turns.clock()

    @property
    def over(self) -> bool:
        """Whether somebody waits and this turn was long enough. False before it began."""
        turns = self._turns
        with turns.moved:
            if self._since is None or len(turns.line) < 2:
                return False
            limit = SLICE if turns.line[1].model == self.model else SWITCH
            return turns.clock() - self._since >= limit

    def renew(self) -> None:
        """Give the turn to the next and go to the end of the line."""
        with self._turns.moved:
            self._turns.line.remove(self)
            self._turns.line.append(self)
            self._since = None
            self._turns.moved.notify_all()

    def __enter__(self) -> "Ticket":
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the line, from any place in it."""
        with self._turns.moved:
            self._turns.line.remove(self)
            self._turns.moved.notify_all()
