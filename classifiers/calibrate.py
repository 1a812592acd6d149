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
from classifiers.tone import ToneScorer, aggregate

SENTIMENT_WORDS = (("🙁", "negative"), ("😐", "neutral"), ("🙂", "positive"))
POLITENESS_WORDS = (
    ("😠", "rude"),
    ("😕", "slightly rude"),
    ("😐", "neutral"),
    ("🙂", "polite"),
    ("😇", "very polite"),
)
# Upper ends of the labels' bands: what a reader would call -0.3 is "slightly rude".
PLAIN = 0.02  # the weight of a sentence that says nothing; keeps the blend defined
FACTORS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
POLITENESS_BANDS = (-0.45, -0.15, 0.25, 0.65)


def calibrate(folder: Path, weights: Path, source: str = "folder") -> dict:
    """Fit everything on the dev parts, write calibration.json and return what it holds."""
    body = {"temperature": 1.0, "email": {}, "sentiment_words": [], "politeness_words": []}
    _store(body, weights)
    body["temperature"] = _temperature(folder, weights, source)
    _store(body, weights)
    scorer = ToneScorer(weights)
    body["email"] = _email_weights(scorer)
    feeling, manners = _labelled_tones(scorer, body["email"])
    body["sentiment_words"] = _bands(feeling, SENTIMENT_WORDS)
    body["politeness_words"] = _bands(manners, POLITENESS_WORDS)
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


def _temperature(folder: Path, weights: Path, source: str) -> float:
    """What to divide the sentiment logits by for the least log loss on SST-2 and written dev."""
    import numpy as np

    scorer = ToneScorer(weights)
    rows = corpora.public(folder, "dev", source)["sst2"][::5]
    logits = scorer.logits([row.text for row in rows])[0][:, [0, 2]]
    wanted = np.array([row.sentiment == 2 for row in rows]).astype(int)

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        total = np.logaddexp(scaled[:, 0], scaled[:, 1])
        return float((total - scaled[np.arange(len(wanted)), wanted]).mean())

    return min((round(0.5 + 0.05 * step, 2) for step in range(61)), key=loss)


def _labelled_tones(scorer: ToneScorer, weights: dict) -> tuple[list, list]:
    """(score, word's place) of the written dev sentences and of the fitted whole emails."""
    rows = [row for name in corpora.LABELLED for row in corpora.written(name, "dev")]
    tones = scorer.score([row.text for row in rows])
    labels = [(row.sentiment, band_of(row.politeness)) for row in rows]
    for row in _fit_emails():
        tones.append(aggregate(scorer.score(row["sentences"]), weights))
        labels.append((corpora.SENTIMENTS.index(row["sentiment"]), band_of(row["politeness"])))
    feeling = [(one.sentiment, place) for one, (place, _) in zip(tones, labels, strict=True)]
    return feeling, [(one.politeness, place) for one, (_, place) in zip(tones, labels, strict=True)]


def _bands(rows: list[tuple[float, int]], words) -> list[dict]:
    """Cut points between neighbouring words, each where the fewest rows fall on its wrong side."""
    cuts = [_cut(rows, place) for place in range(len(words) - 1)]
    cuts = [max(cuts[: at + 1]) for at in range(len(cuts))]
    ends = [*(round(cut, 3) for cut in cuts), 9.0]
    return [
        {"below": end, "emoji": emoji, "word": word}
        for end, (emoji, word) in zip(ends, words, strict=True)
    ]


def _cut(rows: list[tuple[float, int]], place: int) -> float:
    """The middle of the cut points that part labels up to `place` from those above it best."""
    scores = sorted(score for score, _ in rows)
    middles = [(low + high) / 2 for low, high in itertools.pairwise(scores)]
    errors = {
        cut: sum((score >= cut) == (label <= place) for score, label in rows) for cut in middles
    }
    good = [cut for cut in middles if errors[cut] <= min(errors.values()) + 1]
    return math.fsum(good) / len(good)


def _fit_emails() -> list[dict]:
    return [row for part in ("train", "dev") for row in corpora.written_rows("emails", part)]


def _email_weights(scorer: ToneScorer) -> dict[str, float]:
    """The weights of tone.aggregate: best order less mean error on written train and dev emails."""
    rows = _fit_emails()
    scored = [scorer.score(row["sentences"]) for row in rows]
    wanted = {
        "politeness": [row["politeness"] for row in rows],
        "sentiment": [corpora.SENTIMENTS.index(row["sentiment"]) - 1 for row in rows],
    }

    def gain(side: str, weights: dict[str, float]) -> float:
        found = [getattr(aggregate(tones, weights), side) for tones in scored]
        gaps = [abs(a - b) for a, b in zip(found, wanted[side], strict=True)]
        return rank_correlation(found, wanted[side]) - math.fsum(gaps) / len(gaps)

    def best(side: str, name: str) -> float:
        plain = {"plain": PLAIN, "negative": 1.0, "rude": 1.0}
        return max(FACTORS, key=lambda factor: gain(side, plain | {name: factor}))

    return {
        "plain": PLAIN,
        "negative": best("sentiment", "negative"),
        "rude": best("politeness", "rude"),
    }
