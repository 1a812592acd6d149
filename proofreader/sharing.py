"""Who may use the loaded model: runs of one model together, another model after them, in order.

sharing = Sharing()
while not sharing.enter(ticket, key, 0.1): ...     # False after 0.1 s: not yet
sharing.leave(ticket)
"""

import threading
from collections.abc import Hashable


class Sharing:
    """First come, first served: whoever wants another model waits for those before him to end,
    and those who come later wait for him."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: list[tuple[object, Hashable]] = []  # in the order of coming
        self._inside: dict[object, Hashable] = {}

    def enter(self, ticket: object, key: Hashable, timeout: float) -> bool:
        """Whether `ticket` is inside now, at the latest after `timeout` seconds of waiting.

        Ask again with the same ticket until it is; its place in the queue is kept. `leave` ends
        the waiting too.
        """
        with self._changed:
            if (ticket, key) not in self._queue:
                self._queue.append((ticket, key))
            if not self._changed.wait_for(lambda: self._may(ticket, key), timeout):
                return False
            self._queue.remove((ticket, key))
            self._inside[ticket] = key
            self._changed.notify_all()
            return True

    def _may(self, ticket: object, key: Hashable) -> bool:
        first = self._queue[0][0] is ticket
        return first and all(other == key for other in self._inside.values())

    def leave(self, ticket: object) -> None:
        """Make room for others; of no effect on who is neither inside nor waiting."""
        with self._changed:
            self._inside.pop(ticket, None)
            self._queue = [one for one in self._queue if one[0] is not ticket]
            self._changed.notify_all()
