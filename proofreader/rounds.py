"""Rounds of work: what many steps want read goes into one batch, then each goes on by itself.

for ended in rounds(decoder, steps): ...      # numbers of the steps that ended in each round
"""

from collections import deque
from collections.abc import Iterator, Sequence

from proofreader.decoder import Decoder, Read
from proofreader.drafting import Step

ACTIVE = 8  # steps at once: measured, results/LOG.md


def rounds(decoder: Decoder, steps: Sequence[Step], active: int = ACTIVE) -> Iterator[list[int]]:
    """Carry out `steps`, in their order but up to `active` at once. Raises Stopped.

    The oldest step always has room to fill a whole context; younger ones wait for room.
    """
    waiting = deque(enumerate(steps))
    running: dict[int, tuple[Step, list[Read]]] = {}
    try:
        while waiting or running:
            ended = _start(decoder, waiting, running, active)
            ready = _fitting(decoder, running)
            results = decoder.read([read for number in ready for read in running[number][1]])
            for number in ready:
                step, reads = running.pop(number)
                mine, results = results[: len(reads)], results[len(reads) :]
                try:
                    running[number] = (step, step.send(mine))
                except StopIteration:
                    ended.append(number)
            running = dict(sorted(running.items()))
            yield ended
    finally:
        for step, _ in running.values():
            step.close()
        for _, step in waiting:
            step.close()


def _start(decoder: Decoder, waiting: deque, running: dict, active: int) -> list[int]:
    """Start steps where there is room; the numbers of those that ended at once.

    With nothing read yet, only one starts: the others will share the beginning of its prompt.
    """
    ended = []
    while waiting and len(running) < (active if decoder.used else 1):
        if running and decoder.spare(next(iter(running.values()))[1][0].slot) <= 0:
            break
        number, step = waiting.popleft()
        try:
            running[number] = (step, next(step))
        except StopIteration:
            ended.append(number)
    return ended


def _fitting(decoder: Decoder, running: dict[int, tuple[Step, list[Read]]]) -> list[int]:
    """Numbers of the steps whose reads fit: the oldest, and those that leave it its room."""
    ready: list[int] = []
    for number, (_, reads) in running.items():
        if not ready:
            ready.append(number)
            spare = decoder.spare(reads[0].slot) if reads else 0
            continue
        size = sum(len(read.tokens) for read in reads)
        if size <= spare:
            ready.append(number)
            spare -= size
    return ready
