"""Rounds of work: what many steps want read goes into one batch, then each goes on by itself.

pool = Pool(decoder)
for ended in pool.carry_out(steps, stop): ...     # numbers of the steps that ended meanwhile

Several threads may carry out steps at once. Whoever has the turn does a round for all of them, so
the texts of several users share batches, and a short text does not wait for a long one to end.
"""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event

from proofreader.decoder import UNREAD, Decoder, Read
from proofreader.drafting import Step

ACTIVE = 8  # steps at once: measured, results/LOG.md


@dataclass(eq=False)
class Client:
    """One call of carry_out: what it still wants and what has ended since it last looked."""

    waiting: deque[tuple[int, Step]]
    stop: Event
    running: int = 0
    ended: list[int] = field(default_factory=list)
    error: Exception | None = None

    @property
    def busy(self) -> bool:
        return bool(self.waiting or self.running) and self.error is None


@dataclass(eq=False)
class Running:
    """A step that has begun and the reads that it waits for."""

    client: Client
    number: int
    step: Step
    reads: list[Read]


class Turns:
    """A lock that is given to those who wait in the order in which they came."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._drawn = self._called = 0

    def __enter__(self) -> None:
        with self._changed:
            mine, self._drawn = self._drawn, self._drawn + 1
            self._changed.wait_for(lambda: self._called == mine)

    def __exit__(self, *_) -> None:
        with self._changed:
            self._called += 1
            self._changed.notify_all()


class Pool:
    """All steps at work on one decoder. The oldest always has room to fill a whole context."""

    def __init__(self, decoder: Decoder, active: int = ACTIVE) -> None:
        self._decoder, self._active = decoder, active
        self._turn = Turns()
        self._clients: list[Client] = []
        self._running: list[Running] = []  # in the order in which they began
        decoder.stopped = lambda: any(client.stop.is_set() for client in self._clients)

    def carry_out(self, steps: Sequence[Step], stop: Event) -> Iterator[list[int]]:
        """Carry out `steps`; the numbers of those that ended, round by round. Ends on stop.

        Raises what a step raises. Steps that have not ended are closed.
        """
        client = Client(deque(enumerate(steps)), stop)
        with self._turn:
            self._clients.append(client)
        try:
            while client.busy and not stop.is_set():
                with self._turn:
                    if client.busy and not client.ended:
                        self._round()
                    ended, client.ended = client.ended, []
                yield ended
            if client.error is not None:
                raise client.error
            if client.ended:
                yield client.ended
        finally:
            with self._turn:
                self._leave(client)

    def _leave(self, client: Client) -> None:
        for one in [one for one in self._running if one.client is client]:
            self._running.remove(one)
            one.step.close()
        for _, step in client.waiting:
            step.close()
        self._clients.remove(client)

    def _round(self) -> None:
        """One round for everybody: start what may start, read what fits, let it go on."""
        self._start()
        ready = self._fitting()
        results = self._decoder.read([one.reads for one in ready])
        for one, result in zip(ready, results, strict=True):
            if result is not UNREAD:
                self._advance(one, result)

    def _start(self) -> None:
        """Start steps where there is room, of the client with the fewest first."""
        while len(self._running) < self._active:
            able = [client for client in self._clients if client.waiting and client.busy]
            oldest = self._running[0].reads[0].slot if self._running else None
            if not able or (oldest and self._decoder.spare(oldest) <= 0):
                return
            client = min(able, key=lambda one: one.running)
            one = Running(client, *client.waiting.popleft(), [])
            client.running += 1
            self._running.append(one)
            self._advance(one, None)

    def _fitting(self) -> list[Running]:
        """The steps whose reads fit now: the oldest, and those that leave it its room."""
        ready: list[Running] = []
        spare = 0
        for one in list(self._running):
            longest = max(len(read.slot.tokens) + len(read.tokens) for read in one.reads)
            if longest > self._decoder.n_ctx:
                self._fail(one, self._decoder.too_long())
                continue
            size = sum(len(read.tokens) for read in one.reads)
            if not ready:
                spare = self._decoder.spare(one.reads[0].slot)
            elif size > spare:
                continue
            else:
                spare -= size
            ready.append(one)
        return ready

    def _advance(self, one: Running, result: list | None) -> None:
        """Give a step what it waited for and note what it wants next."""
        try:
            one.reads = one.step.send(result)
        except StopIteration:
            self._running.remove(one)
            one.client.running -= 1
            one.client.ended.append(one.number)
        except Exception as error:  # raised again in the thread whose step it is
            self._fail(one, error)

    def _fail(self, one: Running, error: Exception) -> None:
        self._running.remove(one)
        one.client.running -= 1
        one.client.error = error
        one.step.close()
