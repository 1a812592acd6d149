"""What a study measures: sums over test rows, so that resampling them costs nothing.

    ACCURACY = share("accuracy", lambda row: row["answer"] == row["target"])
    BLEU.value(sum of BLEU.counts(row) over the rows)
    estimate(ACCURACY, [rows_of_seed_0, rows_of_seed_1])      # Score with its 95 % interval

A row is a dict as Trial.predict returns it. `answered` gives source, target and answer.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from training.metrics import RESAMPLES, Score

Row = dict[str, Any]


@dataclass(frozen=True)
class Measure:
    """counts(row) are numbers to add up over rows; value(their sums) is the figure.

    `better` is 1 where more is better, -1 where less is. Tables show `digits` decimals.
    """

    name: str
    counts: Callable[[Row], Sequence[float]]
    value: Callable[[np.ndarray], float]
    better: int = 1
    digits: int = 1


def table(measure: Measure, rows: Sequence[Row]) -> np.ndarray:
    """The counts of each row, float array (rows, counts)."""
    return np.array([measure.counts(row) for row in rows], dtype=float)


def _draws(seeds: int, rows: int, resamples: int):
    """Yield (seeds chosen, how often each row was drawn), the same ones for the same numbers."""
    random = np.random.default_rng(0)
    for _ in range(resamples):
        chosen = random.integers(seeds, size=seeds)
        yield chosen, np.bincount(random.integers(rows, size=rows), minlength=rows)


def estimate(measure: Measure, runs: Sequence[Sequence[Row]], resamples: int = RESAMPLES) -> Score:
    """The mean over the runs (one for each seed), rows and seeds resampled; ValueError for none."""
    return _estimate(measure, [table(measure, rows) for rows in runs], None, resamples)


def difference(
    measure: Measure, runs: Sequence[Sequence[Row]], others: Sequence[Sequence[Row]]
) -> Score:
    """estimate(runs) - estimate(others) on the same test rows, each row drawn for both at once."""
    ours = [table(measure, rows) for rows in runs]
    return _estimate(measure, ours, [table(measure, rows) for rows in others], RESAMPLES)


def _estimate(measure: Measure, ours, theirs, resamples: int) -> Score:
    if not ours or not len(ours[0]):
        raise ValueError("nothing to measure; is the limit 0 or the data empty?")

    def mean(counts, chosen, weights) -> float:
        return float(np.mean([measure.value(weights @ counts[n % len(counts)]) for n in chosen]))

    def figure(chosen, weights) -> float:
        value = mean(ours, chosen % len(ours), weights)
        return value - mean(theirs, chosen % len(theirs), weights) if theirs else value

    rows, seeds = len(ours[0]), max(len(ours), len(theirs or ()))
    value = mean(ours, range(len(ours)), np.ones(rows))
    if theirs:
        value -= mean(theirs, range(len(theirs)), np.ones(rows))
    found = [figure(*drawn) for drawn in _draws(seeds, rows, resamples)]
    low, high = np.percentile(found, (2.5, 97.5))
    return Score(value, float(low), float(high), rows)


def _ratio(sums: np.ndarray) -> float:
    return 100.0 * sums[0] / sums[1] if sums[1] else 0.0


def share(name: str, holds: Callable[[Row], bool]) -> Measure:
    """The percentage of rows for which `holds`."""
    return Measure(name, lambda row: (float(holds(row)), 1.0), _ratio)


def mean(name: str, number: Callable[[Row], float], better: int = 1) -> Measure:
    """The mean of a number of each row."""
    return Measure(
        name,
        lambda row: (float(number(row)), 1.0),
        lambda sums: sums[0] / sums[1] if sums[1] else 0.0,
        better,
    )


def f1(name: str, positive: str) -> Measure:
    """F1 of one class in percent, from each row's target and answer."""

    def counts(row: Row) -> Sequence[float]:
        wanted, got = row["target"] == positive, row["answer"] == positive
        return (2.0 * (wanted and got), float(wanted) + float(got))

    return Measure(name, counts, _ratio)


def plain(text: str) -> str:
    """Lower case, no punctuation, no article, single spaces: as SQuAD's own scorer compares."""
    text = re.sub(r"[^\w\s]", "", text.lower())
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def references(row: Row) -> list[str]:
    """All that a row may be answered with: its `references`, else its target."""
    return row.get("references") or [row["target"]]


@cache
def _sacrebleu():
    try:
        from sacrebleu.metrics import BLEU
    except ImportError as error:
        from proofreader.errors import ProofreadError

        raise ProofreadError("BLEU needs: pip install sacrebleu") from error
    return BLEU(effective_order=True)


def _bleu_counts(row: Row) -> Sequence[float]:
    score = _sacrebleu().sentence_score(row["answer"], references(row))
    return (*score.counts, *score.totals, score.sys_len, score.ref_len)


def _bleu_value(sums: np.ndarray) -> float:
    whole = [round(number) for number in sums]
    made = _sacrebleu().compute_bleu(whole[:4], whole[4:8], whole[8], whole[9], "exp")
    return float(made.score)


ACCURACY = share("accuracy", lambda row: row["answer"] == row["target"])
EXACT = share("exact", lambda row: plain(row["answer"]) in map(plain, references(row)))
CONTAINED = share(
    "contained",
    lambda row: any(
        wanted and f" {wanted} " in f" {plain(row['answer'])} "
        for wanted in map(plain, references(row))
    ),
)
BLEU = Measure("BLEU", _bleu_counts, _bleu_value)  # sacreBLEU: 13a tokens, exp smoothing
PERPLEXITY = Measure(
    "perplexity",
    lambda row: (row["nats"], row["tokens"]),
    lambda sums: math.exp(min(50.0, sums[0] / sums[1])) if sums[1] else 0.0,
    better=-1,
    digits=2,
)
