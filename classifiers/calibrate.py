"""Set on data what stands beside the weights: temperature, words' thresholds, the email's weights.

    calibrate(Path("../shared/data"), Path("classifiers/weights"))

Called by `python -m classifiers.train`. Uses only the dev parts, which neither training nor the
reported scores touch, and writes classifiers/weights/calibration.json.
"""

import itertools
import json
import math
from collections.abc import Sequence
from pathlib import Path

from classifiers import corpora, tone
from classifiers.tone import Tone, ToneScorer, aggregate

SENTIMENT_WORDS = (("🙁", "negative"), ("😐", "neutral"), ("🙂", "positive"))
POLITENESS_WORDS = (
    ("😠", "rude"),
    ("😕", "slightly rude"),
    ("😐", "neutral"),
    ("🙂", "polite"),
    ("😇", "very polite"),
)
# Upper ends of the labels' bands: what a reader would call -0.3 is "slightly rude".
POLITENESS_BANDS = (-0.45, -0.15, 0.25, 0.65)


def calibrate(folder: Path, weights: Path) -> dict:
    """Fit everything on the dev parts, write calibration.json and return what it holds."""
    body = {"temperature": 1.0, "worst_share": 0.0, "plain_weight": 1.0}
    body |= {"sentiment_words": [], "politeness_words": []}
    _store(body, weights)
    body["temperature"] = _temperature(folder, weights)
    _store(body, weights)
    scorer = ToneScorer(weights)
    rows = [row for name in corpora.LABELLED for row in corpora.written(name, "dev")]
    tones = scorer.score([row.text for row in rows])
    body["sentiment_words"] = _bands(
        [one.sentiment for one in tones], [row.sentiment for row in rows], SENTIMENT_WORDS
    )
    body["politeness_words"] = _bands(
        [one.politeness for one in tones],
        [band_of(row.politeness) for row in rows],
        POLITENESS_WORDS,
    )
    body |= _email_weights(scorer)
    _store(body, weights)
    return body


def band_of(politeness: float) -> int:
    """The place in POLITENESS_WORDS that a labelled politeness belongs to."""
    return sum(politeness > end for end in POLITENESS_BANDS)


def rank_correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """Spearman's rho, ties sharing their mean rank; 0 where one side is constant."""
    import numpy as np

    ranks = [_ranks(np.asarray(side, float)) for side in (left, right)]
    if any(side.std() == 0 for side in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


def _ranks(values):
    import numpy as np

    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]


def _store(body: dict, weights: Path) -> None:
    text = json.dumps(body, ensure_ascii=False, indent=2)
    (weights / "calibration.json").write_text(text + "\n", "utf-8")
    tone.settings.cache_clear()


def _temperature(folder: Path, weights: Path) -> float:
    """What to divide the sentiment logits by for the least log loss on SST-2 and written dev."""
    import numpy as np

    scorer = ToneScorer(weights)
    rows = corpora.public(folder, "dev")["sst2"][::5]
    logits = scorer.logits([row.text for row in rows])[0][:, [0, 2]]
    wanted = np.array([row.sentiment == 2 for row in rows]).astype(int)

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        total = np.logaddexp(scaled[:, 0], scaled[:, 1])
        return float((total - scaled[np.arange(len(wanted)), wanted]).mean())

    return min((round(0.5 + 0.05 * step, 2) for step in range(61)), key=loss)


def _bands(scores: list[float], labels: list[int], words) -> list[dict]:
    """Cut points between neighbouring labels, each where it errs least on both sides."""
    cuts = []
    for lower in range(len(words) - 1):
        below = [score for score, label in zip(scores, labels, strict=True) if label <= lower]
        above = [score for score, label in zip(scores, labels, strict=True) if label > lower]
        near = [score for score, label in zip(scores, labels, strict=True) if label == lower]
        near += [score for score, label in zip(scores, labels, strict=True) if label == lower + 1]
        cuts.append(_cut(below, above, sorted(near)))
    cuts = [max(cuts[: at + 1]) for at in range(len(cuts))]
    ends = [*(round(cut, 3) for cut in cuts), 9.0]
    return [
        {"below": end, "emoji": emoji, "word": word}
        for end, (emoji, word) in zip(ends, words, strict=True)
    ]


def _cut(below: list[float], above: list[float], near: list[float]) -> float:
    """The middle of the stretch of cut points with the best mean of both sides' hit rates."""
    middles = [(a + b) / 2 for a, b in itertools.pairwise(near)]
    rated = [
        (
            sum(score < cut for score in below) / len(below)
            + sum(score >= cut for score in above) / len(above),
            cut,
        )
        for cut in middles
    ]
    best = max(rate for rate, _ in rated)
    good = [cut for rate, cut in rated if rate >= best - 0.01]
    return math.fsum(good) / len(good)


def _email_weights(scorer: ToneScorer) -> dict[str, float]:
    """The weights of tone.aggregate that order the written dev and train emails best."""
    rows = [row for part in ("train", "dev") for row in corpora.written_rows("emails", part)]
    scored = [scorer.score(row["sentences"]) for row in rows]
    polite = [row["politeness"] for row in rows]
    feeling = [corpora.SENTIMENTS.index(row["sentiment"]) for row in rows]

    def order(side: str, wanted: list[float], weights: dict[str, float]) -> float:
        found: list[Tone] = [aggregate(tones, weights) for tones in scored]
        return rank_correlation([getattr(one, side) for one in found], wanted)

    def grid(name: str, side: str, wanted: list[float], values: list[float]) -> float:
        plain = {"worst_share": 0.0, "plain_weight": 1.0}
        return max(values, key=lambda value: order(side, wanted, plain | {name: value}))

    shares = [round(0.05 * step, 2) for step in range(21)]
    weights = [0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 100.0]
    return {
        "worst_share": grid("worst_share", "politeness", polite, shares),
        "plain_weight": grid("plain_weight", "sentiment", feeling, weights),
    }
