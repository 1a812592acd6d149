"""Scores of corrected text: GLEU, shares, and how far each could be off by chance.

    gleu(sources, hypotheses, references).value      # 38.52 for JFLEG dev, copied
    share([True, False, True])                       # Score(value=66.7, low=0.0, high=100.0, n=3)

GLEU is Napoles et al. 2015 with n = 4 in its 2016 update (no tuning by number of references), over
Moses tokens. Texts are plain; `plain_text` makes them from tokenised corpora.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from random import Random

import numpy as np

WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")  # noqa: RUF001
ORDER = 4
DRAWS = 200
RESAMPLES = 1000


@dataclass(frozen=True)
class Score:
    """A figure out of 100 over n chances, with the 95 % interval of resampling the lines.

    `hits` is how many of the n it was, where the figure is a share.
    """

    value: float
    low: float
    high: float
    n: int
    hits: int | None = None

    def __str__(self) -> str:
        of = f"n={self.n}" if self.hits is None else f"{self.hits}/{self.n}"
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}] {of}"


@cache
def _moses():
    from sacremoses import MosesDetokenizer, MosesTokenizer

    return MosesTokenizer(lang="en"), MosesDetokenizer(lang="en")


def plain_text(tokenised: str) -> str:
    """A line of a tokenised corpus as people write it: "It 's ok ." gives "It's ok."."""
    return _moses()[1].detokenize(tokenised.split())


def moses_tokens(text: str) -> list[str]:
    """Moses tokens of plain text, characters not escaped."""
    return _moses()[0].tokenize(text, escape=False)


def _ngrams(tokens: Sequence[str]) -> list[Counter]:
    """Counts of the n-grams of each order 1..ORDER."""
    return [
        Counter(zip(*(tokens[start:] for start in range(order)), strict=False))
        for order in range(1, ORDER + 1)
    ]


def gleu_counts(source: str, hypothesis: str, references: Sequence[str]) -> np.ndarray:
    """What GLEU adds up for one line: int array (references, 2 + 2 * ORDER).

    Columns: tokens of the hypothesis, of the reference, then for each order the matches less the
    n-grams kept from the source that the reference dropped, and the n-grams of the hypothesis.
    """
    written = moses_tokens(hypothesis)
    of_hypothesis, of_source = _ngrams(written), _ngrams(moses_tokens(source))
    rows = []
    for tokens in map(moses_tokens, references):
        row = [len(written), len(tokens)]
        for order, wanted in enumerate(_ngrams(tokens)):
            ours, kept = of_hypothesis[order], of_source[order]
            good = sum(min(count, wanted[gram]) for gram, count in ours.items() if gram in wanted)
            bad = sum(
                min(count, kept[gram])
                for gram, count in ours.items()
                if gram in kept and gram not in wanted
            )
            row += [max(good - bad, 0), max(len(written) - order, 0)]
        rows.append(row)
    return np.array(rows, dtype=np.int64)


def gleu_of_counts(totals: np.ndarray) -> np.ndarray:
    """GLEU out of 100 for each row of summed counts (rows, 2 + 2 * ORDER); 0 where a sum is 0."""
    totals = np.atleast_2d(totals).astype(float)
    usable = (totals > 0).all(axis=1)
    safe = np.where(usable[:, None], totals, 1.0)
    precision = np.log(safe[:, 2::2] / safe[:, 3::2]).mean(axis=1)
    brevity = np.minimum(0.0, 1.0 - safe[:, 1] / safe[:, 0])
    return np.where(usable, 100.0 * np.exp(brevity + precision), 0.0)


def gleu(
    sources: Sequence[str],
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    draws: int = DRAWS,
    seed: int = 0,
) -> Score:
    """Corpus GLEU of plain texts, the mean over `draws` random choices of a reference a line.

    references[i] are the references of line i; every line has the same number of them.
    """
    counts = np.stack(
        [gleu_counts(*line) for line in zip(sources, hypotheses, references, strict=True)]
    )
    lines, alternatives = counts.shape[:2]
    # Python's generator, not numpy's: the published figures were drawn with it.
    draw = Random(seed).randint
    picked = np.array([[draw(0, alternatives - 1) for _ in range(lines)] for _ in range(draws)])
    totals = np.stack([counts[np.arange(lines), pick].sum(axis=0) for pick in picked])
    typical = counts.mean(axis=1)
    low, high = bootstrap(
        lambda rows: float(gleu_of_counts(typical[rows].sum(axis=0))[0]), lines, seed
    )
    return Score(float(gleu_of_counts(totals).mean()), low, high, lines)


def sentence_gleu(source: str, hypothesis: str, references: Sequence[str]) -> float:
    """GLEU of one line, the mean over its references, zero counts taken as 1; to look at."""
    return float(gleu_of_counts(np.maximum(gleu_counts(source, hypothesis, references), 1)).mean())


def word_edits(source: str, target: str) -> frozenset[tuple[int, int, str]]:
    """The changes from source to target: (start, end) in the source and the new words.

    Words replaced one by one count one by one. Spaces don't count. Not the aligner of the
    product, so that the two check each other.
    """
    old, new = list(WORD.finditer(source)), list(WORD.finditer(target))
    matcher = SequenceMatcher(None, [m[0] for m in old], [m[0] for m in new], autojunk=False)
    edits = set()
    for tag, i, j, k, l in matcher.get_opcodes():  # noqa: E741
        if tag == "equal":
            continue
        step = 1 if j - i == l - k else max(j - i, l - k)
        for at in range(0, max(j - i, l - k), step):
            gone, come = old[i + at : min(i + at + step, j)], new[k + at : min(k + at + step, l)]
            start = gone[0].start() if gone else (old[i - 1].end() if i else 0)
            end = gone[-1].end() if gone else start
            edits.add((start, end, " ".join(match[0] for match in come)))
    return frozenset(edits)


def bootstrap(
    statistic: Callable[[np.ndarray], float], n: int, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """The 2.5th and 97.5th percentile of statistic(row indices) over resamples of n rows."""
    random = np.random.default_rng(seed)
    values = [statistic(random.integers(n, size=n)) for _ in range(resamples)]
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def ratio(hits: Sequence[float], chances: Sequence[float], seed: int = 0) -> Score:
    """100 * sum(hits) / sum(chances), lines resampled together; n is the sum of the chances.

    Raises ValueError when there was no chance at all.
    """
    hit, chance = np.asarray(hits, dtype=float), np.asarray(chances, dtype=float)
    if not chance.sum():
        raise ValueError("no line to take a share of; is the limit 0 or the data empty?")

    def of_rows(rows: np.ndarray) -> float:
        return 100.0 * hit[rows].sum() / max(chance[rows].sum(), 1.0)

    low, high = bootstrap(of_rows, len(hit), seed)
    value = float(100.0 * hit.sum() / chance.sum())
    whole = int(hit.sum()) if (hit == hit.round()).all() else None
    return Score(value, low, high, int(chance.sum()), whole)


def share(flags: Sequence[bool], seed: int = 0) -> Score:
    """The percentage of `flags` that are true, with its interval. Raises ValueError for none."""
    return ratio(flags, [1] * len(flags), seed)
