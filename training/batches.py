"""Encoded pairs in batches of like length, and the batches as tensors."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from training.encoding import Encoded

WINDOW = 32  # batches whose pairs are sorted by length together; the order stays as given beyond


def batches(pairs: Sequence[Encoded], size: int, seed: int) -> list[list[Encoded]]:
    """Batches of `size` pairs of like length, roughly in the order of `pairs`."""
    random = Random(seed)
    result = []
    for begin in range(0, len(pairs), size * WINDOW):
        window = sorted(pairs[begin : begin + size * WINDOW], key=lambda pair: len(pair.ids))
        groups = [window[low : low + size] for low in range(0, len(window), size)]
        random.shuffle(groups)
        result += groups
    return result


@dataclass(frozen=True)
class Block:
    """Part of a batch: ids (rows, length) after `prefix`, which all rows share.

    rows_at and columns_at say where an answer token is predicted; answers are those tokens.
    """

    prefix: list[int]
    ids: list[list[int]]
    rows_at: list[int]
    columns_at: list[int]
    answers: list[int]


def block(pairs: Sequence[Encoded], share: bool = True) -> Block:
    """Pad `pairs` on the right; with `share`, set aside the beginning their prompts have in common.

    Without it the prefix is empty.
    """
    shortest = min(pair.prompt for pair in pairs) - 1 if share else 0
    first = pairs[0].ids
    shared = 0
    while shared < shortest and all(pair.ids[shared] == first[shared] for pair in pairs):
        shared += 1
    longest = max(len(pair.ids) for pair in pairs) - 1  # nothing is predicted from the last token
    rows_at, columns_at, answers, ids = [], [], [], []
    for row, pair in enumerate(pairs):
        inner = list(pair.ids[shared:-1])
        ids.append(inner + [0] * (longest - shared - len(inner)))
        for place in range(pair.prompt, len(pair.ids)):
            rows_at.append(row)
            columns_at.append(place - 1 - shared)
            answers.append(pair.ids[place])
    return Block(list(first[:shared]), ids, rows_at, columns_at, answers)
