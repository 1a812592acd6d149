"""Repeats in written or generated sentence pairs, and pairs that are in the test set as well.

    found = overlap(pairs, test)        # Overlap: which rows repeat or leak, how near the rest are
    keep(pairs, found)                  # the pairs that do neither

Sentences are compared by their words alone; "near" is 90 or more of 100 by rapidfuzz's ratio.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from training.studies.tables import anchored

NEAR = 90


@dataclass(frozen=True)
class Pair:
    """An English sentence and its French translation."""

    en: str
    fr: str


@dataclass(frozen=True)
class Overlap:
    """Indices of pairs. `nearest` is each pair's likeness to the most like test sentence, 0..100.

    repeated: an English or a French side that an earlier pair has or nearly has. leaked: one that
    a test pair has. near_test: one that nearly is a test pair's.
    """

    repeated: tuple[int, ...]
    leaked: tuple[int, ...]
    near_test: tuple[int, ...]
    nearest: tuple[float, ...]

    @property
    def bad(self) -> set[int]:
        """All that should not be trained on."""
        return {*self.repeated, *self.leaked, *self.near_test}

    @property
    def middle(self) -> float:
        """The median of `nearest`."""
        return median(self.nearest) if self.nearest else 0.0


def plain(text: str) -> str:
    """The words alone, in lower case."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _likeness(texts: Sequence[str], others: Sequence[str]):
    """Ratios 0..100, float array (texts, others)."""
    import numpy as np
    from rapidfuzz import fuzz, process

    if not texts or not others:
        return np.zeros((len(texts), 1))
    return process.cdist(texts, others, scorer=fuzz.ratio)


def overlap(pairs: Sequence[Pair], test: Sequence[Pair]) -> Overlap:
    """Where `pairs` repeat themselves or the test, on either side."""
    import numpy as np

    near = np.zeros(len(pairs))
    repeated: set[int] = set()
    leaked: set[int] = set()
    for side in ("en", "fr"):
        ours, theirs = ([plain(getattr(pair, side)) for pair in part] for part in (pairs, test))
        among = np.tril(_likeness(ours, ours), -1) if ours else np.zeros((0, 1))
        repeated |= {at for at in range(len(ours)) if among[at].max() >= NEAR}
        near = np.maximum(near, _likeness(ours, theirs).max(axis=1))
        tested = {*theirs}
        leaked |= {at for at, text in enumerate(ours) if text in tested}
    close = {at for at, value in enumerate(near) if value >= NEAR} - leaked
    parts = (tuple(sorted(part)) for part in (repeated, leaked, close))
    return Overlap(*parts, tuple(map(float, near)))


def keep(pairs: Sequence[Pair], found: Overlap) -> list[Pair]:
    """The pairs that neither repeat nor leak."""
    return [pair for at, pair in enumerate(pairs) if at not in found.bad]


def table(sets: dict[str, tuple[Sequence[Pair], Overlap]]) -> str:
    """A row of Markdown for each set, then the pairs that leaked."""
    lines = [
        "| set | pairs | repeated | in the test | nearly in the test | median likeness to the "
        "nearest test sentence |",
        "|---|---|---|---|---|---|",
    ]
    shown = []
    for name, (pairs, found) in sets.items():
        counts = [len(part) for part in (found.repeated, found.leaked, found.near_test)]
        cells = [anchored(f"set-{name}", name), len(pairs), *counts, f"{found.middle:.0f}"]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
        shown += [f"- {name}: {pairs[at].en} / {pairs[at].fr}" for at in sorted(found.bad)[:5]]
    return "\n".join([*lines, *(["", "Left out:", "", *shown] if shown else [])])
