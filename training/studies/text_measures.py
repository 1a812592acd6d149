"""How near texts are to what was wanted: chrF, ROUGE, and BLEU counted in ways that flatter.

    estimate(CHRF, [rows])                       # rows with source, target or references, answer
    through(view, BLEU, "BLEU against the source")      # measure what view(row) shows instead

ROUGE is computed here because the package rouge-score has had no release since 2022; tests compare
both ROUGE and chrF with the figures of the packages.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from training.studies.measures import BLEU, Measure, Row, mean, references

CHRF_ORDER, CHRF_BETA = 6, 2  # of chrF2, sacreBLEU's default
ROUGE_WORD = re.compile(r"[a-z0-9]+")


def through(view: Callable[[Row], Row], measure: Measure, name: str = "") -> Measure:
    """`measure` of view(row) in place of each row."""

    def counts(row: Row) -> Sequence[float]:
        return measure.counts(view(row))

    return replace(measure, name=name or measure.name, counts=counts)


def _chrf_one(answer: str, wanted: str) -> list[int]:
    """For each order: n-grams of the answer, of the reference, and the common ones."""
    ours, theirs = ("".join(text.split()) for text in (answer, wanted))
    found = []
    for order in range(1, CHRF_ORDER + 1):
        counts = [
            Counter(text[at : at + order] for at in range(len(text) - order + 1))
            for text in (ours, theirs)
        ]
        common = (counts[0] & counts[1]).total()
        # An order that the reference is too short for doesn't count against the answer.
        found += [counts[0].total() if counts[1] else 0, counts[1].total(), common]
    return found


def _chrf_value(sums: Sequence[float]) -> float:
    """chrF (Popović 2015), out of 100: F-beta of the mean precision and the mean recall."""
    orders = [sums[at : at + 3] for at in range(0, len(sums), 3)]
    usable = [(common / ours, common / theirs) for ours, theirs, common in orders if ours * theirs]
    if not usable:
        return 0.0
    precision, recall = (sum(column) / len(usable) for column in zip(*usable, strict=True))
    weight = CHRF_BETA**2
    below = weight * precision + recall
    return 100.0 * (1 + weight) * precision * recall / below if below else 0.0


def _chrf_counts(row: Row) -> Sequence[float]:
    return max((_chrf_one(row["answer"], wanted) for wanted in references(row)), key=_chrf_value)


CHRF = Measure("chrF", _chrf_counts, _chrf_value)


def chrf(answer: str, wanted: str) -> float:
    """chrF of one text, out of 100."""
    return _chrf_value(_chrf_one(answer, wanted))


def _f(common: int, ours: int, theirs: int) -> float:
    return 200.0 * common / (ours + theirs) if ours + theirs else 0.0


def rouge_n(answer: str, wanted: str, order: int) -> float:
    """F of the common runs of `order` words, out of 100 (Lin 2004), words not stemmed."""
    words = [ROUGE_WORD.findall(text.lower()) for text in (answer, wanted)]
    ours, theirs = (
        Counter(zip(*(text[at:] for at in range(order)), strict=False)) for text in words
    )
    return _f((ours & theirs).total(), ours.total(), theirs.total())


def rouge_l(answer: str, wanted: str) -> float:
    """F of the longest common subsequence of words, out of 100."""
    ours, theirs = (ROUGE_WORD.findall(text.lower()) for text in (answer, wanted))
    above = [0] * (len(theirs) + 1)
    for word in ours:
        line = [0]
        for at, other in enumerate(theirs):
            line.append(above[at] + 1 if word == other else max(above[at + 1], line[-1]))
        above = line
    return _f(above[-1], len(ours), len(theirs))


def _best(score: Callable[[str, str], float]) -> Callable[[Row], float]:
    return lambda row: max(score(row["answer"], wanted) for wanted in references(row))


ROUGE_1 = mean("ROUGE-1", _best(lambda ours, theirs: rouge_n(ours, theirs, 1)))
ROUGE_2 = mean("ROUGE-2", _best(lambda ours, theirs: rouge_n(ours, theirs, 2)))
ROUGE_L = mean("ROUGE-L", _best(rouge_l))


def _brevity(sums: np.ndarray) -> float:
    ours, theirs = sums[8], sums[9]
    return math.exp(min(0.0, 1.0 - theirs / ours)) if ours else 0.0


def _unigrams(sums: np.ndarray) -> float:
    return 100.0 * _brevity(sums) * sums[0] / sums[4] if sums[4] else 0.0


def _arithmetic(sums: np.ndarray) -> float:
    parts = [sums[at] / sums[at + 4] for at in range(4) if sums[at + 4]]
    return 100.0 * _brevity(sums) * sum(parts) / len(parts) if parts else 0.0


def _against_source(row: Row) -> Row:
    return {**row, "references": [row["source"]]}


def _source_with_itself(row: Row) -> Row:
    return {"answer": row["source"], "references": [row["source"]]}


def with_prompt(prompt: Callable[[Row], str]) -> Callable[[Row], Row]:
    """A view in which answer and references both begin with the request, as in a decoded output
    whose prompt was not cut off."""

    def view(row: Row) -> Row:
        asked = prompt(row)
        wanted = [f"{asked} {text}" for text in references(row)]
        return {"answer": f"{asked} {row['answer']}", "references": wanted}

    return view


def miscounts(prompt: Callable[[Row], str]) -> dict[str, tuple[Measure, Measure]]:
    """Ways to count, each with its (BLEU, ROUGE-L); the first is the standard one."""
    views: dict[str, Callable[[Row], Row]] = {
        "standard": lambda row: row,
        "answers against the sources, not the references": _against_source,
        "prompt left in answers and references": with_prompt(prompt),
        "sources against themselves": _source_with_itself,
    }
    ways = {name: (through(view, BLEU), through(view, ROUGE_L)) for name, view in views.items()}
    single = Measure("BLEU", BLEU.counts, _unigrams)
    flat = Measure("BLEU", BLEU.counts, _arithmetic)
    only = {"BLEU of single words (no 2- to 4-grams)": (single, ROUGE_L)}
    only["BLEU with an arithmetic mean over the orders"] = (flat, ROUGE_L)
    return ways | only
